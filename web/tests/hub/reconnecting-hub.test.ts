/** The hub's own part: connections that break, by the pass of a hub that has no login path. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ReconnectingHub } from '../../src/hub/reconnecting-hub'
import { FakeDialer } from '../support/fake-dialer'
import { ANNA } from '../support/fake-hub'
import { FakeLoginPath } from '../support/fake-login-path'

const LOGIN = { name: 'anna', password: 'secret', stay: false }

let dialer: FakeDialer
let hub: ReconnectingHub

beforeEach(async () => {
  vi.useFakeTimers()
  dialer = new FakeDialer()
  const path = new FakeLoginPath()
  path.offer = null
  hub = new ReconnectingHub(dialer, path, () => 1)
  hub.arrive()
  await settle()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Lets everything happen that needs no time. */
function settle(): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(0)
}

async function logIn(name = 'anna'): Promise<void> {
  hub.logIn({ ...LOGIN, name })
  await settle()
}

async function open(): Promise<void> {
  await logIn()
  dialer.last.join()
}

/** Lets the connection live long enough to count as a good one, and then breaks it. */
async function breakDown(reason: string | null = null): Promise<void> {
  await vi.advanceTimersByTimeAsync(5_000)
  dialer.last.end(reason)
}

test('logging in opens a session with the identity that the router confirmed', async () => {
  hub.logIn({ ...LOGIN, name: ' anna ' })
  expect(hub.session.value.phase).toBe('signing-in')
  await settle()
  expect(dialer.last.pass.authid).toBe('anna')
  dialer.last.join()
  expect(hub.session.value).toEqual({ phase: 'open', identity: ANNA })
})

test('a wrong password leads back to the form with the reason and is not tried again', async () => {
  await logIn('anna')
  dialer.last.end('wamp.error.not_authorized')
  const message = 'The name or password is wrong. After several tries, wait a minute.'
  expect(hub.session.value).toEqual({ phase: 'signed-out', message })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(dialer.links).toHaveLength(1)
})

test('a hub that cannot be reached is told apart from a wrong password', async () => {
  await logIn('anna')
  dialer.last.end(null)
  expect(hub.session.value).toMatchObject({ phase: 'signed-out', message: expect.stringContaining('cannot be reached') })
})

test('a lost connection is made again after a pause', async () => {
  await open()
  await breakDown()
  expect(hub.session.value).toEqual({ phase: 'reconnecting', identity: ANNA, retryAt: Date.now() + 500 })
  await vi.advanceTimersByTimeAsync(500)
  expect(dialer.links).toHaveLength(2)
  expect(hub.session.value).toMatchObject({ phase: 'reconnecting', retryAt: null })
  dialer.last.join()
  expect(hub.session.value.phase).toBe('open')
})

test.each(['wamp.close.system_shutdown', 'wamp.close.killed', 'wamp.close.goodbye_and_out'])(
  'the page comes back after the router says %s',
  async (reason) => {
    await open()
    await breakDown(reason)
    await vi.advanceTimersByTimeAsync(500)
    dialer.last.join()
    expect(hub.session.value.phase).toBe('open')
  },
)

test('a router that shuts down while the page reconnects is tried again', async () => {
  await open()
  await breakDown()
  await vi.advanceTimersByTimeAsync(500)
  dialer.last.end('wamp.close.system_shutdown')
  expect(hub.session.value.phase).toBe('reconnecting')
})

test('a login that is refused after a lost connection asks for the password again', async () => {
  await open()
  await breakDown()
  await vi.advanceTimersByTimeAsync(500)
  dialer.last.end('wamp.error.not_authorized')
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: 'Your session has ended. Please log in again.' })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(dialer.links).toHaveLength(2)
})

test('the pauses grow to ten seconds and no further', async () => {
  await open()
  await breakDown()
  const pauses: number[] = []
  for (let attempt = 0; attempt < 10; attempt++) {
    const state = hub.session.value
    if (state.phase !== 'reconnecting' || state.retryAt === null) throw new Error('not waiting')
    pauses.push(Math.round(state.retryAt - Date.now()))
    await vi.advanceTimersByTimeAsync(pauses.at(-1) ?? 0)
    dialer.last.end(null)
  }
  expect(pauses.slice(0, 3)).toEqual([500, 850, 1445])
  expect(pauses.slice(-2)).toEqual([10_000, 10_000])
})

test('a router that lets in and hangs up at once is not besieged', async () => {
  await open()
  dialer.last.end(null)
  await vi.advanceTimersByTimeAsync(500)
  dialer.last.join()
  dialer.last.end(null)
  expect(hub.session.value).toMatchObject({ retryAt: Date.now() + 850 })
})

test('trying now does not wait for the pause, and does not dial twice', async () => {
  await open()
  await breakDown()
  hub.retryNow()
  hub.retryNow()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(dialer.links).toHaveLength(2)
})

test('logging out closes the connection and forgets it', async () => {
  await open()
  const link = dialer.last
  hub.logOut()
  expect(link.closed).toBe(true)
  expect(hub.session.value).toEqual({ phase: 'signed-out', message: null })
  link.end(null)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(dialer.links).toHaveLength(1)
})

