/** Calls under way: each settles, by its answer, by its deadline, or by the end of the connection. */
import { deferred } from './deferred'
import { HubError, NETWORK_FAILURE, TIMEOUT, toHubError } from './errors'

export class PendingCalls {
  readonly #rejections = new Set<(error: HubError) => void>()

  /** Settles as `answer` does, or rejects with a `HubError` after `timeoutSeconds` or when `rejectAll` is called. */
  guard<Result>(answer: Promise<Result>, timeoutSeconds: number): Promise<Result> {
    const { promise, resolve, reject } = deferred<Result>()
    const timer = setTimeout(() => reject(new HubError(TIMEOUT)), timeoutSeconds * 1000)
    this.#rejections.add(reject)
    answer.then(resolve, (reason: unknown) => reject(toHubError(reason)))
    const forget = () => {
      clearTimeout(timer)
      this.#rejections.delete(reject)
    }
    promise.then(forget, forget)
    return promise
  }

  /** The connection is lost: nothing will answer any more. */
  rejectAll(): void {
    for (const reject of this.#rejections) reject(new HubError(NETWORK_FAILURE))
    this.#rejections.clear()
  }
}
