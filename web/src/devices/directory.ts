/** All devices of the house, found and followed with one subscription to their retained states. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals'
import { explain } from '../hub/errors'
import type { Hub, HubEvent } from '../hub/hub'
import { type Device, type DeviceOf, type Moment, parseStateEvent } from './device'
import type { Kind } from './states'

/** After a reconnect a device has this long to say that it is still there. */
const GRACE_MS = 2_000

export type Discovery = 'waiting' | 'done' | 'refused'

export class Directory {
  readonly devices = signal<ReadonlyMap<string, Device>>(new Map())
  /** Whether the router has answered the question for devices, and how. */
  readonly discovery = signal<Discovery>('waiting')
  readonly refusal = signal<string | null>(null)
  readonly #heard = new Set<string>()
  #graceTimer: ReturnType<typeof setTimeout> | undefined

  constructor(hub: Hub) {
    hub.subscribe(
      'wampi...state',
      { match: 'wildcard', get_retained: true },
      {
        event: (event) => this.#hear(event),
        established: () => this.#established(),
        refused: (error) => this.#refused(error),
      },
    )
    effect(() => {
      const { phase } = hub.session.value
      if (phase !== 'open') this.#heard.clear()
      if (phase === 'signed-out') this.#forget()
    })
  }

  /** The devices of one kind, in the order of their names. */
  ofKind<K extends Kind>(kind: K): ReadonlySignal<DeviceOf<K>[]> {
    return computed(() => sorted(this.devices.value, (found) => found === kind) as DeviceOf<K>[])
  }

  /** Devices of kinds that this page has no panel for. */
  others(known: readonly string[]): ReadonlySignal<Device[]> {
    return computed(() => sorted(this.devices.value, (found) => !known.includes(found)))
  }

  #hear(event: HubEvent): void {
    const device = parseStateEvent(event, this.devices.peek().get(event.topic), thisMoment())
    if (!device) return
    this.#heard.add(event.topic)
    this.devices.value = new Map(this.devices.peek()).set(event.topic, device)
  }

  #established(): void {
    this.discovery.value = 'done'
    this.refusal.value = null
    clearTimeout(this.#graceTimer)
    this.#graceTimer = setTimeout(() => this.#loseUnheard(), GRACE_MS)
  }

  /** Retained states come right after the subscription: whoever has none in a new session is not there. */
  #loseUnheard(): void {
    const entries = [...this.devices.peek()].map(([topic, device]): [string, Device] => [
      topic,
      this.#heard.has(topic) ? device : lost(device),
    ])
    this.devices.value = new Map(entries)
  }

  #refused(error: Error): void {
    this.discovery.value = 'refused'
    this.refusal.value = explain(error)
  }

  /** Whoever logs in next may be allowed to see less. */
  #forget(): void {
    clearTimeout(this.#graceTimer)
    this.devices.value = new Map()
    this.discovery.value = 'waiting'
    this.refusal.value = null
  }
}

function sorted(devices: ReadonlyMap<string, Device>, wanted: (kind: string) => boolean): Device[] {
  const found = [...devices.values()].filter((device) => wanted(device.kind))
  return found.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id))
}

function thisMoment(): Moment {
  return { wall: Date.now(), monotonic: performance.now() }
}

function lost(device: Device): Device {
  const cause = { why: 'lost', authid: null, authrole: null }
  return { ...device, available: false, state: null, cause, changedAt: null }
}
