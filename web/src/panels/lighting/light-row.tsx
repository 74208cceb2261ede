import { useApp } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import { CauseLine } from '../../ui/cause-line'
import { percent } from '../../ui/format'
import { Fault } from '../../ui/panel'
import { Slider } from '../../ui/slider'
import { Switch } from '../../ui/switch'
import { useAction } from '../../ui/use-action'

interface Props {
  device: DeviceOf<'lighting'>
  transitionSeconds: number
}

/** One light: a switch, and a slider where it can be dimmed. */
export function LightRow({ device, transitionSeconds }: Props) {
  const { hub } = useApp()
  const { busy, run } = useAction(device.name)
  const { state } = device
  const ask = (verb: string, kwargs: Record<string, unknown> = {}) =>
    run(() => hub.call(uri(device, verb), { ...kwargs, transition_seconds: transitionSeconds }))

  return (
    <li
      class={`light ${state?.on ? 'light-on' : ''}`}
      data-testid={`light-${device.id}`}
      data-on={state?.on ?? false}
      data-brightness={state?.brightness}
      data-available={device.available}
    >
      <div class="row">
        <span class="light-glow" aria-hidden="true" style={{ '--level': state?.on ? state.brightness : 0 }} />
        <div class="row-text">
          <span class="row-name">{device.name}</span>
          {device.available ? <CauseLine device={device} /> : <span class="cause">Not available</span>}
        </div>
        <Switch
          label={device.name}
          on={state?.on ?? false}
          disabled={!device.available}
          busy={busy.value}
          // Not toggle: what is asked for is what was seen, also when somebody else was quicker.
          onToggle={() => ask(state?.on ? 'turn_off' : 'turn_on')}
        />
      </div>
      {state?.dimmable && (
        <Slider
          label={`Brightness of ${device.name}`}
          hideLabel
          min={0}
          max={1}
          step={0.01}
          value={state.on ? state.brightness : 0}
          format={percent}
          onChange={(brightness) => ask('set_brightness', { brightness })}
          testId="brightness"
        />
      )}
      <Fault text={device.fault} />
    </li>
  )
}
