import { expect, test } from 'vitest'
import { describeCause } from '../../src/devices/cause'
import { device, LIGHT } from '../support/devices'

const NOW = 10_000_000

function describe(why: string, authid: string | null, secondsAgo: number | null = 0): string {
  const changedAt = secondsAgo === null ? null : NOW - secondsAgo * 1000
  return describeCause(device('lighting', LIGHT, { cause: { why, authid, authrole: null }, changedAt }), 'anna', NOW)
}

test.each([
  ['command', 'anna', 'by you, just now'],
  ['command', 'ben', 'by ben, just now'],
  ['schedule', null, 'by schedule, just now'],
  ['safety', null, 'for safety, just now'],
  ['lost', null, 'connection lost, just now'],
  ['start', null, ''],
])('a change by %s of %s reads: %s', (why, authid, text) => {
  expect(describe(why, authid)).toBe(text)
})

test.each([
  [30, 'by ben, less than a minute ago'],
  [150, 'by ben, 2 min ago'],
  [7300, 'by ben, 2 h ago'],
  [null, 'by ben'],
])('a change %s seconds ago reads: %s', (seconds, text) => {
  expect(describe('command', 'ben', seconds)).toBe(text)
})
