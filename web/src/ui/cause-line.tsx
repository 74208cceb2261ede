import { useOwnAuthid } from '../app-context'
import { describeCause } from '../devices/cause'
import type { Device } from '../devices/device'
import { useNow } from './use-now'

interface Props {
  device: Device
  /** What to say instead when nobody in particular has changed it. */
  otherwise?: string
}

/** Who changed a device last, and how long ago. */
export function CauseLine({ device, otherwise = '' }: Props) {
  const text = describeCause(device, useOwnAuthid(), useNow())
  return (
    <span class="cause" data-testid="cause">
      {text || otherwise}
    </span>
  )
}
