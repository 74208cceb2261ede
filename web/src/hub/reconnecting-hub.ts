/**
 * The hub over a connection that breaks and comes back.
 *
 * States (see `SessionState`): arriving -> signed-out -> signing-in (-> code) -> open <-> reconnecting. Arriving leads to
 * open, too, when somebody is logged in in this browser. Each leads back to signed-out: by logging out, by a refused
 * login, or by one that finds nobody.
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import { pauseSeconds } from './backoff'
import { type Deferred, deferred } from './deferred'
import type { Dialer, LinkSession } from './dialer'
import { Entry, LoginRefused } from './entry'
import { HubError, NETWORK_FAILURE } from './errors'
import { Heartbeat } from './heartbeat'
import type { CallOptions, Follower, Hub, Identity, Login, LoginOffer, SessionState, SubscribeOptions } from './hub'
import type { LoginPath } from './login-path'
import type { Pass } from './pass'
import { PendingCalls } from './pending-calls'
import { explainEndedSession, explainFailedCode, explainFailedLogin, isRefusal, REVOKED } from './refusals'
import { Subscriptions } from './subscriptions'

const CALL_TIMEOUT_SECONDS = 10
/** A session that ends sooner does not count as success: the pauses keep growing. */
const STABLE_AFTER_MS = 5_000

const WRONG_CODE = 'The code is not right, or it has been used.'

interface Closable {
  close(): void
}

