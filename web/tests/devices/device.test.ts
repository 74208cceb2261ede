import { expect, test } from 'vitest'
import { parseStateEvent, uri } from '../../src/devices/device'
import { LIGHT, stateEvent } from '../support/devices'

const TOPIC = 'wampi.lighting.porch.state'

function parse(kwargs: Record<string, unknown>, topic = TOPIC, retained = false) {
  return parseStateEvent({ args: [], kwargs, topic, retained }, undefined, 1000)
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
    changedAt: 1000,
  })
})

test('a device that is gone has no state but keeps its last one', () => {
  const before = parse(stateEvent(LIGHT)) ?? undefined
  const gone = parseStateEvent({ args: [], kwargs: stateEvent(null), topic: TOPIC, retained: false }, before, 2000)
  expect(gone).toMatchObject({ available: false, state: null, lastState: LIGHT })
})

test('when a retained state came about is not known', () => {
  expect(parse(stateEvent(LIGHT), TOPIC, true)?.changedAt).toBeNull()
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
