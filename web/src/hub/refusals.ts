/** Why a login ended, told apart: refused for good, or worth another try. */

export const PASSWORD_CHANGED = 'wampi.web.password_changed'
/** What let a session in is no longer good: the router's reason for ending it. */
export const REVOKED = 'wampi.close.revoked'

const IS_WRONG = 'The name or password is wrong. After several tries, wait a minute.'

/** Reasons after which trying again with the same pass cannot help. */
const REFUSED = new Map([
  ['wamp.error.not_authorized', IS_WRONG],
  ['wamp.error.authentication_denied', IS_WRONG],
  ['wamp.error.authentication_failed', IS_WRONG],
  ['wamp.error.no_such_principal', IS_WRONG],
  ['wamp.error.no_such_role', 'This account has no role in this house. Ask the owner for one.'],
  ['wamp.error.no_such_realm', 'This hub does not run a home. Check its configuration.'],
  ['wamp.error.no_matching_auth_method', 'This hub does not take logins with a password.'],
  ['wamp.error.authorization_required', 'This account may not log in here.'],
  [PASSWORD_CHANGED, 'The password has been changed. Please log in again.'],
])

/** Whether `reason`, a WAMP URI or null for a lost connection, refuses this pass for good. */
export function isRefusal(reason: string | null): boolean {
  return reason !== null && REFUSED.has(reason)
}

/** One sentence for the login form, after a login that did not succeed. */
export function explainFailedLogin(reason: string | null): string {
  if (reason === null) return 'The hub cannot be reached. Is it running, and are you on its network?'
  if (reason === 'wamp.close.system_shutdown') return 'The hub is shutting down. Try again in a moment.'
  return REFUSED.get(reason) ?? `The hub did not let you in (${reason}).`
}

/** The same for a login that ended while it waited for a code (`given`: after one had been given). */
export function explainFailedCode(reason: string | null, given: boolean): string {
  if (!given) return 'That took too long. Please log in again.'
  return isRefusal(reason) ? 'The code is not right, or it has been used. Please log in again.' : explainFailedLogin(reason)
}

/** The same for a session that cannot be resumed; `ending` is why it ended, `refusal` why it does not begin again. */
export function explainEndedSession(ending: string | null, refusal: string | null): string {
  if (refusal === 'wamp.error.no_such_role') return explainFailedLogin(refusal)
  if (ending === REVOKED) return 'You were logged out, by yourself elsewhere or by the owner. Please log in again.'
  return 'Your session has ended. Please log in again.'
}