export class ReconnectingHub implements Hub {
  readonly session = signal<SessionState>({ phase: 'arriving', retryAt: null })
  readonly #dialer: Dialer
  readonly #entry: Entry
  readonly #random: () => number
  readonly #subscriptions = new Subscriptions()
  readonly #calls = new PendingCalls()
  readonly #heartbeat = new Heartbeat(this.#calls)
  /** The attempt or connection that counts; what others still report does not. */
  #link: Closable | null = null
  #open: LinkSession | null = null
  #code: Deferred<string> | null = null
  #attempt = 0
  #joinedAt = 0
  /** Why the last session ended. */
  #ending: string | null = null
  #retryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(dialer: Dialer, path: LoginPath, random: () => number = Math.random) {
    this.#dialer = dialer
    this.#entry = new Entry(path)
    this.#random = random
  }

  get offer(): ReadonlySignal<LoginOffer | null> {
    return this.#entry.offer
  }

  /** Comes in if somebody is logged in in this browser. */
  arrive(): void {
    this.session.value = { phase: 'arriving', retryAt: null }
    this.#comeIn()
  }

  logIn(login: Login): void {
    if (this.session.value.phase !== 'signed-out') return
    this.session.value = { phase: 'signing-in' }
    const named = { ...login, name: login.name.trim() }
    this.#dialOnce((current) => this.#entry.logIn(named, (wasWrong) => this.#askForCode(current, wasWrong)))
  }

  giveCode(code: string): void {
    const state = this.session.value
    if (state.phase !== 'code' || state.isBusy) return
    this.session.value = { phase: 'code', message: null, isBusy: true }
    this.#code?.resolve(code)
  }

  logOut(): void {
    const isInside = 'identity' in this.session.value
    if (isInside) this.#entry.forget()
    this.#signOut(null)
    // The hub is told of it before anybody sees a form again.
    if (isInside && this.offer.value) this.arrive()
  }

  retryNow(): void {
    const state = this.session.value
    if (!('retryAt' in state) || state.retryAt === null) return
    clearTimeout(this.#retryTimer)
    this.session.value = { ...state, retryAt: null }
    this.#comeIn()
  }

  /** The page was asleep or the network is back: whatever is waiting waits no longer, and what seems open is tested. */
  wake(): void {
    this.#heartbeat.now()
    this.retryNow()
    if (this.session.value.phase === 'signed-out' && this.offer.value) void this.#followOtherTabs()
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

  /** Connects with the pass that there is. */
  #comeIn(): void {
    this.#dialOnce(() => this.#entry.find())
  }

  /** Somebody may have logged in in another tab meanwhile; the form stays where it is until that is known. */
  async #followOtherTabs(): Promise<void> {
    const before = this.session.value
    const pass = await this.#entry.find().catch(() => null)
    if (pass && this.session.value === before) this.arrive()
  }

  /** Connects once there is a pass, unless something else has begun by then. */
  #dialOnce(findPass: (current: Closable) => Promise<Pass | null>): void {
    const current = { close: () => undefined }
    this.#link = current
    findPass(current).then(
      (pass) => {
        if (this.#link !== current) return
        if (pass) this.#dial(pass)
        else this.#foundNobody()
      },
      (error: unknown) => {
        if (this.#link !== current) return
        if (error instanceof LoginRefused) this.#signOut(error.message)
        else this.#ended(null)
      },
    )
  }

  #dial(pass: Pass): void {
    const current = { close: () => link.close() }
    this.#link = current
    const link = this.#dialer.dial(pass, {
      codeNeeded: () => this.#askForCode(current, false),
      joined: (session, identity) => {
        if (this.#link === current) this.#joined(session, identity)
      },
      ended: (reason) => {
        if (this.#link === current) this.#ended(reason)
      },
    })
  }

  /** The code that somebody gives; never, when nobody waits for the login any more. */
  #askForCode(current: Closable, wasWrong: boolean): Promise<string> {
    const code = deferred<string>()
    if (this.#link === current) {
      this.#code = code
      this.session.value = { phase: 'code', message: wasWrong ? WRONG_CODE : null, isBusy: false }
    }
    return code.promise
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

  #foundNobody(): void {
    this.#signOut(this.session.value.phase === 'reconnecting' ? explainEndedSession(this.#ending, null) : null)
  }

  #ended(reason: string | null): void {
    this.#dropSession()
    const state = this.session.value
    switch (state.phase) {
      case 'signed-out':
        return
      case 'signing-in':
        return this.#signOut(explainFailedLogin(reason))
      case 'code':
        return this.#signOut(explainFailedCode(reason, state.isBusy))
      case 'arriving':
        if (isRefusal(reason)) return this.#signOut(explainFailedLogin(reason))
        this.#attempt += 1
        return this.#retryLater(state)
      case 'reconnecting':
        if (isRefusal(reason)) return this.#signOut(explainEndedSession(this.#ending, reason))
        this.#attempt += 1
        return this.#retryLater(state)
      case 'open':
        return this.#comeBack(state.identity, reason)
    }
  }

  /** Within an open session even a refusal only ends it; whether the login still holds, the next attempt tells. */
  #comeBack(identity: Identity, reason: string | null): void {
    const wasStable = Date.now() - this.#joinedAt >= STABLE_AFTER_MS
    this.#ending = reason
    this.#attempt = wasStable ? 1 : this.#attempt + 1
    const state = { phase: 'reconnecting', identity, retryAt: null } as const
    if (wasStable && reason === REVOKED) {
      this.session.value = state
      this.#comeIn()
    } else this.#retryLater(state)
  }

  #retryLater(state: Extract<SessionState, { retryAt: number | null }>): void {
    const pauseMs = pauseSeconds(this.#attempt, this.#random()) * 1000
    this.session.value = { ...state, retryAt: Date.now() + pauseMs }
    this.#retryTimer = setTimeout(() => this.retryNow(), pauseMs)
  }

  #signOut(message: string | null): void {
    clearTimeout(this.#retryTimer)
    const link = this.#link
    this.#entry.drop()
    this.#attempt = 0
    this.#dropSession()
    link?.close()
    this.session.value = { phase: 'signed-out', message }
  }

  #dropSession(): void {
    this.#link = null
    this.#open = null
    this.#code = null
    this.#heartbeat.stop()
    this.#subscriptions.detach()
    this.#calls.rejectAll()
  }
}

function withoutUndefined(kwargs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(kwargs).filter(([, value]) => value !== undefined))
}
