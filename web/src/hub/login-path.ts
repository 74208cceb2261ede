/**
 * Logging in over HTTPS before any WebSocket, at the hub's login path: it leaves a cookie, out of reach of scripts.
 *
 * The page takes this way where there is one. The cookie outlives a lost connection, also for who needs a code that is
 * good only once, and other tabs come in by it, too.
 */
import { asSentence } from './errors'
import type { Login, LoginOffer } from './hub'

export interface Arrival {
  /** Whom the browser's cookie stands for; null for nobody. */
  authid: string | null
  /** Null where the hub has no login path. */
  offer: LoginOffer | null
}

/** How a login ended; `code`: the password was right, and a code which is right is needed besides. */
export type Outcome = { kind: 'in' } | { kind: 'code' } | { kind: 'refused'; message: string }

export interface LoginPath {
  /** Looks who is logged in; rejects when the hub cannot be reached. */
  look(): Promise<Arrival>
  /** Logs in, with the code of a second factor if there is one; rejects when the hub cannot be reached. */
  logIn(login: Login, code: string | null): Promise<Outcome>
  /** Lets nobody in by the login that there is: the next `look`, today or tomorrow, ends it before it looks. */
  forget(): void
}

const ANSWER_WITHIN_MS = 10_000
const NOTHING_HERE = 404

interface Session {
  authid: string | null
  passkeys?: boolean
  providers?: readonly { name: string; title: string }[]
}

export class HttpLoginPath implements LoginPath {
  readonly #base: string
  readonly #note = new Note('wampi.logged-out')

  /** `base` is the path on this host, such as `/auth`. */
  constructor(base: string) {
    this.#base = base
  }

  async look(): Promise<Arrival> {
    if (this.#note.isThere()) {
      okay(await this.#ask('logout', {}))
      this.#note.remove()
    }
    const answer = await this.#ask('session')
    if (answer.status === NOTHING_HERE) return { authid: null, offer: null }
    const session = (await okay(answer).json()) as Session
    return { authid: session.authid, offer: this.#offer(session) }
  }

  async logIn(login: Login, code: string | null): Promise<Outcome> {
    const { name, password, stay } = login
    const answer = await this.#ask('login', { username: name, password, stay, ...(code !== null && { code }) })
    if (answer.ok) return { kind: 'in' }
    const { error, needs } = (await answer.json()) as { error: string; needs?: string }
    return needs === 'code' ? { kind: 'code' } : { kind: 'refused', message: asSentence(error) }
  }

  forget(): void {
    this.#note.leave()
  }

  #ask(name: string, sent?: unknown): Promise<Response> {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    if (sent === undefined) return fetch(`${this.#base}/${name}`, { cache: 'no-store', signal })
    const headers = { 'Content-Type': 'application/json' }
    const body = JSON.stringify(sent)
    // What is asked for when the page is closed is asked for all the same.
    return fetch(`${this.#base}/${name}`, { method: 'POST', headers, body, signal, keepalive: true })
  }

  #offer({ passkeys = false, providers = [] }: Session): LoginOffer {
    return {
      account: `${this.#base}/account`,
      passkeys: passkeys ? `${this.#base}/login?passkey=1&next=/` : null,
      providers: providers.map(({ name, title }) => ({ title, address: `${this.#base}/oidc/${name}/login?next=/` })),
    }
  }
}

function okay(answer: Response): Response {
  if (!answer.ok) throw new Error(`the hub answered ${answer.status} at ${answer.url}`)
  return answer
}

/** A note to oneself that outlives the page, where the browser has a place for it. */
class Note {
  readonly #key: string
  #isThere = false

  constructor(key: string) {
    this.#key = key
  }

  isThere(): boolean {
    return this.#isThere || attempt(() => localStorage.getItem(this.#key)) !== null
  }

  leave(): void {
    this.#isThere = true
    attempt(() => localStorage.setItem(this.#key, 'yes'))
  }

  remove(): void {
    this.#isThere = false
    attempt(() => localStorage.removeItem(this.#key))
  }
}

function attempt<Value>(action: () => Value): Value | null {
  try {
    return action()
  } catch {
    return null // storage is switched off
  }
}
