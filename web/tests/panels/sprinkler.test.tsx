import { afterEach, expect, test, vi } from 'vitest'
import type { SprinklerState } from '../../src/devices/states'
import { SprinklerPanel } from '../../src/panels/sprinkler/sprinkler-panel'
import { device, SPRINKLER } from '../support/devices'
import { click, perform, renderPage, type } from '../support/page'

const RUNNING: SprinklerState = {
  zones: { ...SPRINKLER.zones, lawn: { name: 'Lawn', open: true, max_seconds: 600 } },
  running: { run: 'r1', zone: 'lawn', duration_seconds: 100, remaining_seconds: 90, authid: 'ben' },
  queue: [{ run: 'r2', zone: 'beds', duration_seconds: 60, authid: 'anna' }],
}

afterEach(() => {
  vi.useRealTimers()
})

async function renderGarden(state: SprinklerState | null) {
  const page = await renderPage(<SprinklerPanel device={device('sprinkler', state, { id: 'garden' })} />)
  for (const verb of ['run', 'stop', 'cancel', 'stop_all']) {
    page.hub.answer(`wampi.sprinkler.garden.${verb}`, () => null)
  }
  return page
}

const inZone = (zone: HTMLElement, testId: string) =>
  zone.querySelector<HTMLButtonElement>(`[data-testid=${testId}]`)!

test('a zone is watered for the chosen time', async () => {
  const page = await renderGarden(SPRINKLER)
  await click(page.get('preset-60'))
  await click(inZone(page.get('zone-lawn'), 'run'))
  expect(page.hub.called('wampi.sprinkler.garden.run')).toEqual([{ zone: 'lawn', duration_seconds: 60 }])
})

test('minutes and seconds add up', async () => {
  const page = await renderGarden(SPRINKLER)
  await type(page.get<HTMLInputElement>('minutes'), '1')
  await type(page.get<HTMLInputElement>('seconds'), '30')
  await click(inZone(page.get('zone-lawn'), 'run'))
  expect(page.hub.called('wampi.sprinkler.garden.run')).toEqual([{ zone: 'lawn', duration_seconds: 90 }])
})

test('an emptied field stays empty while it is typed into', async () => {
  const page = await renderGarden(SPRINKLER)
  const minutes = page.get<HTMLInputElement>('minutes')
  await type(minutes, '')
  expect(minutes.value).toBe('')
  await type(minutes, '2')
  expect(minutes.value).toBe('2')
})

test('no time, and more time than a zone allows, cannot be asked for', async () => {
  const page = await renderGarden(SPRINKLER)
  await click(page.get('preset-300'))
  expect(inZone(page.get('zone-beds'), 'run').disabled).toBe(true)
  expect(inZone(page.get('zone-lawn'), 'run').disabled).toBe(false)
  await type(page.get<HTMLInputElement>('minutes'), '0')
  expect(inZone(page.get('zone-lawn'), 'run').disabled).toBe(true)
})

test('the zone that waters counts down by the clock of the page', async () => {
  vi.useFakeTimers()
  const page = await renderGarden(RUNNING)
  expect(page.get('countdown').textContent).toBe('1:30')
  await perform(() => vi.advanceTimersByTime(30_000))
  expect(page.get('countdown').textContent).toBe('1:00')
  await perform(() => vi.advanceTimersByTime(120_000))
  expect(page.get('countdown').textContent).toBe('0:00')
})

test('a countdown that is older than this page goes on where it is by now', async () => {
  vi.useFakeTimers()
  const garden = device('sprinkler', RUNNING, { id: 'garden', asOf: performance.now() - 60_000 })
  const page = await renderPage(<SprinklerPanel device={garden} />)
  expect(page.get('countdown').textContent).toBe('0:30')
})

test('a run and a waiting one are cancelled by their ids', async () => {
  const page = await renderGarden(RUNNING)
  await click(page.get('stop-running'))
  await click(page.get('queue').querySelector<HTMLElement>('button')!)
  expect(page.hub.called('wampi.sprinkler.garden.cancel')).toEqual([{ run: 'r1' }, { run: 'r2' }])
})

test('an open zone offers to stop, the others to wait', async () => {
  const page = await renderGarden(RUNNING)
  await click(inZone(page.get('zone-lawn'), 'stop'))
  expect(page.hub.called('wampi.sprinkler.garden.stop')).toEqual([{ zone: 'lawn' }])
  expect(inZone(page.get('zone-beds'), 'run').textContent).toBe('Queue')
})

test('everything can be stopped, also while another request is under way', async () => {
  const page = await renderGarden(RUNNING)
  page.hub.answer('wampi.sprinkler.garden.stop', () => new Promise(() => undefined))
  await click(inZone(page.get('zone-lawn'), 'stop'))
  await click(page.get('stop-all'))
  expect(page.hub.called('wampi.sprinkler.garden.stop_all')).toHaveLength(1)
})

test('a sprinkler that is gone says that its valves are closed, and shows none as open', async () => {
  const page = await renderGarden(null)
  expect(page.get('unavailable').textContent).toContain('closes every valve')
  expect(page.find('zone-lawn')).toBeNull()
})
