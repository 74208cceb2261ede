import type { Device } from '../devices/device'
import { CauseLine } from '../ui/cause-line'
import { DeviceIcon } from '../ui/icons'
import { Fault, Panel, Unavailable } from '../ui/panel'

/** A device of a kind that this page has no controls for: its state, as it is. */
export function OtherPanel({ device }: { device: Device }) {
  const entries = Object.entries((device.state ?? {}) as Record<string, unknown>)
  return (
    <Panel
      kind="other"
      title={device.name}
      subtitle={<CauseLine device={device} />}
      icon={<DeviceIcon />}
      available={device.available}
      testId={`${device.kind}-${device.id}`}
    >
      <Fault text={device.fault} />
      {!device.available && <Unavailable />}
      <dl class="facts">
        {entries.map(([key, value]) => (
          <div key={key}>
            <dt>{key.replaceAll('_', ' ')}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
