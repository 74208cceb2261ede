import { afterEach, expect, test, vi } from 'vitest'
import { App } from '../../src/app'
import { HubError } from '../../src/hub/errors'
import { LIGHT, stateEvent } from '../support/devices'
import { ANNA } from '../support/fake-hub'
import { OFFER } from '../support/fake-login-path'
import { click, makeServices, perform, renderPage } from '../support/page'

afterEach(() => {
  vi.useRealTimers()
})

function renderApp() {
  const services = makeServices()
  return renderPage(<App services={services} />, services)
}

async function signedOut(message: string | null = null) {
  const page = await renderApp()
  await perform(() => (page.hub.session.value = { phase: 'signed-out', message }))
  return page
}

test('whoever is not logged in sees the form and nothing of the house', async () => {
  const page = await signedOut()
  expect(page.find('login')).not.toBeNull()
  expect(page.find('log-out')).toBeNull()
  expect(page.find('empty')).toBeNull()
})

test('who is logged in and as what stands at the top, and logging out leads to the form', async () => {
  const page = await renderApp()
  expect(page.get('whoami').textContent).toBe('annaowner')
  await click(page.get('log-out'))
  expect(page.find('login')).not.toBeNull()
})

test('where there is a page about one\'s account the name leads there', async () => {
  const page = await renderApp()
  expect(page.find('account')).toBeNull()
  await perform(() => (page.hub.offer.value = OFFER))
  expect(page.get('account').getAttribute('href')).toBe('/auth/account')
  expect(page.get('account').textContent).toBe('anna')
})

test('a lost connection shows in a banner that can be hurried', async () => {
  const page = await renderApp()
  expect(page.find('banner')).toBeNull()
  await perform(() => (page.hub.session.value = { phase: 'reconnecting', identity: ANNA, retryAt: Date.now() + 4000 }))
  expect(page.get('banner').textContent).toContain('Reconnecting in 4\u00a0s…')
  await click(page.get('banner').querySelector('button')!)
  expect(page.hub.retries).toBe(1)
  await perform(() => (page.hub.session.value = { phase: 'open', identity: ANNA }))
  expect(page.find('banner')).toBeNull()
})

test('the live region of the banner is there before there is anything to say', async () => {
  const page = await renderApp()
  expect(page.root.querySelector('[role=status][aria-live=polite]')).not.toBeNull()
})

test('a house without devices says what is missing', async () => {
  const page = await renderApp()
  expect(page.get('empty').textContent).toContain('Looking for devices')
  await perform(() => page.hub.follows('wampi...state')?.follower.established?.())
  expect(page.get('empty').textContent).toContain('No devices yet')
})

test('an account that may see nothing is told so', async () => {
  const page = await renderApp()
  await perform(() => page.hub.follows('wampi...state')?.follower.refused?.(new HubError('wamp.error.authorization_denied')))
  expect(page.get('empty').textContent).toContain('may not do this')
})

test('a device appears by itself, and one of an unknown kind shows its state', async () => {
  const page = await renderApp()
  await perform(() => {
    page.hub.publish('wampi.lighting.porch.state', { kwargs: stateEvent(LIGHT, { name: 'Porch' }) })
    page.hub.publish('wampi.doorbell.front.state', { kwargs: stateEvent({ rung_times: 3 }, { name: 'Bell' }) })
  })
  expect(page.get('light-porch').textContent).toContain('Porch')
  expect(page.get('doorbell-front').textContent).toContain('rung times')
})

test('while reconnecting the house stays in view but cannot be used', async () => {
  const page = await renderApp()
  await perform(() => page.hub.publish('wampi.lighting.porch.state', { kwargs: stateEvent(LIGHT) }))
  await perform(() => (page.hub.session.value = { phase: 'reconnecting', identity: ANNA, retryAt: null }))
  expect(page.get('lighting').querySelector('fieldset')?.disabled).toBe(true)
  await perform(() => (page.hub.session.value = { phase: 'open', identity: ANNA }))
  expect(page.get('lighting').querySelector('fieldset')?.disabled).toBe(false)
})

test('notices go away by themselves, errors later than successes', async () => {
  vi.useFakeTimers()
  const page = await renderApp()
  const { notices } = page.services
  await perform(() => {
    notices.show('error', 'Porch', 'No.')
    notices.show('success', 'Frame', 'Done.')
  })
  await perform(() => vi.advanceTimersByTime(4000))
  expect(page.get('notices').textContent).toBe('Porch No.')
  await perform(() => vi.advanceTimersByTime(6000))
  expect(page.get('notices').textContent).toBe('')
})

test('the same message again does not pile up, and can be dismissed', async () => {
  const page = await renderApp()
  const { notices } = page.services
  await perform(() => {
    notices.show('error', 'Porch', 'No.')
    notices.show('error', 'Porch', 'No.')
  })
  expect(notices.all.value).toHaveLength(1)
  await click(page.get('notice-error').querySelector('button')!)
  expect(notices.all.value).toHaveLength(0)
})
