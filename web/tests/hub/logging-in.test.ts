/** Coming in by the browser's cookie, logging in at the hub's login path, with a code, and out again. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ReconnectingHub } from '../../src/hub/reconnecting-hub'
import { FakeDialer } from '../support/fake-dialer'
import { ANNA } from '../support/fake-hub'
import { FakeLoginPath } from '../support/fake-login-path'

const LOGIN = { name: 'anna', password: 'secret', stay: true }
const CODE = { kind: 'code' } as const
const REFUSED = { kind: 'refused', message: 'No.' } as const
const REVOKED = 'wampi.close.revoked'

let dialer: FakeDialer
let path: FakeLoginPath
let hub: ReconnectingHub

beforeEach(() => {
  vi.useFakeTimers()
  dialer = new FakeDialer()
  path = new FakeLoginPath()
  hub = new ReconnectingHub(dialer, path, () => 1)
})

afterEach(() => {
  vi.useRealTimers()
})

/** Lets everything happen that needs no time. */
function settle(): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(0)
}

async function arrive(authid: string | null): Promise<void> {
  path.authid = authid
  hub.arrive()
  await settle()
}

/** Comes in by a cookie, and stays long enough for a good connection. */
async function open(): Promise<void> {
  await arrive('anna')
  dialer.last.join()
  await vi.advanceTimersByTimeAsync(5_000)
}

async function logIn(): Promise<void> {
  hub.logIn(LOGIN)
  await settle()
}

async function giveCode(code: string): Promise<void> {
  hub.giveCode(code)
  await settle()
}

// ---- arriving ------------------------------------------------------------------------------------------------------

test('who has a good cookie comes in without ever seeing the form', async () => {
  const phases: string[] = []
  hub.session.subscribe((state) => phases.push(state.phase))
  await arrive('anna')
  expect(dialer.last.pass).toMatchObject({ authmethods: ['cookie'] })
  dialer.last.join()
  expect(phases).toEqual(['arriving', 'arriving', 'open'])
})

test('who has none sees the form, and no connection is tried', async () => {
  await arrive(null)
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: null })
  expect(dialer.links).toHaveLength(0)
})

test('what else one can log in with is known then', async () => {
  expect(hub.offer.value).toBeNull()
  await arrive(null)
  expect(hub.offer.value).toBe(path.offer)
})

test('a hub that is not there yet is waited for', async () => {
  path.isReachable = false
  await arrive('anna')
  expect(hub.session.value).toEqual({ phase: 'arriving', retryAt: Date.now() + 500 })
  path.isReachable = true
  await vi.advanceTimersByTimeAsync(500)
  dialer.last.join()
  expect(hub.session.value.phase).toBe('open')
})

test('a cookie that the WebSocket does not take is not tried for ever', async () => {
  await arrive('anna')
  dialer.last.end('wamp.error.no_matching_auth_method')
  expect(hub.session.value.phase).toBe('signed-out')
})

// ---- logging in ----------------------------------------------------------------------------------------------------

test('a login at the path leaves a cookie, and that opens the connection', async () => {
  await arrive(null)
  hub.logIn({ ...LOGIN, name: ' anna ' })
  expect(hub.session.value.phase).toBe('signing-in')
  await settle()
  expect(path.logins).toEqual([{ login: LOGIN, code: null }])
  expect(dialer.last.pass).toMatchObject({ authmethods: ['cookie'] })
  dialer.last.join()
  expect(hub.session.value).toEqual({ phase: 'open', identity: ANNA })
})

test('a login that is refused leads back to the form with the reason', async () => {
  await arrive(null)
  path.outcomes.push(REFUSED)
  await logIn()
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: 'No.' })
  expect(dialer.links).toHaveLength(0)
})

test('a hub that is gone meanwhile is told apart from a wrong password', async () => {
  await arrive(null)
  path.isReachable = false
  await logIn()
  expect(hub.session.value).toMatchObject({ message: expect.stringContaining('cannot be reached') })
})

test('a second factor is asked for, and sent along with the password', async () => {
  await arrive(null)
  path.outcomes.push(CODE)
  await logIn()
  expect(hub.session.value).toEqual({ phase: 'code', message: null, isBusy: false })
  hub.giveCode('123456')
  expect(hub.session.value).toEqual({ phase: 'code', message: null, isBusy: true })
  await settle()
  expect(path.logins.at(-1)).toEqual({ login: LOGIN, code: '123456' })
  dialer.last.join()
  expect(hub.session.value.phase).toBe('open')
})

test('a wrong code is asked for again, and only one at a time is sent', async () => {
  await arrive(null)
  path.outcomes.push(CODE, CODE)
  await logIn()
  hub.giveCode('000000')
  hub.giveCode('000000')
  await settle()
  expect(path.logins).toHaveLength(2)
  expect(hub.session.value).toEqual({
    phase: 'code',
    message: 'The code is not right, or it has been used.',
    isBusy: false,
  })
  await giveCode('123456')
  dialer.last.join()
  expect(hub.session.value.phase).toBe('open')
})

test('too many wrong codes end the login', async () => {
  await arrive(null)
  path.outcomes.push(CODE, REFUSED)
  await logIn()
  await giveCode('000000')
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: 'No.' })
})

