import { useMemo } from 'preact/hooks'
import { useApp } from '../app-context'
import { CameraPanel } from '../panels/camera/camera-panel'
import { FramePanel } from '../panels/frame/frame-panel'
import { LightingPanel } from '../panels/lighting/lighting-panel'
import { OtherPanel } from '../panels/other-panel'
import { SprinklerPanel } from '../panels/sprinkler/sprinkler-panel'
import { Logo } from './icons'

const KNOWN = ['camera', 'frame', 'lighting', 'sprinkler']

/** A panel for each device, the lights together in one: what one looks at first, then what one switches. */
export function Dashboard() {
  const { directory } = useApp()
  const found = useMemo(
    () => ({
      cameras: directory.ofKind('camera'),
      frames: directory.ofKind('frame'),
      lights: directory.ofKind('lighting'),
      sprinklers: directory.ofKind('sprinkler'),
      others: directory.others(KNOWN),
    }),
    [directory],
  )
  if (directory.devices.value.size === 0) return <Empty />
  return (
    <main class="house" data-testid="house">
      <div class="column column-wide">
        {found.cameras.value.map((camera) => (
          <CameraPanel key={camera.id} device={camera} />
        ))}
        {found.frames.value.map((frame) => (
          <FramePanel key={frame.id} device={frame} />
        ))}
      </div>
      <div class="column">
        {found.lights.value.length > 0 && <LightingPanel lights={found.lights.value} />}
        {found.sprinklers.value.map((sprinkler) => (
          <SprinklerPanel key={sprinkler.id} device={sprinkler} />
        ))}
        {found.others.value.map((device) => (
          <OtherPanel key={`${device.kind}.${device.id}`} device={device} />
        ))}
      </div>
    </main>
  )
}

function Empty() {
  const { directory } = useApp()
  return (
    <main class="empty" data-testid="empty">
      <Logo />
      {directory.discovery.value === 'waiting' && <h1>Looking for devices…</h1>}
      {directory.discovery.value === 'done' && (
        <>
          <h1>No devices yet</h1>
          <p>
            The hub is running, but no camera, light, picture frame or sprinkler has joined it. Each shows here by itself
            as soon as its component connects. If you expect one, look into the hub’s log for its name.
          </p>
        </>
      )}
      {directory.discovery.value === 'refused' && (
        <>
          <h1>Nothing to see here</h1>
          <p>{directory.refusal.value}</p>
        </>
      )}
    </main>
  )
}
