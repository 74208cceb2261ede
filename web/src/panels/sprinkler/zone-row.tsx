import type { Zone } from '../../devices/states'
import { duration } from '../../ui/format'
import { DropIcon, StopIcon } from '../../ui/icons'

interface Props {
  id: string
  zone: Zone
  /** How long a run would be. */
  seconds: number
  /** Whether a run would have to wait for another. */
  waits: boolean
  onRun: () => void
  onStop: () => void
}

/** One zone: whether its valve is open, and a button to water it. */
export function ZoneRow({ id, zone, seconds, waits, onRun, onStop }: Props) {
  const isTooLong = seconds > zone.max_seconds
  return (
    <li class={`row zone ${zone.open ? 'zone-open' : ''}`} data-testid={`zone-${id}`} data-open={zone.open}>
      <span class="zone-mark" aria-hidden="true">
        <DropIcon />
      </span>
      <div class="row-text">
        <span class="row-name">{zone.name}</span>
        <span class={isTooLong ? 'cause cause-warning' : 'cause'}>
          {zone.open ? 'Open' : `Closed · at most ${duration(zone.max_seconds)}`}
        </span>
      </div>
      {zone.open ? (
        <button type="button" class="button" onClick={onStop} data-testid="stop">
          <StopIcon />
          Stop
        </button>
      ) : (
        <button
          type="button"
          class="button"
          disabled={seconds < 1 || isTooLong}
          aria-label={`${waits ? 'Queue' : 'Water'} ${zone.name} for ${duration(seconds)}`}
          onClick={onRun}
          data-testid="run"
        >
          {waits ? 'Queue' : 'Water'}
        </button>
      )}
    </li>
  )
}
