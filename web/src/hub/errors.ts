/** Errors of the hub, and the sentences in which people read them. */

export const NOT_AUTHORIZED = 'wamp.error.not_authorized'
export const TIMEOUT = 'wamp.error.timeout'
export const NETWORK_FAILURE = 'wamp.error.network_failure'

/** A call or subscription that failed; `uri` is the WAMP error URI, `message` one sentence if there was one. */
export class HubError extends Error {
  readonly uri: string

  constructor(uri: string, message = '') {
    super(message)
    this.name = 'HubError'
    this.uri = uri
  }
}

/** Makes a `HubError` of whatever a WAMP client library rejects with (`error` is the URI, `args[0]` the sentence). */
export function toHubError(reason: unknown): HubError {
  if (reason instanceof HubError) return reason
  if (typeof reason === 'object' && reason !== null && 'error' in reason) {
    const args = 'args' in reason && Array.isArray(reason.args) ? (reason.args as unknown[]) : []
    return new HubError(String(reason.error), typeof args[0] === 'string' ? args[0] : '')
  }
  return new HubError(NETWORK_FAILURE, reason instanceof Error ? reason.message : '')
}

const SENTENCES = new Map([
  [NOT_AUTHORIZED, 'Your account may look at this but not change it. The owner of the house can grant more.'],
  ['wamp.error.authorization_denied', 'Your account may not do this. The owner of the house can grant more.'],
  ['wamp.error.authorization_failed', 'The hub could not find out whether your account may do this. Try again.'],
  [TIMEOUT, 'The device did not answer in time. Try again.'],
  [NETWORK_FAILURE, 'The connection to the hub was lost. It is being made again.'],
  ['wamp.error.no_such_procedure', 'This device is not available right now.'],
  ['wamp.error.no_available_callee', 'This device is not available right now.'],
  ['wamp.error.canceled', 'The device went away before it answered.'],
  ['wamp.error.payload_size_exceeded', 'That is larger than the hub accepts.'],
])

/** One clear sentence for a failed call or subscription. */
export function explain(reason: unknown): string {
  const error = toHubError(reason)
  const sentence = SENTENCES.get(error.uri)
  if (sentence) return sentence
  return error.message ? asSentence(error.message) : `The device refused this (${error.uri}).`
}

/** A text of the hub's or a device's as people read it. */
export function asSentence(text: string): string {
  const trimmed = text.trim()
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
