import { useApp } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import type { CameraState } from '../../devices/states'
import { Slider } from '../../ui/slider'
import { useAction } from '../../ui/use-action'

const SIZES: readonly (readonly [number, number])[] = [
  [320, 240],
  [640, 360],
  [640, 480],
  [1280, 720],
  [1920, 1080],
]

interface Props {
  device: DeviceOf<'camera'>
  state: CameraState
}

/** Resolution, rate and quality, applied as soon as they are chosen. */
export function CameraSettings({ device, state }: Props) {
  const { hub } = useApp()
  const { run } = useAction(device.name)
  const configure = (change: Partial<CameraState>) => run(() => hub.call(uri(device, 'configure'), change))
  return (
    <details class="settings" data-testid="camera-settings">
      <summary>Picture settings</summary>
      <div class="settings-grid">
        <Resolution state={state} onChange={(width, height) => configure({ width, height })} />
        <Slider
          label="Rate"
          min={1}
          max={30}
          step={1}
          value={state.frames_per_second}
          format={(rate) => `${rate} a second`}
          onChange={(rate) => configure({ frames_per_second: rate })}
          testId="camera-rate"
        />
        <Slider
          label="Quality"
          min={5}
          max={95}
          step={5}
          value={state.quality}
          format={String}
          onChange={(quality) => configure({ quality })}
          testId="camera-quality"
        />
      </div>
    </details>
  )
}

interface ResolutionProps {
  state: CameraState
  onChange: (width: number, height: number) => void
}

function Resolution({ state, onChange }: ResolutionProps) {
  const current = `${state.width}x${state.height}`
  const sizes = SIZES.map(([width, height]) => `${width}x${height}`)
  const choices = sizes.includes(current) ? sizes : [current, ...sizes]
  const choose = (size: string) => {
    const [width, height] = size.split('x').map(Number)
    if (width && height) onChange(width, height)
  }
  return (
    <label class="field">
      <span>Resolution</span>
      <select value={current} onChange={(event) => choose(event.currentTarget.value)} data-testid="camera-resolution">
        {choices.map((size) => (
          <option key={size} value={size}>
            {size.replace('x', ' × ')}
          </option>
        ))}
      </select>
    </label>
  )
}
