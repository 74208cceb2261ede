import { useOwnAuthid } from '../app-context'
import { describeCause } from '../devices/cause'
import type { Device } from '../devices/device'
import { useNow } from './use-now'

/** Who changed a device last, and how long ago. */
export function CauseLine({ device }: { device: Device }) {
  const text = describeCause(device, useOwnAuthid(), useNow())
  return (
    <span class="cause" data-testid="cause">
      {text}
    </span>
  )
}
