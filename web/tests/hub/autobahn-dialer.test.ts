import { beforeEach, expect, test, vi } from 'vitest'
import { AutobahnDialer } from '../../src/hub/autobahn-dialer'
import { Credentials } from '../../src/hub/credentials'
import { deferred } from '../../src/hub/deferred'
import type { LinkSession } from '../../src/hub/dialer'
import type { HubEvent, Identity } from '../../src/hub/hub'
import { COOKIE_PASS, type Pass } from '../../src/hub/pass'
import { WireSocket } from '../support/wire'

const HELLO = 1
const WELCOME = 2
const ABORT = 3
const CHALLENGE = 4
const AUTHENTICATE = 5
const GOODBYE = 6
const ERROR = 8
const SUBSCRIBE = 32
const SUBSCRIBED = 33
const UNSUBSCRIBE = 34
const EVENT = 36
const CALL = 48
const RESULT = 50
const ROLES = { broker: { features: {} }, dealer: { features: {} } }

beforeEach(() => {
  WireSocket.opened = []
  vi.stubGlobal('WebSocket', WireSocket)
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  return () => vi.unstubAllGlobals()
})

function dial(pass: Pass = new Credentials('anna', 'secret')) {
  const joined = deferred<{ session: LinkSession; identity: Identity }>()
  const ended = deferred<string | null>()
  const code = deferred<string>()
  const link = new AutobahnDialer('wss://home.test/ws', 'home').dial(pass, {
    codeNeeded: () => code.promise,
    joined: (session, identity) => joined.resolve({ session, identity }),
    ended: ended.resolve,
  })
  return { link, code, joined: joined.promise, ended: ended.promise, socket: WireSocket.last }
}

async function join() {
  const dialled = dial()
  const { socket } = dialled
  socket.accept()
  await socket.next()
  socket.receive([CHALLENGE, 'wampcra', { challenge: '{}', salt: 's', iterations: 10, keylen: 32 }])
  await socket.next()
  socket.receive([WELCOME, 42, { roles: ROLES, authid: 'anna', authrole: 'owner' }])
  return { ...dialled, ...(await dialled.joined) }
}

test('the page speaks MessagePack to the address it was given', () => {
  const { socket } = dial()
  expect(socket.url).toBe('wss://home.test/ws')
  expect(socket.protocols).toEqual(['wamp.2.msgpack'])
  expect(socket.binaryType).toBe('arraybuffer')
})

test('the login is WAMP-CRA: HELLO, CHALLENGE, AUTHENTICATE, WELCOME', async () => {
  const { socket, joined } = dial()
  socket.accept()
  const [type, realm, details] = await socket.next()
  expect([type, realm]).toEqual([HELLO, 'home'])
  expect(details).toMatchObject({ authid: 'anna', authmethods: ['wampcra', 'totp'] })
  socket.receive([CHALLENGE, 'wampcra', { challenge: '{}', salt: 's', iterations: 10, keylen: 32 }])
  const [answer, signature] = await socket.next()
  expect(answer).toBe(AUTHENTICATE)
  expect(signature).toMatch(/^[A-Za-z0-9+/]{43}=$/)
  socket.receive([WELCOME, 42, { roles: ROLES, authid: 'anna', authrole: 'owner' }])
  expect((await joined).identity).toEqual({ authid: 'anna', authrole: 'owner' })
})

test('a challenge for a code is answered with what somebody types, however long the router waits', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { socket, code, joined } = dial()
  socket.accept()
  await socket.next()
  socket.receive([CHALLENGE, 'wampcra', { challenge: '{}', salt: 's', iterations: 10, keylen: 32 }])
  await socket.next()
  socket.receive([CHALLENGE, 'totp', {}])
  vi.advanceTimersByTime(59_000)
  code.resolve('123456')
  expect(await socket.next()).toEqual([AUTHENTICATE, '123456', {}])
  socket.receive([WELCOME, 42, { roles: ROLES, authid: 'anna', authrole: 'owner' }])
  expect((await joined).identity.authid).toBe('anna')
  vi.useRealTimers()
})

test('who comes by a cookie names nobody, and is told who that is', async () => {
  const { socket, joined } = dial(COOKIE_PASS)
  socket.accept()
  const [, , details] = await socket.next()
  expect(details).toMatchObject({ authmethods: ['cookie'] })
  expect(details).not.toHaveProperty('authid')
  socket.receive([WELCOME, 42, { roles: ROLES, authid: 'ben', authrole: 'resident' }])
  expect((await joined).identity).toEqual({ authid: 'ben', authrole: 'resident' })
})

test('a cookie answers no challenge', async () => {
  const { socket, ended } = dial(COOKIE_PASS)
  socket.accept()
  socket.receive([CHALLENGE, 'wampcra', { challenge: '{}' }])
  await expect(ended).resolves.toBe('wamp.error.authentication_failed')
})

