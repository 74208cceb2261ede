/**
 * Connects with autobahn-js: WAMP over a WebSocket in MessagePack, with whatever pass there is.
 *
 * Only single connections are made here. Reconnecting is `ReconnectingHub`'s, because autobahn gives up after any
 * GOODBYE and ABORT, also those of a router that restarts.
 */
import autobahn, { type Deferred as AutobahnDeferred, type Session } from 'autobahn'
import { deferred } from './deferred'
import type { Dialer, Link, LinkEvents, LinkSession } from './dialer'
import { toHubError } from './errors'
import { msgpackSerializer } from './msgpack-serializer'
import type { Pass } from './pass'

/** For each answer of the router, up to WELCOME. */
const JOIN_TIMEOUT_MS = 20_000

export class AutobahnDialer implements Dialer {
  readonly #url: string
  readonly #realm: string

  constructor(url: string, realm: string) {
    this.#url = url
    this.#realm = realm
  }

  dial(pass: Pass, events: LinkEvents): Link {
    const end = once((reason: string | null) => {
      clearTimeout(timer)
      events.ended(reason)
    })
    // A peer that never answers never closes either: do not wait for it.
    const giveUp = () => {
      end(null)
      close()
    }
    const expectAnswer = () => setTimeout(giveUp, JOIN_TIMEOUT_MS)
    let timer = expectAnswer()
    let refusal: string | null = null
    const connection = new autobahn.Connection({
      url: this.#url,
      realm: this.#realm,
      ...(pass.authid !== undefined && { authid: pass.authid }),
      authmethods: [...pass.authmethods],
      serializers: [msgpackSerializer],
      max_retries: 0,
      use_deferred: nativeDeferred,
      onchallenge: async (_session, method, extra) => {
        // A person may have to look for a code; how long that may take is for the router to say.
        clearTimeout(timer)
        try {
          const answer = await (method === 'totp' ? events.codeNeeded() : pass.sign(extra))
          timer = expectAnswer()
          return answer
        } catch (error) {
          refusal = toHubError(error).uri
          throw error
        }
      },
      on_user_error: report,
      on_internal_error: report,
    })
    connection.onopen = (session, details) => {
      clearTimeout(timer)
      const identity = { authid: details.authid ?? pass.authid ?? '', authrole: details.authrole ?? '' }
      events.joined(linkSession(session), identity)
    }
    connection.onclose = (_reason, details) => {
      end(refusal ?? details.reason)
      return true
    }
    const close = () => {
      try {
        connection.close('wamp.close.normal')
      } catch {
        end(null) // autobahn throws when the connection is closed already
      }
    }
    connection.open()
    return { close }
  }
}

/** Subscribing again to what the page follows anyway is the cheapest question that every account may ask. */
const PROBE_TOPIC = 'wampi...state'

function linkSession(session: Session): LinkSession {
  return {
    call: (procedure, kwargs) => session.call(procedure, [], kwargs, {}),
    subscribe: async (topic, options, handler) => {
      const subscription = await session.subscribe(
        topic,
        (args, kwargs, event) => handler({ args, kwargs, topic: event.topic, retained: event.retained }),
        { ...options },
      )
      return () => void endQuietly(subscription)
    },
    probe: async () => endQuietly(await session.subscribe(PROBE_TOPIC, () => undefined, { match: 'wildcard' })),
  }
}

/** Ends a subscription; of a session that is over there is nothing left to end, and autobahn throws. */
async function endQuietly(subscription: { unsubscribe(): Promise<unknown> }): Promise<void> {
  try {
    await subscription.unsubscribe()
  } catch {
    return
  }
}

function nativeDeferred(): AutobahnDeferred {
  return { ...deferred<unknown>(), notify: () => undefined }
}

function once<Argument>(action: (argument: Argument) => void): (argument: Argument) => void {
  let done = false
  return (argument) => {
    if (done) return
    done = true
    action(argument)
  }
}

function report(error: unknown, message?: string): void {
  console.error(message ?? 'WAMP:', error)
}
