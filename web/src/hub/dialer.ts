/** One connection to the router, from the attempt to its end: what a WAMP client library is asked to do. */
import type { HubEvent, Identity, SubscribeOptions } from './hub'
import type { Pass } from './pass'

export interface LinkSession {
  /** May never settle when the connection is lost: whoever calls must watch for the end. */
  call(procedure: string, kwargs: Record<string, unknown>): Promise<unknown>
  /** Resolves to a function that ends the subscription. */
  subscribe(topic: string, options: SubscribeOptions, handler: (event: HubEvent) => void): Promise<() => void>
  /** Settles when the router answers something small, be it a refusal. */
  probe(): Promise<unknown>
}

export interface LinkEvents {
  /** The router asks for the code of a second factor, which is good once: each login needs another. */
  codeNeeded(): Promise<string>
  /** The router has said WELCOME; at most once. */
  joined(session: LinkSession, identity: Identity): void
  /** The end, exactly once: the URI in the router's ABORT or GOODBYE, or null when the connection was lost. */
  ended(reason: string | null): void
}

export interface Link {
  /** Says GOODBYE when there is a session, and closes. `ended` follows. */
  close(): void
}

export interface Dialer {
  dial(pass: Pass, events: LinkEvents): Link
}
