/** Devices as a test needs them, and the state events that describe them. */
import type { Device } from '../../src/devices/device'
import type { CameraState, FrameState, LightState, SprinklerState } from '../../src/devices/states'

export const CAMERA: CameraState = { width: 640, height: 480, frames_per_second: 10, quality: 80, streaming: true }

export const LIGHT: LightState = { on: true, brightness: 0.5, dimmable: true }

export const FRAME: FrameState = {
  picture: 'a1',
  name: 'Lake',
  index: 0,
  count: 2,
  paused: false,
  interval_seconds: 30,
  width: 800,
  height: 480,
}

export const SPRINKLER: SprinklerState = {
  zones: {
    lawn: { name: 'Lawn', open: false, max_seconds: 600 },
    beds: { name: 'Flower beds', open: false, max_seconds: 120 },
  },
  running: null,
  queue: [],
}

export function device<State>(kind: string, state: State | null, rest: Partial<Device<State>> = {}): Device<State> {
  return {
    kind,
    id: 'one',
    name: 'The one',
    available: state !== null,
    state,
    lastState: state,
    changed: [],
    cause: { why: 'command', authid: 'ben', authrole: 'resident' },
    fault: null,
    sequence: 1,
    changedAt: null,
    asOf: performance.now(),
    ...rest,
  }
}

/** The keyword arguments of a state event; with a `state` of null those of a device that is gone. */
export function stateEvent(state: unknown, rest: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'The one',
    available: state !== null,
    state,
    changed: [],
    cause: { why: 'command', authid: 'ben', authrole: 'resident' },
    fault: null,
    sequence: 1,
    ...rest,
  }
}
