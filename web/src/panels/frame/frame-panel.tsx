import { type DeviceOf, uri } from '../../devices/device'
import { useApp } from '../../app-context'
import type { FrameState } from '../../devices/states'
import { CauseLine } from '../../ui/cause-line'
import { NextIcon, PauseIcon, PictureIcon, PlayIcon, PreviousIcon } from '../../ui/icons'
import { Fault, Panel } from '../../ui/panel'
import { type Action, useAction } from '../../ui/use-action'
import { useBlobUrl } from '../../ui/use-blob-url'
import { IntervalField } from './interval-field'
import { PictureList } from './picture-list'
import { Uploads } from './uploads'
import { useCurrentPicture } from './use-current-picture'

/** A picture frame: what it shows, how it goes on, and the pictures it holds. */
export function FramePanel({ device }: { device: DeviceOf<'frame'> }) {
  const action = useAction(device.name)
  return (
    <Panel
      kind="frame"
      title={device.name}
      subtitle={<CauseLine device={device} />}
      icon={<PictureIcon />}
      available={device.available}
      testId={`frame-${device.id}`}
      actions={device.state && <SlideControls device={device} state={device.state} action={action} />}
    >
      <Fault text={device.fault} />
      <FramePicture device={device} />
      {device.state && (
        <>
          <div class="frame-controls">
            <Uploads device={device} />
            <IntervalField device={device} seconds={device.state.interval_seconds} />
          </div>
          <PictureList device={device} state={device.state} />
        </>
      )}
    </Panel>
  )
}

interface ControlsProps {
  device: DeviceOf<'frame'>
  state: FrameState
  action: Action
}

function SlideControls({ device, state, action }: ControlsProps) {
  const { hub } = useApp()
  const ask = (verb: string) => () => void action.run(() => hub.call(uri(device, verb)))
  const label = state.paused ? 'Resume the slideshow' : 'Pause the slideshow'
  return (
    <div class="button-group" role="group" aria-label="Slideshow">
      <button type="button" class="icon-button" aria-label="Previous picture" onClick={ask('previous')} data-testid="previous">
        <PreviousIcon />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={label}
        onClick={ask(state.paused ? 'resume' : 'pause')}
        data-testid={state.paused ? 'resume' : 'pause'}
      >
        {state.paused ? <PlayIcon /> : <PauseIcon />}
      </button>
      <button type="button" class="icon-button" aria-label="Next picture" onClick={ask('next')} data-testid="next">
        <NextIcon />
      </button>
    </div>
  )
}

function FramePicture({ device }: { device: DeviceOf<'frame'> }) {
  const { current, problem } = useCurrentPicture(device)
  const url = useBlobUrl(current?.jpeg ?? null, 'image/jpeg')
  const state = device.state ?? device.lastState
  const shape = state ? { aspectRatio: `${state.width} / ${state.height}` } : {}
  return (
    <figure class="frame-figure">
      <div class="viewer" style={shape}>
        {url && current && (
          <img
            class="viewer-picture"
            src={url}
            alt={state?.name ?? 'The picture shown now'}
            data-testid="frame-picture"
            data-picture={current.picture}
            data-sequence={current.sequence}
          />
        )}
        {!device.available && <p class="viewer-message">The frame is not available.</p>}
        {device.available && !url && <p class="viewer-message">{problem ?? emptyMessage(device.state)}</p>}
      </div>
      {device.state?.picture && (
        <figcaption data-testid="frame-caption">
          <span class="frame-name">{device.state.name}</span>
          <span class="cause">
            {device.state.index + 1} of {device.state.count}
            {device.state.paused && ' · paused'}
          </span>
        </figcaption>
      )}
    </figure>
  )
}

function emptyMessage(state: FrameState | null): string {
  return state?.count === 0 ? 'No pictures yet. Add some below.' : 'Fetching the picture…'
}
