import { useSignal } from '@preact/signals'
import { useApp } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import { BulbIcon } from '../../ui/icons'
import { Panel } from '../../ui/panel'
import { useAction } from '../../ui/use-action'
import { LightRow } from './light-row'

const TRANSITIONS = [0, 1, 3, 10, 30]

/** All lights of the house. */
export function LightingPanel({ lights }: { lights: DeviceOf<'lighting'>[] }) {
  const transition = useSignal(0)
  const available = lights.filter((light) => light.available)
  const lit = available.filter((light) => light.state?.on)
  return (
    <Panel
      kind="lighting"
      title="Lights"
      subtitle={summary(available.length, lit.length)}
      icon={<BulbIcon />}
      available={available.length > 0}
      testId="lighting"
      actions={<AllOff lit={lit} transitionSeconds={transition.value} />}
    >
      <ul class="rows">
        {lights.map((light) => (
          <LightRow key={light.id} device={light} transitionSeconds={transition.value} />
        ))}
      </ul>
      <label class="field field-inline">
        <span>Fade</span>
        <select
          value={String(transition.value)}
          onChange={(event) => (transition.value = Number(event.currentTarget.value))}
          data-testid="transition"
        >
          {TRANSITIONS.map((seconds) => (
            <option key={seconds} value={seconds}>
              {seconds === 0 ? 'at once' : `over ${seconds} s`}
            </option>
          ))}
        </select>
      </label>
    </Panel>
  )
}

interface AllOffProps {
  lit: DeviceOf<'lighting'>[]
  transitionSeconds: number
}

function AllOff({ lit, transitionSeconds }: AllOffProps) {
  const { hub } = useApp()
  const { busy, run } = useAction('Lights')
  const turnOff = () =>
    run(() =>
      Promise.all(
        lit.map((light) => hub.call(uri(light, 'turn_off'), { transition_seconds: transitionSeconds })),
      ),
    )
  return (
    <button
      type="button"
      class="button"
      disabled={busy.value || lit.length === 0}
      onClick={turnOff}
      data-testid="all-off"
    >
      All off
    </button>
  )
}

function summary(count: number, lit: number): string {
  if (count === 0) return 'Not available'
  if (lit === 0) return count === 1 ? 'Off' : 'All are off'
  return `${lit} of ${count} on`
}
