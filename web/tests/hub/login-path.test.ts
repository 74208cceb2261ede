import { beforeEach, expect, test, vi } from 'vitest'
import { HttpLoginPath } from '../../src/hub/login-path'

interface Asked {
  path: string
  method: string
  sent: unknown
}

const LOGIN = { name: 'anna', password: 'secret', stay: true }
const NOTE = 'wampi.logged-out'

let asked: Asked[]
let answers: Map<string, () => Response>
let path: HttpLoginPath

/** Answers what is asked for at a path. */
function answer(at: string, status: number, value: unknown = {}): void {
  answers.set(at, () => new Response(JSON.stringify(value), { status }))
}

beforeEach(() => {
  asked = []
  answers = new Map()
  path = new HttpLoginPath('/auth')
  vi.stubGlobal('fetch', async (at: string, options: RequestInit) => {
    asked.push({ path: at, method: options.method ?? 'GET', sent: options.body && JSON.parse(String(options.body)) })
    const found = answers.get(at)
    if (!found) throw new TypeError('Failed to fetch')
    return found()
  })
  return () => vi.unstubAllGlobals()
})

test('the hub says who is logged in, and what else there is', async () => {
  const providers = [{ name: 'family', title: 'our family account' }]
  answer('/auth/session', 200, { authid: 'anna', authrole: 'owner', passkeys: true, providers })
  expect(await path.look()).toEqual({
    authid: 'anna',
    offer: {
      account: '/auth/account',
      passkeys: '/auth/login?passkey=1&next=/',
      providers: [{ title: 'our family account', address: '/auth/oidc/family/login?next=/' }],
    },
  })
  expect(asked).toEqual([{ path: '/auth/session', method: 'GET', sent: undefined }])
})

test('a hub without passkeys and providers offers none', async () => {
  answer('/auth/session', 200, { authid: null, passkeys: false, providers: [] })
  expect((await path.look()).offer).toEqual({ account: '/auth/account', passkeys: null, providers: [] })
})

test('where nothing is served there is no login path', async () => {
  answer('/auth/session', 404)
  expect(await path.look()).toEqual({ authid: null, offer: null })
})

test.each([500, 503])('an answer %i is no answer', async (status) => {
  answer('/auth/session', status)
  await expect(path.look()).rejects.toThrow(String(status))
})

test('a name and a password are sent as JSON', async () => {
  answer('/auth/login', 200)
  expect(await path.logIn(LOGIN, null)).toEqual({ kind: 'in' })
  expect(asked).toEqual([
    { path: '/auth/login', method: 'POST', sent: { username: 'anna', password: 'secret', stay: true } },
  ])
})

test('a code goes along with them', async () => {
  answer('/auth/login', 200)
  await path.logIn(LOGIN, '123456')
  expect(asked[0]?.sent).toEqual({ username: 'anna', password: 'secret', stay: true, code: '123456' })
})

test.each([
  [403, { error: 'logging in needs TLS' }, { kind: 'refused', message: 'Logging in needs TLS.' }],
  [403, { error: 'a code is needed', needs: 'code' }, { kind: 'code' }],
  [503, { error: 'Too many.' }, { kind: 'refused', message: 'Too many.' }],
])('an answer %i with %o is told apart', async (status, value, outcome) => {
  answer('/auth/login', status, value)
  expect(await path.logIn(LOGIN, null)).toEqual(outcome)
})

test('an answer that is not the login path\'s is an error', async () => {
  answers.set('/auth/login', () => new Response('<html>', { status: 502 }))
  await expect(path.logIn(LOGIN, null)).rejects.toThrow()
})

test('a login that is forgotten is ended before the hub is asked who is logged in', async () => {
  answer('/auth/logout', 200)
  answer('/auth/session', 200, { authid: null })
  path.forget()
  await path.look()
  await path.look()
  expect(asked.map(({ method, path: at }) => `${method} ${at}`)).toEqual([
    'POST /auth/logout',
    'GET /auth/session',
    'GET /auth/session',
  ])
  expect(localStorage.getItem(NOTE)).toBeNull()
})

test('a hub that is away when somebody logs out is told later, also by a page that is opened then', async () => {
  path.forget()
  await expect(path.look()).rejects.toThrow('Failed to fetch')
  answer('/auth/logout', 200)
  answer('/auth/session', 200, { authid: null })
  await new HttpLoginPath('/auth').look()
  expect(asked.filter(({ path: at }) => at === '/auth/logout')).toHaveLength(2)
  expect(localStorage.getItem(NOTE)).toBeNull()
})

test('a browser without storage forgets all the same, while the page is open', async () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new Error('storage is off')
  })
  answer('/auth/logout', 200)
  answer('/auth/session', 200, { authid: null })
  path.forget()
  await path.look()
  expect(asked[0]?.path).toBe('/auth/logout')
})
