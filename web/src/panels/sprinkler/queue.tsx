import type { Run, Zone } from '../../devices/states'
import { duration } from '../../ui/format'
import { CloseIcon } from '../../ui/icons'

interface Props {
  queue: Run[]
  zones: Record<string, Zone>
  onCancel: (run: string) => void
}

/** The runs that wait for their turn. */
export function Queue({ queue, zones, onCancel }: Props) {
  if (queue.length === 0) return null
  return (
    <ol class="queue" aria-label="Waiting" data-testid="queue">
      {queue.map((run) => {
        const name = zones[run.zone]?.name ?? run.zone
        return (
          <li key={run.run} class="queue-run">
            <span>
              {name}, {duration(run.duration_seconds)}
              {run.authid && <span class="cause"> by {run.authid}</span>}
            </span>
            <button
              type="button"
              class="icon-button icon-button-small"
              aria-label={`Take ${name} out of the queue`}
              onClick={() => onCancel(run.run)}
            >
              <CloseIcon />
            </button>
          </li>
        )
      })}
    </ol>
  )
}
