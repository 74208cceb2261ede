/** The hub's login path in memory: a test says who is logged in, and how logins end. */
import type { Login, LoginOffer } from '../../src/hub/hub'
import type { Arrival, LoginPath, Outcome } from '../../src/hub/login-path'

export const OFFER: LoginOffer = { account: '/auth/account', passkeys: '/auth/login?passkey=1&next=/', providers: [] }

export class FakeLoginPath implements LoginPath {
  /** Whom the browser's cookie stands for. */
  authid: string | null = null
  offer: LoginOffer | null = OFFER
  isReachable = true
  looks = 0
  readonly logins: { login: Login; code: string | null }[] = []
  /** How the next logins end, the first one first. */
  readonly outcomes: Outcome[] = []
  #isForgotten = false

  async look(): Promise<Arrival> {
    this.looks += 1
    this.#reach()
    if (this.#isForgotten) this.authid = null
    this.#isForgotten = false
    return { authid: this.authid, offer: this.offer }
  }

  async logIn(login: Login, code: string | null): Promise<Outcome> {
    this.logins.push({ login, code })
    this.#reach()
    const outcome = this.outcomes.shift() ?? { kind: 'in' }
    if (outcome.kind === 'in') this.authid = login.name
    return outcome
  }

  forget(): void {
    this.#isForgotten = true
  }

  #reach(): void {
    if (!this.isReachable) throw new TypeError('Failed to fetch')
  }
}
