/** A device as its last state event described it. */
import type { HubEvent } from '../hub/hub'
import type { Kind, StateOf } from './states'

export interface Cause {
  why: string
  authid: string | null
  authrole: string | null
}

export interface Device<State = unknown> {
  kind: string
  id: string
  /** What people call it. */
  name: string
  available: boolean
  /** Null while the device is not available. */
  state: State | null
  /** The last state it had while it was available: for what does not move, such as the names of zones. */
  lastState: State | null
  changed: readonly string[]
  cause: Cause
  fault: string | null
  sequence: number
  /** When this became so, in milliseconds since 1970; null when nobody knows. */
  changedAt: number | null
  /** The same moment on this page's monotonic clock (`performance.now`), for what counts on from it. */
  asOf: number
}

/** One moment, on both clocks of the page: since 1970, and monotonic; in milliseconds. */
export interface Moment {
  wall: number
  monotonic: number
}

/** A retained state that claims to be older comes from a device without a clock, or there is no telling. */
const OLDEST_MS = 30 * 24 * 3600 * 1000

export type DeviceOf<K extends Kind> = Device<StateOf[K]>

const TOPIC = /^wampi\.([0-9a-z_]+)\.([0-9a-z_]+)\.state$/

/** The device that a state event describes, or null when the event is not one. `previous` is what was known of it. */
export function parseStateEvent(event: HubEvent, previous: Device | undefined, now: Moment): Device | null {
  const match = TOPIC.exec(event.topic)
  const [, kind, id] = match ?? []
  if (kind === undefined || id === undefined) return null
  const { name, available, state, changed, cause, fault, sequence } = event.kwargs
  const age = event.retained ? ageOf(event.kwargs['published_at'], now) : 0
  const isAvailable = available === true && isRecord(state)
  return {
    kind,
    id,
    name: typeof name === 'string' && name !== '' ? name : id,
    available: isAvailable,
    state: isAvailable ? state : null,
    lastState: isAvailable ? state : (previous?.lastState ?? null),
    changed: Array.isArray(changed) ? changed.filter((key) => typeof key === 'string') : [],
    cause: parseCause(cause),
    fault: typeof fault === 'string' ? fault : null,
    sequence: typeof sequence === 'number' ? sequence : 0,
    changedAt: age === null ? null : now.wall - age,
    asOf: now.monotonic - (age ?? 0),
  }
}

/** Milliseconds since a device published, by its clock and ours; null when they do not agree well enough. */
function ageOf(publishedAt: unknown, now: Moment): number | null {
  if (typeof publishedAt !== 'number') return null
  const age = now.wall - publishedAt * 1000
  return age < OLDEST_MS ? Math.max(0, age) : null
}

function parseCause(cause: unknown): Cause {
  const { why, authid, authrole } = isRecord(cause) ? cause : {}
  return {
    why: typeof why === 'string' ? why : '',
    authid: typeof authid === 'string' ? authid : null,
    authrole: typeof authrole === 'string' ? authrole : null,
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The URI of one of a device's procedures or topics. */
export function uri(device: Pick<Device, 'kind' | 'id'>, verb: string): string {
  return `wampi.${device.kind}.${device.id}.${verb}`
}