test('who gives up at the code is at the form again, and nothing comes of it later', async () => {
  await arrive(null)
  path.outcomes.push(CODE)
  await logIn()
  hub.logOut()
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: null })
  await giveCode('123456')
  expect(path.logins).toHaveLength(1)
  expect(path.looks).toBe(1)
})

// ---- coming back ---------------------------------------------------------------------------------------------------

test('a lost connection comes back by the cookie, without another code', async () => {
  await open()
  dialer.last.end(null)
  await vi.advanceTimersByTimeAsync(500)
  expect(dialer.links).toHaveLength(2)
  dialer.last.join()
  expect(hub.session.value.phase).toBe('open')
})

test('a hub that is away is waited for, and the pauses grow', async () => {
  await open()
  path.isReachable = false
  dialer.last.end(null)
  await vi.advanceTimersByTimeAsync(500)
  expect(hub.session.value).toEqual({ phase: 'reconnecting', identity: ANNA, retryAt: Date.now() + 850 })
})

test('a login that has run out meanwhile leads to the form', async () => {
  await open()
  path.authid = null
  dialer.last.end(null)
  await vi.advanceTimersByTimeAsync(500)
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: 'Your session has ended. Please log in again.' })
  expect(dialer.links).toHaveLength(1)
})

test('a login that somebody has ended leads to the form at once, and says so', async () => {
  await open()
  path.authid = null
  dialer.last.end(REVOKED)
  await settle()
  expect(hub.session.value).toEqual({
    phase: 'signed-out',
    message: 'You were logged out, by yourself elsewhere or by the owner. Please log in again.',
  })
})

test('a session that is ended as soon as it is there is not made again without a pause', async () => {
  await open()
  dialer.last.end(REVOKED)
  await settle()
  dialer.last.join()
  dialer.last.end(REVOKED)
  await settle()
  expect(dialer.links).toHaveLength(2)
  expect(hub.session.value).toMatchObject({ phase: 'reconnecting', retryAt: Date.now() + 850 })
})

test('who has logged in in another tab is in here, too, once one looks', async () => {
  await arrive(null)
  path.authid = 'anna'
  hub.wake()
  await settle()
  dialer.last.join()
  expect(hub.session.value.phase).toBe('open')
})

test('looking at the form again changes nothing when nobody has logged in', async () => {
  await open()
  path.authid = null
  dialer.last.end(REVOKED)
  await settle()
  const before = hub.session.value
  hub.wake()
  await settle()
  expect(hub.session.value).toBe(before)
})

// ---- logging out ---------------------------------------------------------------------------------------------------

test('logging out ends the connection at once, and the cookie before the form is there', async () => {
  await open()
  const link = dialer.last
  hub.logOut()
  expect(link.closed).toBe(true)
  expect(hub.session.value.phase).toBe('arriving')
  await settle()
  expect(path.authid).toBeNull()
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: null })
})

test('who logs out while the hub is away is logged out when it is back', async () => {
  await open()
  path.isReachable = false
  dialer.last.end(null)
  hub.logOut()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(hub.session.value.phase).toBe('arriving')
  path.isReachable = true
  await vi.advanceTimersByTimeAsync(10_000)
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: null })
  expect(dialer.links).toHaveLength(1)
})

// ---- a hub without a login path ------------------------------------------------------------------------------------

test('without a login path the page answers challenges itself', async () => {
  path.offer = null
  await arrive(null)
  await logIn()
  expect(dialer.last.pass).toMatchObject({ authid: 'anna', authmethods: ['wampcra', 'totp'] })
  expect(path.logins).toHaveLength(0)
})

test('there, too, a code is asked for, and again for each new connection', async () => {
  path.offer = null
  await arrive(null)
  await logIn()
  for (const code of ['123456', '654321']) {
    const answer = dialer.last.events.codeNeeded()
    expect(hub.session.value).toEqual({ phase: 'code', message: null, isBusy: false })
    hub.giveCode(code)
    await expect(answer).resolves.toBe(code)
    dialer.last.join()
    expect(hub.session.value.phase).toBe('open')
    await vi.advanceTimersByTimeAsync(5_000)
    dialer.last.end(null)
    await vi.advanceTimersByTimeAsync(500)
  }
  expect(path.looks).toBe(1)
})

test.each([
  ['a code that is refused', true, 'wamp.error.not_authorized', 'The code is not right'],
  ['a code that nobody gives in time', false, 'wamp.error.authentication_failed', 'That took too long'],
  ['a connection that is lost at the code', true, null, 'cannot be reached'],
])('there %s leads back to the form', async (_what, isGiven, reason, said) => {
  path.offer = null
  await arrive(null)
  await logIn()
  void dialer.last.events.codeNeeded()
  if (isGiven) hub.giveCode('000000')
  dialer.last.end(reason)
  expect(hub.session.value).toMatchObject({ phase: 'signed-out', message: expect.stringContaining(said) })
})

test('a connection that nobody waits for asks for no code', async () => {
  path.offer = null
  await arrive(null)
  await logIn()
  const { events } = dialer.last
  hub.logOut()
  void events.codeNeeded()
  expect(hub.session.value.phase).toBe('signed-out')
})

test('there logging out needs nobody to be told', async () => {
  path.offer = null
  await arrive(null)
  await logIn()
  dialer.last.join()
  hub.logOut()
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: null })
  await settle()
  expect(path.looks).toBe(1)
})
