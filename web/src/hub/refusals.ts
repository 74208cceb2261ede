/** Why a login ended, told apart: refused for good, or worth another try. */

/** Reasons after which trying again with the same credentials cannot help. */
const REFUSED = new Map([
  ['wamp.error.not_authorized', 'The name or password is wrong.'],
  ['wamp.error.authentication_denied', 'The name or password is wrong.'],
  ['wamp.error.authentication_failed', 'The name or password is wrong.'],
  ['wamp.error.no_such_principal', 'The name or password is wrong.'],
  ['wamp.error.no_such_role', 'This account has no role in this house. Ask the owner for one.'],
  ['wamp.error.no_such_realm', 'This hub does not run a home. Check its configuration.'],
  ['wamp.error.no_matching_auth_method', 'This hub does not take logins with a password.'],
  ['wamp.error.authorization_required', 'This account may not log in here.'],
])

export const PASSWORD_CHANGED = 'wampi.web.password_changed'

/** Whether `reason`, a WAMP URI or null for a lost connection, refuses these credentials for good. */
export function isRefusal(reason: string | null): boolean {
  return reason !== null && (REFUSED.has(reason) || reason === PASSWORD_CHANGED)
}

/** One sentence for the login form, after a first login that did not succeed. */
export function explainFailedLogin(reason: string | null): string {
  if (reason === null) return 'The hub cannot be reached. Is it running, and are you on its network?'
  if (reason === 'wamp.close.system_shutdown') return 'The hub is shutting down. Try again in a moment.'
  return REFUSED.get(reason) ?? `The hub did not let you in (${reason}).`
}

/** One sentence for the login form, after a session that cannot be resumed. */
export function explainEndedSession(reason: string | null): string {
  if (reason === 'wamp.error.no_such_role') return explainFailedLogin(reason)
  return 'Your session has ended. Please log in again.'
}
