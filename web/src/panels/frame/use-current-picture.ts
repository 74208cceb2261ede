import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { useApp, useIsOnline } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import { explain, HubError } from '../../hub/errors'
import type { Hub } from '../../hub/hub'

export interface CurrentPicture {
  picture: string
  jpeg: Uint8Array
  width: number
  height: number
  sequence: number
}

const TRIES = 5
const PAUSE_MS = 300

/** What a frame's display shows now, fetched again whenever the frame says that it shows something else. */
export function useCurrentPicture(device: DeviceOf<'frame'>): { current: CurrentPicture | null; problem: string | null } {
  const { hub } = useApp()
  const isOnline = useIsOnline()
  const current = useSignal<CurrentPicture | null>(null)
  const problem = useSignal<string | null>(null)
  const wanted = device.state?.picture ?? null
  const size = `${device.state?.width}x${device.state?.height}`

  useEffect(() => {
    if (!isOnline || !device.available) return
    if (wanted === null) {
      current.value = null
      return
    }
    let isCurrent = true
    fetchPicture(hub, uri(device, 'current'), wanted, () => isCurrent).then(
      (found) => {
        if (!isCurrent) return
        current.value = found
        problem.value = null
      },
      (error: unknown) => {
        if (isCurrent) problem.value = explain(error)
      },
    )
    return () => {
      isCurrent = false
    }
  }, [hub, isOnline, device.available, device.kind, device.id, wanted, size, current, problem])

  return { current: current.value, problem: problem.value }
}

/** A frame tells that it will show a picture a moment before it has rendered it: ask again until it has. */
async function fetchPicture(
  hub: Hub,
  procedure: string,
  wanted: string,
  isCurrent: () => boolean,
): Promise<CurrentPicture> {
  for (let attempt = 1; ; attempt++) {
    const found = await hub.call<CurrentPicture | null>(procedure)
    if (found && (found.picture === wanted || attempt === TRIES || !isCurrent())) return found
    if (attempt === TRIES) throw new HubError('wampi.error.not_found', 'The frame shows no picture.')
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
