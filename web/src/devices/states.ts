/** The states of the four kinds of devices, as docs/protocol.md has them. */

export interface CameraState {
  width: number
  height: number
  frames_per_second: number
  quality: number
  streaming: boolean
}

export interface LightState {
  on: boolean
  /** 0.0 to 1.0 */
  brightness: number
  dimmable: boolean
}

export interface FrameState {
  picture: string | null
  name: string | null
  index: number
  count: number
  paused: boolean
  interval_seconds: number
  width: number
  height: number
}

export interface Zone {
  name: string
  open: boolean
  max_seconds: number
}

export interface Run {
  run: string
  zone: string
  duration_seconds: number
  authid: string | null
}

export interface SprinklerState {
  zones: Record<string, Zone>
  running: (Run & { remaining_seconds: number }) | null
  queue: Run[]
}

export interface StateOf {
  camera: CameraState
  lighting: LightState
  frame: FrameState
  sprinkler: SprinklerState
}

export type Kind = keyof StateOf
