/**
 * Answers WAMP-CRA challenges with WebCrypto (WAMP advanced profile, "Challenge Response Authentication"), for hubs that
 * have no login path.
 *
 * The password is dropped as soon as the signing key is derived from it. What stays, in memory only, is a key that
 * scripts cannot read back; with it the page logs in again after a lost connection.
 */
import { HubError } from './errors'
import type { Pass } from './pass'
import { PASSWORD_CHANGED } from './refusals'

export interface Challenge {
  /** The JSON text that the router made: signed exactly as received. */
  challenge: string
  salt?: string
  iterations?: number
  keylen?: number
}

/** More rounds than any sane router asks for; far more would freeze a phone. */
const MOST_ITERATIONS = 10_000_000
const BITS_PER_BYTE = 8

export class Credentials implements Pass {
  readonly authid: string
  /** For a second challenge, for the code of a second factor, somebody has to be asked: see `LinkEvents`. */
  readonly authmethods = ['wampcra', 'totp']
  #password: string | null
  #key: { parameters: string; hmac: CryptoKey } | null = null

  constructor(authid: string, password: string) {
    this.authid = authid
    // NIST SP 800-63B: the same characters, however a keyboard composes them, are the same password.
    this.#password = password.normalize('NFKC')
  }

  /**
   * The signature for CHALLENGE's `extra`: base64 of HMAC-SHA256.
   *
   * Throws `HubError` when the challenge is malformed, or when its salt has changed since the password was dropped.
   */
  async sign(extra: unknown): Promise<string> {
    const challenge = parseChallenge(extra)
    const key = await this.#signingKey(challenge)
    const signature = await crypto.subtle.sign('HMAC', key, utf8(challenge.challenge))
    return base64(signature)
  }

  async #signingKey(challenge: Challenge): Promise<CryptoKey> {
    const parameters = JSON.stringify([challenge.salt, challenge.iterations, challenge.keylen])
    if (this.#key?.parameters === parameters) return this.#key.hmac
    if (this.#password === null) throw new HubError(PASSWORD_CHANGED)
    const secret = challenge.salt ? await stretch(this.#password, challenge) : utf8(this.#password)
    const hmac = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    this.#key = { parameters, hmac }
    this.#password = null
    return hmac
  }
}

/** The salted key: base64(PBKDF2-SHA256), and it is the text of it that signs, not the bytes behind it. */
async function stretch(password: string, challenge: Challenge): Promise<Uint8Array<ArrayBuffer>> {
  const material = await crypto.subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits'])
  const parameters = {
    name: 'PBKDF2',
    hash: 'SHA-256',
    salt: utf8(challenge.salt ?? ''),
    iterations: challenge.iterations ?? 1000,
  }
  const derived = await crypto.subtle.deriveBits(parameters, material, (challenge.keylen ?? 32) * BITS_PER_BYTE)
  return utf8(base64(derived))
}

function parseChallenge(extra: unknown): Challenge {
  const malformed = new HubError('wamp.error.authentication_failed', 'The hub sent a challenge that makes no sense.')
  if (typeof extra !== 'object' || extra === null) throw malformed
  const { challenge, salt, iterations, keylen } = extra as Record<string, unknown>
  if (typeof challenge !== 'string') throw malformed
  if (salt === undefined || salt === null) return { challenge }
  if (typeof salt !== 'string' || !isCount(iterations, MOST_ITERATIONS) || !isCount(keylen, 1024)) throw malformed
  return { challenge, salt, iterations, keylen }
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
}
