import { type Signal, useSignal } from '@preact/signals'
import { duration } from '../../ui/format'

const PRESETS = [60, 300, 600, 1200]

/** How long to water: a few usual lengths, or minutes and seconds. */
export function DurationField({ seconds }: { seconds: Signal<number> }) {
  const minutesPart = Math.floor(seconds.value / 60)
  const secondsPart = seconds.value % 60
  return (
    <div class="duration" role="group" aria-label="How long to water">
      <div class="chips">
        {PRESETS.map((preset) => (
          <button
            key={preset}
            type="button"
            class="chip"
            aria-pressed={seconds.value === preset}
            onClick={() => (seconds.value = preset)}
            data-testid={`preset-${preset}`}
          >
            {duration(preset)}
          </button>
        ))}
      </div>
      <div class="duration-fields">
        <NumberField
          label="min"
          max={1440}
          value={minutesPart}
          onChange={(value) => (seconds.value = value * 60 + secondsPart)}
          testId="minutes"
        />
        <NumberField
          label="s"
          max={59}
          value={secondsPart}
          onChange={(value) => (seconds.value = minutesPart * 60 + value)}
          testId="seconds"
        />
      </div>
    </div>
  )
}

interface NumberProps {
  label: string
  max: number
  value: number
  onChange: (value: number) => void
  testId: string
}

function NumberField({ label, max, value, onChange, testId }: NumberProps) {
  // An emptied field is on its way to another number: it must not jump to 0 under the fingers.
  const isEmpty = useSignal(false)
  const type = (text: string) => {
    isEmpty.value = text === ''
    const number = Math.trunc(Number(text))
    onChange(Number.isFinite(number) ? Math.min(Math.max(number, 0), max) : 0)
  }
  return (
    <label class="field field-inline">
      <input
        type="number"
        inputMode="numeric"
        min={0}
        max={max}
        value={isEmpty.value ? '' : value}
        onInput={(event) => type(event.currentTarget.value)}
        onBlur={() => (isEmpty.value = false)}
        data-testid={testId}
      />
      <span>{label}</span>
    </label>
  )
}