test('an ABORT ends the connection with its reason', async () => {
  const { socket, ended } = dial()
  socket.accept()
  await socket.next()
  socket.receive([ABORT, {}, 'wamp.error.not_authorized'])
  await expect(ended).resolves.toBe('wamp.error.not_authorized')
})

test('a GOODBYE of the router ends the connection with its reason', async () => {
  const { socket, ended } = await join()
  socket.receive([GOODBYE, {}, 'wamp.close.system_shutdown'])
  await expect(ended).resolves.toBe('wamp.close.system_shutdown')
})

test('a broken connection ends without a reason', async () => {
  const { socket, ended } = await join()
  socket.drop()
  await expect(ended).resolves.toBeNull()
})

test('a challenge that cannot be answered any more ends as a changed password', async () => {
  const credentials = new Credentials('anna', 'secret')
  await credentials.sign({ challenge: '{}', salt: 'old', iterations: 10, keylen: 32 })
  const { socket, ended } = dial(credentials)
  socket.accept()
  socket.receive([CHALLENGE, 'wampcra', { challenge: '{}', salt: 'new', iterations: 10, keylen: 32 }])
  await expect(ended).resolves.toBe('wampi.web.password_changed')
})

test('a router that accepts and then says nothing is given up', async () => {
  vi.useFakeTimers()
  const { socket, ended } = dial()
  socket.accept()
  vi.advanceTimersByTime(20_000)
  vi.useRealTimers()
  await expect(ended).resolves.toBeNull()
  expect(socket.closed).not.toBeNull()
})

test('closing says GOODBYE', async () => {
  const { link, socket, ended } = await join()
  link.close()
  expect(await socket.next()).toEqual([GOODBYE, {}, 'wamp.close.normal'])
  socket.receive([GOODBYE, {}, 'wamp.close.goodbye_and_out'])
  await ended
  expect(() => link.close()).not.toThrow()
})

test('a call carries keyword arguments and bytes, and answers with the one result', async () => {
  const { session, socket } = await join()
  const answer = session.call('wampi.frame.one.upload_chunk', { data: Uint8Array.of(0, 255), offset: 0 })
  const message = await socket.next()
  expect(message).toEqual([
    CALL,
    1,
    {},
    'wampi.frame.one.upload_chunk',
    [],
    { data: Uint8Array.of(0, 255), offset: 0 },
  ])
  socket.receive([RESULT, 1, {}, [{ received_bytes: 2 }]])
  await expect(answer).resolves.toEqual({ received_bytes: 2 })
})

test('a refused call rejects with the error that the router sent', async () => {
  const { session, socket } = await join()
  const answer = session.call('wampi.lighting.one.turn_on', {})
  await socket.next()
  socket.receive([ERROR, CALL, 1, {}, 'wamp.error.not_authorized', ['no']])
  await expect(answer).rejects.toMatchObject({ error: 'wamp.error.not_authorized', args: ['no'] })
})

test('events come with the topic they were published to, and end with the subscription', async () => {
  const { session, socket } = await join()
  const events: HubEvent[] = []
  const subscribed = session.subscribe('wampi...state', { match: 'wildcard', get_retained: true }, (event) =>
    events.push(event),
  )
  expect(await socket.next()).toEqual([SUBSCRIBE, 1, { match: 'wildcard', get_retained: true }, 'wampi...state'])
  socket.receive([SUBSCRIBED, 1, 7])
  const unsubscribe = await subscribed
  socket.receive([EVENT, 7, 9, { topic: 'wampi.lighting.one.state', retained: true }, [], { name: 'Porch' }])
  expect(events).toEqual([
    { args: [], kwargs: { name: 'Porch' }, topic: 'wampi.lighting.one.state', retained: true },
  ])
  unsubscribe()
  expect(await socket.next()).toEqual([UNSUBSCRIBE, 2, 7])
})

test('a probe is answered by the router and leaves no subscription behind', async () => {
  const { session, socket } = await join()
  const subscribed = session.subscribe('wampi...state', { match: 'wildcard' }, () => undefined)
  await socket.next()
  socket.receive([SUBSCRIBED, 1, 7])
  await subscribed
  const probe = session.probe()
  expect(await socket.next()).toEqual([SUBSCRIBE, 2, { match: 'wildcard' }, 'wampi...state'])
  socket.receive([SUBSCRIBED, 2, 7])
  await probe
  expect(socket.sent).toEqual([])
})

test('ending a subscription of a session that is over does nothing', async () => {
  const { session, socket } = await join()
  const subscribed = session.subscribe('wampi.camera.one.frames', {}, () => undefined)
  await socket.next()
  socket.receive([SUBSCRIBED, 1, 7])
  const unsubscribe = await subscribed
  socket.drop()
  expect(() => unsubscribe()).not.toThrow()
})
