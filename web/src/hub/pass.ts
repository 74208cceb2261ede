/** What lets the page in each time that it connects: what HELLO names, and what signs a challenge. */
import { HubError } from './errors'

export interface Pass {
  /** Left out where the browser's request says who it is. */
  readonly authid?: string
  readonly authmethods: readonly string[]
  /** The signature for CHALLENGE's `extra`; rejects with a `HubError` when there can be none. */
  sign(extra: unknown): Promise<string>
}

/** The login that the browser's cookie stands for: it travels with the WebSocket's request, and scripts never see it. */
export const COOKIE_PASS: Pass = {
  authmethods: ['cookie'],
  sign: () => Promise.reject(new HubError('wamp.error.authentication_failed', 'A cookie has nothing to sign.')),
}
