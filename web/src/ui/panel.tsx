import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { useIsOnline } from '../app-context'

interface Props {
  /** Names the panel for its colours and for tests: a device's kind. */
  kind: string
  title: string
  subtitle?: ComponentChildren
  icon: ComponentChildren
  actions?: ComponentChildren
  testId: string
  /** Controls of a panel whose device is not available cannot be used. */
  available: boolean
  children: ComponentChildren
}

/** The card of a device, or of several: a heading, and controls that rest while there is nobody to control. */
export function Panel({ kind, title, subtitle, icon, actions, testId, available, children }: Props) {
  const titleId = useId()
  const usable = useIsOnline() && available
  return (
    <section class={`panel panel-${kind}`} aria-labelledby={titleId} data-testid={testId} data-available={available}>
      <fieldset class="panel-controls" disabled={!usable}>
        <header class="panel-header">
          <span class="panel-icon">{icon}</span>
          <div class="panel-titles">
            <h2 id={titleId}>{title}</h2>
            {subtitle && <p class="panel-subtitle">{subtitle}</p>}
          </div>
          {actions && <div class="panel-actions">{actions}</div>}
        </header>
        {children}
      </fieldset>
    </section>
  )
}

/** Stands where a device's controls would be while it is gone. */
export function Unavailable({ children }: { children?: ComponentChildren }) {
  return (
    <p class="unavailable" data-testid="unavailable">
      <strong>Not available.</strong> {children ?? 'Its process or its connection is gone. It shows here as soon as it is back.'}
    </p>
  )
}

/** What the device itself reports as broken. */
export function Fault({ text }: { text: string | null }) {
  if (!text) return null
  return (
    <p class="fault" role="status" data-testid="fault">
      {text}
    </p>
  )
}
