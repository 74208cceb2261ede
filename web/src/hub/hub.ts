/**
 * What the page knows of the hub: a session that comes and goes, procedures to call and topics to follow.
 *
 * Panels depend on this interface alone, so that a test hands them a hub that is a few lines of memory.
 */
import type { ReadonlySignal } from '@preact/signals'

export interface Identity {
  /** The account's name, as the router confirmed it. */
  authid: string
  /** `owner`, `resident`, `guest` or a role of the house's own. */
  authrole: string
}

export type SessionState =
  /** The page has been opened, or its login is being ended: who is logged in in this browser? `retryAt` as below. */
  | { phase: 'arriving'; retryAt: number | null }
  | { phase: 'signed-out'; message: string | null }
  | { phase: 'signing-in' }
  /** The password was right, and a code is needed besides; `message` says what was wrong with the last one. */
  | { phase: 'code'; message: string | null; isBusy: boolean }
  | { phase: 'open'; identity: Identity }
  /** Was open, and will be again; `retryAt` is in milliseconds since 1970, null while an attempt is under way. */
  | { phase: 'reconnecting'; identity: Identity; retryAt: number | null }

export interface Login {
  name: string
  password: string
  /** Whether the browser is to keep the login when it is closed. */
  stay: boolean
}

/** What the hub's login path has besides names and passwords. */
export interface LoginOffer {
  /** Where people see to their own account. */
  account: string
  /** Where they log in with a passkey; null where there are none to be had. */
  passkeys: string | null
  providers: readonly { title: string; address: string }[]
}

export interface HubEvent {
  args: readonly unknown[]
  kwargs: Readonly<Record<string, unknown>>
  /** The topic it was published to: with a pattern not the one that was subscribed to. */
  topic: string
  /** True for the last value before the subscription began, false for what happens now. */
  retained: boolean
}

export interface SubscribeOptions {
  match?: 'exact' | 'prefix' | 'wildcard'
  get_retained?: boolean
  /** `latest`: of events that wait, keep the newest alone. For video. */
  _outbox?: 'kick' | 'latest'
}

export interface Follower {
  event(event: HubEvent): void
  /** The router has confirmed the subscription: once for each session. */
  established?(): void
  /** The router has refused the subscription. */
  refused?(error: Error): void
}

export interface CallOptions {
  timeoutSeconds?: number
}

export interface Hub {
  readonly session: ReadonlySignal<SessionState>
  /** Null where the hub has no login path: then a login lasts as long as the page is open. */
  readonly offer: ReadonlySignal<LoginOffer | null>
  logIn(login: Login): void
  /** Hands over the code that is asked for. */
  giveCode(code: string): void
  /** Leaves the session, or gives up logging in. */
  logOut(): void
  /** While reconnecting: tries at once rather than after the pause. */
  retryNow(): void
  /**
   * Calls a procedure with keyword arguments; those that are undefined are left out.
   *
   * Rejects with a `HubError`; it always settles, also when the connection is lost or nobody answers.
   */
  call<Result>(procedure: string, kwargs?: Record<string, unknown>, options?: CallOptions): Promise<Result>
  /** Follows a topic until the returned function is called, over any number of reconnects. */
  subscribe(topic: string, options: SubscribeOptions, follower: Follower): () => void
}
