/** The topics that the page wants to follow, kept over reconnects and asked for again in each new session. */
import type { LinkSession } from './dialer'
import { toHubError } from './errors'
import type { Follower, SubscribeOptions } from './hub'

interface Wanted {
  topic: string
  options: SubscribeOptions
  follower: Follower
  /** Ends the subscription in the session that is open now. */
  end: (() => void) | null
}

export class Subscriptions {
  readonly #wanted = new Set<Wanted>()
  #session: LinkSession | null = null

  /** A session has begun: everything wanted is subscribed to in it. */
  attach(session: LinkSession): void {
    this.#session = session
    for (const wanted of this.#wanted) void this.#ask(session, wanted)
  }

  /** The session is over, and with it its subscriptions; what is wanted stays wanted. */
  detach(): void {
    this.#session = null
    for (const wanted of this.#wanted) wanted.end = null
  }

  /** Wants a topic, from now until the returned function is called. */
  add(topic: string, options: SubscribeOptions, follower: Follower): () => void {
    const wanted: Wanted = { topic, options, follower, end: null }
    this.#wanted.add(wanted)
    if (this.#session) void this.#ask(this.#session, wanted)
    return () => {
      this.#wanted.delete(wanted)
      wanted.end?.()
      wanted.end = null
    }
  }

  async #ask(session: LinkSession, wanted: Wanted): Promise<void> {
    const isCurrent = () => this.#session === session && this.#wanted.has(wanted)
    try {
      const end = await session.subscribe(wanted.topic, wanted.options, (event) => {
        if (isCurrent()) wanted.follower.event(event)
      })
      if (!isCurrent()) return end()
      wanted.end = end
      wanted.follower.established?.()
    } catch (reason) {
      if (isCurrent()) wanted.follower.refused?.(toHubError(reason))
    }
  }
}
