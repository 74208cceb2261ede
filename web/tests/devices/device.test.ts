import { expect, test } from 'vitest'
import { parseStateEvent, uri } from '../../src/devices/device'
import { LIGHT, stateEvent } from '../support/devices'

const NOW = { wall: 1_700_000_000_000, monotonic: 50_000 }
const TOPIC = 'wampi.lighting.porch.state'

function parse(kwargs: Record<string, unknown>, topic = TOPIC, retained = false) {
  return parseStateEvent({ args: [], kwargs, topic, retained }, undefined, NOW)
}

test('a state event describes a device', () => {
  expect(parse(stateEvent(LIGHT, { name: 'Porch', changed: ['on'], fault: 'The fuse blew.' }))).toEqual({
    kind: 'lighting',
    id: 'porch',
    name: 'Porch',
    available: true,
    state: LIGHT,
    lastState: LIGHT,
    changed: ['on'],
    cause: { why: 'command', authid: 'ben', authrole: 'resident' },
    fault: 'The fuse blew.',
    sequence: 1,
    changedAt: NOW.wall,
    asOf: NOW.monotonic,
  })
})

test('a device that is gone has no state but keeps its last one', () => {
  const before = parse(stateEvent(LIGHT)) ?? undefined
  const gone = parseStateEvent({ args: [], kwargs: stateEvent(null), topic: TOPIC, retained: false }, before, NOW)
  expect(gone).toMatchObject({ available: false, state: null, lastState: LIGHT })
})

test('a retained state is as old as its device says', () => {
  const published = { published_at: NOW.wall / 1000 - 90 }
  expect(parse(stateEvent(LIGHT, published), TOPIC, true)).toMatchObject({
    changedAt: NOW.wall - 90_000,
    asOf: NOW.monotonic - 90_000,
  })
})

test('a device whose clock is a little ahead of ours has just spoken', () => {
  const published = { published_at: NOW.wall / 1000 + 5 }
  expect(parse(stateEvent(LIGHT, published), TOPIC, true)?.changedAt).toBe(NOW.wall)
})

test.each([undefined, null, 12])('how old a retained state of %s is, nobody knows', (published_at) => {
  expect(parse(stateEvent(LIGHT, { published_at }), TOPIC, true)).toMatchObject({
    changedAt: null,
    asOf: NOW.monotonic,
  })
})

test.each(['wampi.lighting.state', 'wampi.lighting.Porch.state', 'wamp.a.b.state', 'wampi.a.b.frames'])(
  '%s is not the topic of a state',
  (topic) => {
    expect(parse(stateEvent(LIGHT), topic)).toBeNull()
  },
)

test('a device of nonsense is not available and goes by its id', () => {
  expect(parse({ available: 'yes', state: [], name: 7, cause: 'x', changed: [1] })).toMatchObject({
    name: 'porch',
    available: false,
    state: null,
    changed: [],
    cause: { why: '', authid: null },
  })
})

test('URIs name the kind, the device and the verb', () => {
  expect(uri({ kind: 'camera', id: 'garden' }, 'snapshot')).toBe('wampi.camera.garden.snapshot')
})
