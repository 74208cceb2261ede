/**
 * How one gets a pass: by what the browser has already, or by a name and a password.
 *
 * Where the hub has a login path, a login leaves a cookie there; elsewhere the page answers WAMP's own challenges, and
 * the login lasts as long as the page is open.
 */
import { signal } from '@preact/signals'
import { Credentials } from './credentials'
import type { Login, LoginOffer } from './hub'
import type { LoginPath } from './login-path'
import { COOKIE_PASS, type Pass } from './pass'

/** The hub lets nobody in by this login; the message is for the person who tried. */
export class LoginRefused extends Error {}

/** Asks the person for a code; `wasWrong` says whether the last one was. */
export type AskForCode = (wasWrong: boolean) => Promise<string>

export class Entry {
  readonly offer = signal<LoginOffer | null>(null)
  readonly #path: LoginPath
  /** The pass of a login that has left no cookie. */
  #own: Pass | null = null

  constructor(path: LoginPath) {
    this.#path = path
  }

  /** The pass that there is; null where nobody is logged in. Rejects when the hub cannot be reached. */
  async find(): Promise<Pass | null> {
    if (this.#own) return this.#own
    const { authid, offer } = await this.#path.look()
    this.offer.value = offer
    return authid === null ? null : COOKIE_PASS
  }

  /** The pass for a name and a password; rejects with `LoginRefused`, or when the hub cannot be reached. */
  async logIn(login: Login, askForCode: AskForCode): Promise<Pass> {
    if (this.offer.value) return this.#logInAtPath(login, askForCode)
    this.#own = new Credentials(login.name, login.password)
    return this.#own
  }

  /** The browser's login is to end; one of the page's own ends with `drop`. */
  forget(): void {
    if (!this.#own) this.#path.forget()
  }

  /** Nothing of a login stays in the page. */
  drop(): void {
    this.#own = null
  }

  async #logInAtPath(login: Login, askForCode: AskForCode): Promise<Pass> {
    let outcome = await this.#path.logIn(login, null)
    for (let isFirst = true; outcome.kind === 'code'; isFirst = false) {
      outcome = await this.#path.logIn(login, await askForCode(!isFirst))
    }
    if (outcome.kind === 'refused') throw new LoginRefused(outcome.message)
    return COOKIE_PASS
  }
}
