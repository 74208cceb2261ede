import { useSignal } from '@preact/signals'
import { useApp } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import type { SprinklerState } from '../../devices/states'
import { CauseLine } from '../../ui/cause-line'
import { DropIcon, StopIcon } from '../../ui/icons'
import { Fault, Panel, Unavailable } from '../../ui/panel'
import { type Action, useAction } from '../../ui/use-action'
import { DurationField } from './duration-field'
import { Queue } from './queue'
import { RunningZone } from './running-zone'
import { ZoneRow } from './zone-row'

const DEFAULT_SECONDS = 300

/** A sprinkler: what waters now, what waits, and every zone to water for a while. */
export function SprinklerPanel({ device }: { device: DeviceOf<'sprinkler'> }) {
  const action = useAction(device.name)
  return (
    <Panel
      kind="sprinkler"
      title={device.name}
      subtitle={<CauseLine device={device} />}
      icon={<DropIcon />}
      available={device.available}
      testId={`sprinkler-${device.id}`}
      actions={<StopAll device={device} action={action} />}
    >
      <Fault text={device.fault} />
      {device.state ? (
        <Watering device={device} state={device.state} action={action} />
      ) : (
        <Unavailable>The hub closes every valve when the sprinkler’s process is gone.</Unavailable>
      )}
    </Panel>
  )
}

/** Never disabled by another request under way: stopping water must not wait for anything. */
function StopAll({ device, action }: { device: DeviceOf<'sprinkler'>; action: Action }) {
  const { hub } = useApp()
  return (
    <button
      type="button"
      class="button button-danger"
      onClick={() => action.run(() => hub.call(uri(device, 'stop_all')))}
      data-testid="stop-all"
    >
      <StopIcon />
      Stop all
    </button>
  )
}

interface WateringProps {
  device: DeviceOf<'sprinkler'>
  state: SprinklerState
  action: Action
}

function Watering({ device, state, action }: WateringProps) {
  const { hub } = useApp()
  const seconds = useSignal(DEFAULT_SECONDS)
  const ask = (verb: string, kwargs: Record<string, unknown>) => action.run(() => hub.call(uri(device, verb), kwargs))
  const zones = Object.entries(state.zones)
  return (
    <>
      {state.running && (
        <RunningZone
          running={state.running}
          zone={state.zones[state.running.zone]}
          asOf={device.asOf}
          onStop={(run) => ask('cancel', { run })}
        />
      )}
      <Queue queue={state.queue} zones={state.zones} onCancel={(run) => ask('cancel', { run })} />
      <DurationField seconds={seconds} />
      <ul class="rows">
        {zones.map(([id, zone]) => (
          <ZoneRow
            key={id}
            id={id}
            zone={zone}
            seconds={seconds.value}
            waits={state.running !== null}
            onRun={() => ask('run', { zone: id, duration_seconds: seconds.value })}
            onStop={() => ask('stop', { zone: id })}
          />
        ))}
      </ul>
    </>
  )
}
