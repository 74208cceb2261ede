import { expect, test } from 'vitest'
import { HubError } from '../../src/hub/errors'
import { LightingPanel } from '../../src/panels/lighting/lighting-panel'
import { NoticeList } from '../../src/ui/notice-list'
import { device, LIGHT } from '../support/devices'
import { click, perform, renderPage, type } from '../support/page'

const PORCH = device('lighting', LIGHT, { id: 'porch', name: 'Porch' })
const SHED = device('lighting', { on: false, brightness: 1, dimmable: false }, { id: 'shed', name: 'Shed' })

async function renderLights(...lights: (typeof PORCH)[]) {
  const page = await renderPage(
    <>
      <LightingPanel lights={lights} />
      <NoticeList />
    </>,
  )
  for (const id of ['porch', 'shed']) {
    for (const verb of ['turn_on', 'turn_off', 'set_brightness']) page.hub.answer(`wampi.lighting.${id}.${verb}`, () => null)
  }
  return page
}

test('a light that is on is switched off, and the other way round', async () => {
  const page = await renderLights(PORCH, SHED)
  for (const light of ['light-porch', 'light-shed']) {
    await click(page.get(light).querySelector<HTMLElement>('[role=switch]')!)
  }
  expect(page.hub.calls.map((call) => call.procedure)).toEqual([
    'wampi.lighting.porch.turn_off',
    'wampi.lighting.shed.turn_on',
  ])
})

test('the switch says what it is for and how it stands', async () => {
  const page = await renderLights(PORCH)
  const porch = page.get('switch')
  expect([porch.getAttribute('aria-label'), porch.getAttribute('aria-checked')]).toEqual(['Porch', 'true'])
})

test('the slider sets the brightness over the chosen time', async () => {
  const page = await renderLights(PORCH)
  await type(page.get<HTMLSelectElement>('transition'), '3')
  await type(page.get<HTMLInputElement>('brightness'), '0.25')
  expect(page.hub.called('wampi.lighting.porch.set_brightness')).toEqual([{ brightness: 0.25, transition_seconds: 3 }])
})

test('a light that cannot be dimmed has no slider', async () => {
  const page = await renderLights(SHED)
  expect(page.find('brightness')).toBeNull()
})

test('all lights that are on go off together', async () => {
  const page = await renderLights(PORCH, SHED)
  await click(page.get('all-off'))
  expect(page.hub.calls.map((call) => call.procedure)).toEqual(['wampi.lighting.porch.turn_off'])
})

test('a guest who may not switch is told so, and the light stays as it was', async () => {
  const page = await renderLights(PORCH)
  page.hub.answer('wampi.lighting.porch.turn_off', () => {
    throw new HubError('wamp.error.not_authorized')
  })
  await click(page.get('switch'))
  expect(page.get('notices').textContent).toContain('Porch Your account may look at this but not change it.')
  expect(page.get('light-porch').dataset['on']).toBe('true')
})

test('a light that is gone shows as not available and cannot be switched', async () => {
  const page = await renderLights(PORCH, device<typeof LIGHT>('lighting', null, { id: 'shed', name: 'Shed' }))
  expect(page.get('light-shed').textContent).toContain('Not available')
  expect(page.get('light-shed').querySelector<HTMLButtonElement>('[role=switch]')?.disabled).toBe(true)
})

test('the heading counts the lights that are on, of those that are there', async () => {
  const gone = device<typeof LIGHT>('lighting', null, { id: 'attic' })
  expect((await renderLights(PORCH, SHED, gone)).text()).toContain('1 of 2 on')
  expect((await renderLights(SHED, SHED)).text()).toContain('All are off')
  expect((await renderLights(gone)).text()).toContain('Not available')
})

test('who changed a light last stands beside it', async () => {
  const page = await renderLights(PORCH)
  await perform(() => undefined)
  expect(page.get('cause').textContent).toBe('by ben')
})
