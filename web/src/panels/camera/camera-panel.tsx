import { useSignal } from '@preact/signals'
import { useApp } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import { CauseLine } from '../../ui/cause-line'
import { CameraIcon } from '../../ui/icons'
import { Fault, Panel } from '../../ui/panel'
import { useAction } from '../../ui/use-action'
import { CameraSettings } from './camera-settings'
import { LivePicture } from './live-picture'
import { type Snapshot, SnapshotDialog } from './snapshot-dialog'

/** A camera: its live picture, a snapshot to keep, and how it takes pictures. */
export function CameraPanel({ device }: { device: DeviceOf<'camera'> }) {
  const { hub } = useApp()
  const { busy, run } = useAction(device.name)
  const snapshot = useSignal<Snapshot | null>(null)
  const takeSnapshot = () =>
    run(async () => {
      snapshot.value = await hub.call<Snapshot>(uri(device, 'snapshot'), {}, { timeoutSeconds: 20 })
    })

  return (
    <>
      <Panel
        kind="camera"
        title={device.name}
        subtitle={<CauseLine device={device} otherwise={describe(device)} />}
        icon={<CameraIcon />}
        available={device.available}
        testId={`camera-${device.id}`}
        actions={
          <button type="button" class="button" disabled={busy.value} onClick={takeSnapshot} data-testid="snapshot">
            <CameraIcon />
            Snapshot
          </button>
        }
      >
        <Fault text={device.fault} />
        <LivePicture device={device} />
        {device.state && <CameraSettings device={device} state={device.state} />}
      </Panel>
      {snapshot.value && (
        <SnapshotDialog name={device.name} snapshot={snapshot.value} onClose={() => (snapshot.value = null)} />
      )}
    </>
  )
}

function describe({ state }: DeviceOf<'camera'>): string {
  return state ? `${state.width} × ${state.height}` : ''
}
