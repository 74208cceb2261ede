import type { SprinklerState, Zone } from '../../devices/states'
import { clock } from '../../ui/format'
import { StopIcon } from '../../ui/icons'
import { useCountdown } from './use-countdown'

interface Props {
  running: NonNullable<SprinklerState['running']>
  zone: Zone | undefined
  /** When `remaining_seconds` was right, on the page's monotonic clock. */
  asOf: number
  onStop: (run: string) => void
}

/** The zone that waters now, with the time that is left. */
export function RunningZone({ running, zone, asOf, onStop }: Props) {
  const remaining = useCountdown(running.remaining_seconds, asOf)
  const name = zone?.name ?? running.zone
  const done = 1 - remaining / running.duration_seconds
  return (
    <div class="running" data-testid="running" data-zone={running.zone}>
      <div class="running-text">
        <span class="running-name">{name}</span>
        <span class="cause">{running.authid ? `Started by ${running.authid}` : 'Watering'}</span>
      </div>
      <span class="running-clock" role="timer" data-testid="countdown">
        {clock(remaining)}
      </span>
      <button type="button" class="button" onClick={() => onStop(running.run)} data-testid="stop-running">
        <StopIcon />
        Stop
      </button>
      <progress max={1} value={Math.min(1, Math.max(0, done))} aria-label={`${name}, part of the run that is over`} />
    </div>
  )
}
