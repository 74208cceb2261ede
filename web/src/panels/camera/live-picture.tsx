import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { useApp, useIsOnline } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import { explain } from '../../hub/errors'
import type { HubEvent } from '../../hub/hub'
import { useNow } from '../../ui/use-now'
import { useVisible } from '../../ui/use-visible'
import { type CameraFrame, canvasSurface, FramePainter } from './frame-painter'

/** Without a frame for this long the picture no longer counts as live. */
const STALE_MS = 4_000

/** The camera's picture, followed only while it can be seen: a hidden picture costs the camera nothing. */
export function LivePicture({ device }: { device: DeviceOf<'camera'> }) {
  const { hub } = useApp()
  const canvas = useRef<HTMLCanvasElement>(null)
  const box = useRef<HTMLDivElement>(null)
  const isVisible = useVisible(box)
  const frame = useSignal<CameraFrame | null>(null)
  const shownAt = useSignal(0)
  const refusal = useSignal<string | null>(null)
  const topic = uri(device, 'frames')

  useEffect(() => {
    if (!isVisible || !device.available || !canvas.current) return
    const element = canvas.current
    const painter = new FramePainter(canvasSurface(element), (painted) => {
      element.dataset['sequence'] = String(painted.sequence)
      element.dataset['capturedAt'] = String(painted.capturedAt)
      frame.value = painted
      shownAt.value = Date.now()
    })
    refusal.value = null
    return hub.subscribe(topic, { _outbox: 'latest' }, {
      event: (event) => {
        const received = parseFrame(event)
        if (received) painter.show(received)
      },
      refused: (error) => (refusal.value = explain(error)),
    })
  }, [hub, topic, isVisible, device.available, frame, shownAt, refusal])

  const state = device.lastState
  const shape = state ? { aspectRatio: `${state.width} / ${state.height}` } : {}
  return (
    <div class="viewer" ref={box} style={shape} data-testid="camera-viewer" data-streaming={device.state?.streaming}>
      <canvas
        ref={canvas}
        class="viewer-picture"
        role="img"
        aria-label={`Live picture of ${device.name}`}
        data-testid="camera-picture"
      />
      <Overlay available={device.available} refusal={refusal.value} frame={frame.value} shownAt={shownAt.value} />
    </div>
  )
}

interface OverlayProps {
  available: boolean
  refusal: string | null
  frame: CameraFrame | null
  shownAt: number
}

function Overlay({ available, refusal, frame, shownAt }: OverlayProps) {
  const isOnline = useIsOnline()
  const isLive = available && isOnline && frame !== null && useNow() - shownAt < STALE_MS
  if (refusal) return <p class="viewer-message">{refusal}</p>
  if (!available) return <p class="viewer-message">The camera is not available.</p>
  if (!frame) return <p class="viewer-message">Waiting for the first picture…</p>
  return (
    <p class="viewer-badge" data-testid="camera-badge">
      <span class={`live ${isLive ? 'live-on' : ''}`}>{isLive ? 'Live' : 'Waiting'}</span>
      <time dateTime={new Date(frame.capturedAt * 1000).toISOString()} data-testid="camera-time">
        {new Date(frame.capturedAt * 1000).toLocaleTimeString()}
      </time>
    </p>
  )
}

function parseFrame(event: HubEvent): CameraFrame | null {
  const [jpeg] = event.args
  const { sequence, captured_at: capturedAt } = event.kwargs
  if (!(jpeg instanceof Uint8Array) || typeof sequence !== 'number' || typeof capturedAt !== 'number') return null
  return { jpeg, sequence, capturedAt }
}
