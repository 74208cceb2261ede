import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Directory } from '../../src/devices/directory'
import { HubError } from '../../src/hub/errors'
import { LIGHT, stateEvent } from '../support/devices'
import { ANNA, FakeHub } from '../support/fake-hub'

let hub: FakeHub
let directory: Directory

beforeEach(() => {
  vi.useFakeTimers()
  hub = new FakeHub()
  directory = new Directory(hub)
})

afterEach(() => {
  vi.useRealTimers()
})

const names = () => directory.ofKind('lighting').value.map((light) => light.name)

test('all devices are found with one subscription to their retained states', () => {
  expect([...hub.following].map(({ topic, options }) => ({ topic, options }))).toEqual([
    { topic: 'wampi...state', options: { match: 'wildcard', get_retained: true } },
  ])
})

test('devices of a kind are in the order of their names', () => {
  hub.publish('wampi.lighting.a.state', { kwargs: stateEvent(LIGHT, { name: 'Porch' }) })
  hub.publish('wampi.lighting.b.state', { kwargs: stateEvent(LIGHT, { name: 'Hall' }) })
  hub.publish('wampi.camera.a.state', { kwargs: stateEvent({}, { name: 'Garden' }) })
  expect(names()).toEqual(['Hall', 'Porch'])
})

test('kinds that have no panel are found too', () => {
  hub.publish('wampi.doorbell.front.state', { kwargs: stateEvent({ ringing: true }, { name: 'Bell' }) })
  expect(directory.others(['lighting']).value.map((device) => device.name)).toEqual(['Bell'])
})

test('a change of a device replaces what was known of it', () => {
  hub.publish('wampi.lighting.a.state', { kwargs: stateEvent(LIGHT) })
  hub.publish('wampi.lighting.a.state', { kwargs: stateEvent({ ...LIGHT, on: false }) })
  expect(directory.ofKind('lighting').value.map((light) => light.state?.on)).toEqual([false])
})

function reconnect(): void {
  hub.session.value = { phase: 'reconnecting', identity: ANNA, retryAt: null }
  hub.session.value = { phase: 'open', identity: ANNA }
  hub.follows('wampi...state')?.follower.established?.()
}

test('a device that is not there after a reconnect shows as lost, after a moment of grace', () => {
  for (const id of ['a', 'b']) hub.publish(`wampi.lighting.${id}.state`, { kwargs: stateEvent(LIGHT, { name: id }) })
  reconnect()
  hub.publish('wampi.lighting.a.state', { kwargs: stateEvent(LIGHT, { name: 'a' }) })
  const available = () => directory.ofKind('lighting').value.map((light) => light.available)
  expect(available()).toEqual([true, true])
  vi.advanceTimersByTime(2000)
  expect(available()).toEqual([true, false])
})

test('a device that returns late is available again', () => {
  hub.publish('wampi.lighting.a.state', { kwargs: stateEvent(LIGHT) })
  reconnect()
  vi.advanceTimersByTime(2000)
  hub.publish('wampi.lighting.a.state', { kwargs: stateEvent(LIGHT) })
  expect(directory.ofKind('lighting').value[0]?.available).toBe(true)
})

test('whoever logs in next does not see the devices of the one before', () => {
  hub.publish('wampi.lighting.a.state', { kwargs: stateEvent(LIGHT) })
  hub.logOut()
  expect(directory.devices.value.size).toBe(0)
  expect(directory.discovery.value).toBe('waiting')
})

test('a refused search for devices says why', () => {
  hub.follows('wampi...state')?.follower.refused?.(new HubError('wamp.error.authorization_denied'))
  expect(directory.discovery.value).toBe('refused')
  expect(directory.refusal.value).toContain('may not do this')
})
