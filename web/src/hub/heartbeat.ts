/**
 * Finds out about connections that are gone without a word, as when a phone leaves the wireless network.
 *
 * A browser's WebSocket has no ping of its own and stays "open" for minutes then. So the page asks the router for
 * something small now and then; any answer, a refusal too, is a sign of life.
 */
import { HubError, TIMEOUT } from './errors'
import type { PendingCalls } from './pending-calls'

const EVERY_MS = 20_000
const ANSWER_WITHIN_SECONDS = 10

export class Heartbeat {
  readonly #calls: PendingCalls
  #timer: ReturnType<typeof setInterval> | undefined
  #beat: (() => void) | null = null

  constructor(calls: PendingCalls) {
    this.#calls = calls
  }

  /** Asks every 20 seconds with `probe`, until `stop`; calls `dead` when 10 seconds bring no answer. */
  start(probe: () => Promise<unknown>, dead: () => void): void {
    this.stop()
    const beat = () => {
      this.#calls.guard(probe(), ANSWER_WITHIN_SECONDS).catch((error: unknown) => {
        if (this.#beat === beat && error instanceof HubError && error.uri === TIMEOUT) dead()
      })
    }
    this.#beat = beat
    this.#timer = setInterval(beat, EVERY_MS)
  }

  /** Asks at once, when there is reason to doubt. */
  now(): void {
    this.#beat?.()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#beat = null
  }
}
