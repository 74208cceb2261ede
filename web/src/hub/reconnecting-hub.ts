/**
 * The hub over a connection that breaks and comes back.
 *
 * States (see `SessionState`): signed-out -> signing-in -> open <-> reconnecting, and from each back to signed-out:
 * by logging out, by a refused login, or by a first login that finds nobody.
 */
import { signal } from '@preact/signals'
import { pauseSeconds } from './backoff'
import { Credentials } from './credentials'
import type { Dialer, LinkSession } from './dialer'
import { HubError, NETWORK_FAILURE } from './errors'
import { Heartbeat } from './heartbeat'
import type { CallOptions, Follower, Hub, Identity, SessionState, SubscribeOptions } from './hub'
import { PendingCalls } from './pending-calls'
import { explainEndedSession, explainFailedLogin, isRefusal } from './refusals'
import { Subscriptions } from './subscriptions'

const CALL_TIMEOUT_SECONDS = 10
/** A session that ends sooner does not count as success: the pauses keep growing. */
const STABLE_AFTER_MS = 5_000

export class ReconnectingHub implements Hub {
  readonly session = signal<SessionState>({ phase: 'signed-out', message: null })
  readonly #dialer: Dialer
  readonly #random: () => number
  readonly #subscriptions = new Subscriptions()
  readonly #calls = new PendingCalls()
  #credentials: Credentials | null = null
  readonly #heartbeat = new Heartbeat(this.#calls)
  /** The connection that counts; what others still report does not. */
  #link: { close(): void } | null = null
  #open: LinkSession | null = null
  #attempt = 0
  #joinedAt = 0
  #retryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(dialer: Dialer, random: () => number = Math.random) {
    this.#dialer = dialer
    this.#random = random
  }

  logIn(authid: string, password: string): void {
    if (this.session.value.phase !== 'signed-out') return
    this.session.value = { phase: 'signing-in' }
    this.#credentials = new Credentials(authid.trim(), password)
    this.#dial(this.#credentials)
  }

  logOut(): void {
    this.#signOut(null)
  }

  retryNow(): void {
    const state = this.session.value
    if (state.phase !== 'reconnecting' || state.retryAt === null || !this.#credentials) return
    clearTimeout(this.#retryTimer)
    this.session.value = { ...state, retryAt: null }
    this.#dial(this.#credentials)
  }

  /** The page was asleep or the network is back: whatever is waiting waits no longer, and what seems open is tested. */
  wake(): void {
    this.#heartbeat.now()
    this.retryNow()
  }

  async call<Result>(
    procedure: string,
    kwargs: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<Result> {
    if (!this.#open) throw new HubError(NETWORK_FAILURE)
    const answer = this.#open.call(procedure, withoutUndefined(kwargs)) as Promise<Result>
    return this.#calls.guard(answer, options.timeoutSeconds ?? CALL_TIMEOUT_SECONDS)
  }

  subscribe(topic: string, options: SubscribeOptions, follower: Follower): () => void {
    return this.#subscriptions.add(topic, options, follower)
  }

  #dial(credentials: Credentials): void {
    const current = { close: () => link.close() }
    this.#link = current
    const link = this.#dialer.dial(credentials, {
      joined: (session, identity) => {
        if (this.#link === current) this.#joined(session, identity)
      },
      ended: (reason) => {
        if (this.#link === current) this.#ended(reason)
      },
    })
  }

  #joined(session: LinkSession, identity: Identity): void {
    this.#open = session
    this.#joinedAt = Date.now()
    this.session.value = { phase: 'open', identity }
    this.#subscriptions.attach(session)
    this.#heartbeat.start(() => session.probe(), () => this.#giveUp())
  }

  /** The connection is dead although nobody has said so. */
  #giveUp(): void {
    const link = this.#link
    this.#ended(null)
    link?.close()
  }

  #ended(reason: string | null): void {
    this.#dropSession()
    const state = this.session.value
    if (state.phase === 'signing-in') return this.#signOut(explainFailedLogin(reason))
    if (state.phase === 'signed-out') return
    // Within an open session even these reasons only end it; whether the login still holds, the next one tells.
    if (state.phase === 'reconnecting' && isRefusal(reason)) return this.#signOut(explainEndedSession(reason))
    const wasStable = state.phase === 'open' && Date.now() - this.#joinedAt >= STABLE_AFTER_MS
    this.#attempt = wasStable ? 1 : this.#attempt + 1
    this.#retryLater(state.identity)
  }

  #retryLater(identity: Identity): void {
    const pauseMs = pauseSeconds(this.#attempt, this.#random()) * 1000
    this.session.value = { phase: 'reconnecting', identity, retryAt: Date.now() + pauseMs }
    this.#retryTimer = setTimeout(() => this.retryNow(), pauseMs)
  }

  #signOut(message: string | null): void {
    clearTimeout(this.#retryTimer)
    const link = this.#link
    this.#credentials = null
    this.#attempt = 0
    this.#dropSession()
    link?.close()
    this.session.value = { phase: 'signed-out', message }
  }

  #dropSession(): void {
    this.#link = null
    this.#open = null
    this.#heartbeat.stop()
    this.#subscriptions.detach()
    this.#calls.rejectAll()
  }
}

function withoutUndefined(kwargs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(kwargs).filter(([, value]) => value !== undefined))
}
