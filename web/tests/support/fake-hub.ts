/** A hub in a few lines of memory: tests publish to it, and answer or refuse what the page asks of it. */
import { signal } from '@preact/signals'
import { HubError } from '../../src/hub/errors'
import type { CallOptions, Follower, Hub, HubEvent, Login, LoginOffer, SessionState, SubscribeOptions } from '../../src/hub/hub'

export interface Call {
  procedure: string
  kwargs: Record<string, unknown>
  options: CallOptions
}

export interface Following {
  topic: string
  options: SubscribeOptions
  follower: Follower
}

type Procedure = (kwargs: Record<string, unknown>) => unknown

export const ANNA = { authid: 'anna', authrole: 'owner' }

export class FakeHub implements Hub {
  readonly session = signal<SessionState>({ phase: 'open', identity: ANNA })
  readonly offer = signal<LoginOffer | null>(null)
  readonly calls: Call[] = []
  readonly logins: Login[] = []
  readonly codes: string[] = []
  readonly following = new Set<Following>()
  retries = 0
  readonly #procedures = new Map<string, Procedure>()

  /** Answers calls of `procedure` with what `answer` returns, or with what it throws. */
  answer(procedure: string, answer: Procedure): void {
    this.#procedures.set(procedure, answer)
  }

  /** Delivers an event to whoever follows `topic`, by pattern or exactly. */
  publish(topic: string, event: Partial<Omit<HubEvent, 'topic'>>): void {
    for (const { topic: pattern, follower } of [...this.following]) {
      if (matches(pattern, topic)) follower.event({ args: [], kwargs: {}, retained: false, ...event, topic })
    }
  }

  called(procedure: string): Record<string, unknown>[] {
    return this.calls.filter((call) => call.procedure === procedure).map((call) => call.kwargs)
  }

  follows(topic: string): Following | undefined {
    return [...this.following].find((following) => following.topic === topic)
  }

  logIn(login: Login): void {
    this.logins.push(login)
    this.session.value = { phase: 'signing-in' }
  }

  giveCode(code: string): void {
    this.codes.push(code)
    this.session.value = { phase: 'code', message: null, isBusy: true }
  }

  logOut(): void {
    this.session.value = { phase: 'signed-out', message: null }
  }

  retryNow(): void {
    this.retries += 1
  }

  async call<Result>(
    procedure: string,
    kwargs: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<Result> {
    this.calls.push({ procedure, kwargs, options })
    const answer = this.#procedures.get(procedure)
    if (!answer) throw new HubError('wamp.error.no_such_procedure')
    return (await answer(kwargs)) as Result
  }

  subscribe(topic: string, options: SubscribeOptions, follower: Follower): () => void {
    const following = { topic, options, follower }
    this.following.add(following)
    return () => this.following.delete(following)
  }
}

function matches(pattern: string, topic: string): boolean {
  const [wanted, found] = [pattern.split('.'), topic.split('.')]
  return wanted.length === found.length && wanted.every((part, i) => part === '' || part === found[i])
}
