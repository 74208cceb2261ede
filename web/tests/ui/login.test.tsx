/** What is there until somebody is inside. */
import { expect, test, vi } from 'vitest'
import { App } from '../../src/app'
import type { LoginOffer, SessionState } from '../../src/hub/hub'
import { OFFER } from '../support/fake-login-path'
import { click, makeServices, perform, renderPage, type } from '../support/page'

async function render(state: SessionState, offer: LoginOffer | null = null) {
  const services = makeServices()
  services.hub.session.value = state
  services.hub.offer.value = offer
  return renderPage(<App services={services} />, services)
}

function signedOut(message: string | null = null, offer: LoginOffer | null = null) {
  return render({ phase: 'signed-out', message }, offer)
}

test('the form hands name and password to the hub', async () => {
  const page = await signedOut()
  await type(page.root.querySelector<HTMLInputElement>('input[name=username]')!, 'anna')
  await type(page.root.querySelector<HTMLInputElement>('input[name=password]')!, 'secret')
  await perform(() => page.get<HTMLFormElement>('login').requestSubmit())
  expect(page.hub.logins).toEqual([{ name: 'anna', password: 'secret', stay: false }])
  expect(page.get<HTMLButtonElement>('log-in').disabled).toBe(true)
})

test('the fields tell a password manager what they are', async () => {
  const page = await signedOut()
  const complete = [...page.root.querySelectorAll('input')].map((input) => input.getAttribute('autocomplete'))
  expect(complete).toEqual(['username', 'current-password'])
})

test('the password can be looked at', async () => {
  const page = await signedOut()
  const field = page.root.querySelector<HTMLInputElement>('input[name=password]')!
  expect(field.type).toBe('password')
  await click(page.root.querySelector<HTMLElement>('[aria-label="Show the password"]')!)
  expect(field.type).toBe('text')
})

test('a refused login is explained in an alert', async () => {
  const page = await signedOut('The name or password is wrong.')
  expect(page.get('login-message').textContent).toBe('The name or password is wrong.')
  expect(page.get('login-message').getAttribute('role')).toBe('alert')
})

test('one can type at once, also after logging out', async () => {
  const page = await signedOut()
  expect(document.activeElement?.getAttribute('name')).toBe('username')
  await type(page.root.querySelector<HTMLInputElement>('input[name=username]')!, 'anna')
  await perform(() => (page.hub.session.value = { phase: 'code', message: null, isBusy: false }))
  expect(document.activeElement?.getAttribute('name')).toBe('code')
  await perform(() => (page.hub.session.value = { phase: 'signed-out', message: null }))
  expect(document.activeElement?.getAttribute('name')).toBe('password')
})

test('a page that has just been opened shows neither form nor house', async () => {
  const page = await render({ phase: 'arriving', retryAt: null })
  expect(page.find('login')).toBeNull()
  expect(page.find('log-out')).toBeNull()
  expect(page.get('arriving').textContent).toBe('One moment…')
  await perform(() => (page.hub.session.value = { phase: 'arriving', retryAt: Date.now() + 500 }))
  expect(page.get('arriving').textContent).toContain('cannot be reached')
})

test('whether the login is kept can be chosen where there is one to keep', async () => {
  const without = await signedOut()
  expect(without.root.querySelector('input[name=stay]')).toBeNull()
  const page = await signedOut(null, OFFER)
  await type(page.root.querySelector<HTMLInputElement>('input[name=username]')!, 'anna')
  await type(page.root.querySelector<HTMLInputElement>('input[name=password]')!, 'secret')
  await click(page.root.querySelector<HTMLInputElement>('input[name=stay]')!)
  await perform(() => page.get<HTMLFormElement>('login').requestSubmit())
  expect(page.hub.logins[0]?.stay).toBe(true)
})

test('other ways in are links', async () => {
  vi.stubGlobal('PublicKeyCredential', class {})
  const providers = [{ title: 'our family account', address: '/auth/oidc/family/login?next=/' }]
  const page = await signedOut(null, { ...OFFER, providers })
  const links = [...page.get('other-ways').querySelectorAll('a')].map((link) => [link.textContent, link.pathname])
  expect(links).toEqual([
    ['Log in with a passkey', '/auth/login'],
    ['Log in with our family account', '/auth/oidc/family/login'],
  ])
  vi.unstubAllGlobals()
})

test('a browser that knows no passkeys is offered none', async () => {
  const page = await signedOut(null, OFFER)
  expect(page.find('other-ways')).toBeNull()
})

test('after a refusal the name that was typed is still there, and the password is not', async () => {
  const page = await signedOut()
  await type(page.root.querySelector<HTMLInputElement>('input[name=username]')!, 'anna')
  await perform(() => (page.hub.session.value = { phase: 'code', message: null, isBusy: false }))
  await perform(() => (page.hub.session.value = { phase: 'signed-out', message: 'No.' }))
  expect(page.root.querySelector<HTMLInputElement>('input[name=username]')!.value).toBe('anna')
  expect(page.root.querySelector<HTMLInputElement>('input[name=password]')!.value).toBe('')
})

test('a code is asked for, and handed to the hub', async () => {
  const page = await render({ phase: 'code', message: null, isBusy: false })
  const field = page.root.querySelector<HTMLInputElement>('input[name=code]')!
  expect([field.autocomplete, field.getAttribute('inputmode')]).toEqual(['one-time-code', 'numeric'])
  await type(field, '123 456')
  await perform(() => page.get<HTMLFormElement>('login-code').requestSubmit())
  expect(page.hub.codes).toEqual(['123 456'])
  expect(page.get<HTMLButtonElement>('give-code').disabled).toBe(true)
})

test('a wrong code is explained in an alert', async () => {
  const page = await render({ phase: 'code', message: 'The code is not right.', isBusy: false })
  expect(page.get('login-message').textContent).toBe('The code is not right.')
})

test('a recovery code, which has letters, can be typed instead', async () => {
  const page = await render({ phase: 'code', message: null, isBusy: false })
  await click([...page.root.querySelectorAll<HTMLElement>('.link')][0]!)
  expect(page.root.querySelector<HTMLInputElement>('input[name=code]')!.getAttribute('inputmode')).toBe('text')
  expect(page.text()).toContain('One of your recovery codes')
})

test('one can go back from the code to the form', async () => {
  const page = await render({ phase: 'code', message: null, isBusy: false })
  await click([...page.root.querySelectorAll<HTMLElement>('.link')][1]!)
  expect(page.find('login')).not.toBeNull()
})