test('logging out while waiting to reconnect ends the attempts', async () => {
  await open()
  await breakDown()
  hub.logOut()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(dialer.links).toHaveLength(1)
})

test('a connection that is given up cannot open a session for the next person', async () => {
  await logIn('anna')
  const first = dialer.last
  hub.logOut()
  await logIn('ben')
  first.join()
  expect(hub.session.value.phase).toBe('signing-in')
})

test('a connection that is dead without a word is found out and made again', async () => {
  await open()
  const dead = dialer.last
  await vi.advanceTimersByTimeAsync(30_000)
  expect(dead.closed).toBe(true)
  expect(hub.session.value.phase).toBe('reconnecting')
  await vi.advanceTimersByTimeAsync(500)
  dialer.last.join()
  dead.end(null)
  expect(hub.session.value.phase).toBe('open')
})

test('a refusal is a sign of life too', async () => {
  await open()
  await vi.advanceTimersByTimeAsync(20_000)
  dialer.last.probes[0]?.reject({ error: 'wamp.error.not_authorized' })
  await vi.advanceTimersByTimeAsync(15_000)
  expect(hub.session.value.phase).toBe('open')
})

test('waking up tests what seems open and hurries what waits', async () => {
  await open()
  hub.wake()
  expect(dialer.last.probes).toHaveLength(1)
  await breakDown()
  hub.wake()
  await settle()
  expect(dialer.links).toHaveLength(2)
})

test('a call resolves to its answer', async () => {
  await open()
  const answer = hub.call('wampi.camera.one.snapshot', { quality: 80 })
  dialer.last.calls[0]?.answer('picture')
  await expect(answer).resolves.toBe('picture')
  expect(dialer.last.calls[0]).toMatchObject({ procedure: 'wampi.camera.one.snapshot', kwargs: { quality: 80 } })
})

test('arguments that are undefined are left out of a call', async () => {
  await open()
  void hub.call('wampi.lighting.one.turn_on', { brightness: undefined, transition_seconds: 1 })
  expect(dialer.last.calls[0]?.kwargs).toEqual({ transition_seconds: 1 })
})

test('a call that nobody answers times out', async () => {
  await open()
  const answer = hub.call('wampi.camera.one.snapshot')
  const settled = expect(answer).rejects.toMatchObject({ uri: 'wamp.error.timeout' })
  await vi.advanceTimersByTimeAsync(10_000)
  await settled
})

test('a call under way is rejected when the connection is lost', async () => {
  await open()
  const answer = hub.call('wampi.camera.one.snapshot')
  dialer.last.end(null)
  await expect(answer).rejects.toMatchObject({ uri: 'wamp.error.network_failure' })
})

test('a call without a session is rejected at once', async () => {
  await expect(hub.call('wampi.camera.one.snapshot')).rejects.toMatchObject({ uri: 'wamp.error.network_failure' })
})

test('a topic is subscribed to again in each new session', async () => {
  const events: unknown[] = []
  const established = vi.fn()
  hub.subscribe('wampi.a.b.state', { get_retained: true }, { event: (event) => events.push(event.args), established })
  await open()
  const [first] = dialer.last.subscriptions
  first?.confirm()
  await vi.advanceTimersByTimeAsync(0)
  first?.deliver({ args: [1] })
  await breakDown()
  await vi.advanceTimersByTimeAsync(500)
  dialer.last.join()
  const [second] = dialer.last.subscriptions
  second?.confirm()
  await vi.advanceTimersByTimeAsync(0)
  second?.deliver({ args: [2] })
  expect(second).toMatchObject({ topic: 'wampi.a.b.state', options: { get_retained: true } })
  expect(events).toEqual([[1], [2]])
  expect(established).toHaveBeenCalledTimes(2)
})

test('a subscription that is no longer wanted is ended and not made again', async () => {
  await open()
  const unsubscribe = hub.subscribe('wampi.a.b.frames', {}, { event: () => undefined })
  const [subscription] = dialer.last.subscriptions
  subscription?.confirm()
  await vi.advanceTimersByTimeAsync(0)
  unsubscribe()
  expect(subscription?.ended).toBe(true)
  await breakDown()
  await vi.advanceTimersByTimeAsync(500)
  dialer.last.join()
  expect(dialer.last.subscriptions).toHaveLength(0)
})

test('a subscription that is given up before it is confirmed is ended as soon as it is', async () => {
  await open()
  const event = vi.fn()
  const unsubscribe = hub.subscribe('wampi.a.b.frames', {}, { event })
  unsubscribe()
  const [subscription] = dialer.last.subscriptions
  subscription?.confirm()
  subscription?.deliver({})
  await vi.advanceTimersByTimeAsync(0)
  expect(subscription?.ended).toBe(true)
  expect(event).not.toHaveBeenCalled()
})

test('a refused subscription says why', async () => {
  await open()
  const refused = vi.fn()
  hub.subscribe('wampi.a.b.frames', {}, { event: () => undefined, refused })
  dialer.last.subscriptions[0]?.refuse({ error: 'wamp.error.not_authorized', args: [] })
  await vi.advanceTimersByTimeAsync(0)
  expect(refused).toHaveBeenCalledWith(expect.objectContaining({ uri: 'wamp.error.not_authorized' }))
})
