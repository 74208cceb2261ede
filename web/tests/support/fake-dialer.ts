/** Connections that exist in memory: a test lets them join, end, answer and stay silent. */
import { type Deferred, deferred } from '../../src/hub/deferred'
import type { Dialer, Link, LinkEvents, LinkSession } from '../../src/hub/dialer'
import type { HubEvent, SubscribeOptions } from '../../src/hub/hub'
import type { Pass } from '../../src/hub/pass'
import { ANNA } from './fake-hub'

export interface FakeSubscription {
  topic: string
  options: SubscribeOptions
  deliver(event: Partial<HubEvent>): void
  confirm(): void
  refuse(reason: unknown): void
  ended: boolean
}

export class FakeLink implements Link, LinkSession {
  readonly pass: Pass
  readonly events: LinkEvents
  readonly calls: { procedure: string; kwargs: Record<string, unknown>; answer: (value: unknown) => void }[] = []
  readonly probes: Deferred<unknown>[] = []
  readonly subscriptions: FakeSubscription[] = []
  closed = false

  constructor(pass: Pass, events: LinkEvents) {
    this.pass = pass
    this.events = events
  }

  join(): void {
    this.events.joined(this, ANNA)
  }

  end(reason: string | null): void {
    this.events.ended(reason)
  }

  close(): void {
    this.closed = true
  }

  call(procedure: string, kwargs: Record<string, unknown>): Promise<unknown> {
    const { promise, resolve } = deferred<unknown>()
    this.calls.push({ procedure, kwargs, answer: resolve })
    return promise
  }

  probe(): Promise<unknown> {
    const answer = deferred<unknown>()
    this.probes.push(answer)
    return answer.promise
  }

  subscribe(topic: string, options: SubscribeOptions, handler: (event: HubEvent) => void): Promise<() => void> {
    const { promise, resolve, reject } = deferred<() => void>()
    const subscription: FakeSubscription = {
      topic,
      options,
      deliver: (event) => handler({ args: [], kwargs: {}, topic, retained: false, ...event }),
      confirm: () => resolve(() => (subscription.ended = true)),
      refuse: reject,
      ended: false,
    }
    this.subscriptions.push(subscription)
    return promise
  }
}

export class FakeDialer implements Dialer {
  readonly links: FakeLink[] = []

  get last(): FakeLink {
    const link = this.links.at(-1)
    if (!link) throw new Error('nothing has been dialled')
    return link
  }

  dial(pass: Pass, events: LinkEvents): Link {
    const link = new FakeLink(pass, events)
    this.links.push(link)
    return link
  }
}
