import { useApp } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import { duration } from '../../ui/format'
import { useAction } from '../../ui/use-action'

const CHOICES = [5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400]

interface Props {
  device: DeviceOf<'frame'>
  seconds: number
}

/** How long each picture stays. */
export function IntervalField({ device, seconds }: Props) {
  const { hub } = useApp()
  const { run } = useAction(device.name)
  const choices = CHOICES.includes(seconds) ? CHOICES : [...CHOICES, seconds].sort((a, b) => a - b)
  const choose = (value: number) => run(() => hub.call(uri(device, 'set_interval'), { interval_seconds: value }))
  return (
    <label class="field field-inline">
      <span>Each stays</span>
      <select
        value={String(seconds)}
        onChange={(event) => choose(Number(event.currentTarget.value))}
        data-testid="interval"
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {duration(choice)}
          </option>
        ))}
      </select>
    </label>
  )
}
