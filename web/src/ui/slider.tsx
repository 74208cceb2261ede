import { useSignal } from '@preact/signals'
import { useId, useMemo, useRef } from 'preact/hooks'
import { latestWins } from './latest-wins'

interface Props {
  label: string
  /** The label is read aloud but not shown, where the surroundings say it already. */
  hideLabel?: boolean
  min: number
  max: number
  step: number
  value: number
  format: (value: number) => string
  onChange: (value: number) => Promise<unknown>
  testId?: string
}

/**
 * A slider that acts while it is moved and never lags behind the hand.
 *
 * While it is held it shows the hand's value; let go and answered, it shows the device's again.
 */
export function Slider({ label, hideLabel, min, max, step, value, format, onChange, testId }: Props) {
  const id = useId()
  const draft = useSignal<number | null>(null)
  const send = useRef(onChange)
  send.current = onChange
  const sendLatest = useMemo(() => latestWins((next: number) => send.current(next)), [])
  const shown = draft.value ?? value

  const move = (next: number) => {
    draft.value = next
    void sendLatest(next).then(() => {
      if (draft.peek() === next) draft.value = null
    })
  }

  return (
    <div class="slider">
      <div class={hideLabel ? 'visually-hidden' : 'slider-label'}>
        <label for={id}>{label}</label>
        {!hideLabel && <output for={id}>{format(shown)}</output>}
      </div>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={shown}
        aria-valuetext={format(shown)}
        data-testid={testId}
        style={{ '--fill': `${((shown - min) / (max - min)) * 100}%` }}
        onInput={(event) => move(event.currentTarget.valueAsNumber)}
      />
      {hideLabel && <output for={id}>{format(shown)}</output>}
    </div>
  )
}
