import { expect, test } from 'vitest'
import { bytes, clock, duration, percent } from '../../src/ui/format'

test.each([
  [0, '0:00'],
  [0.2, '0:01'],
  [65, '1:05'],
  [599.5, '10:00'],
  [3750, '1:02:30'],
  [-3, '0:00'],
])('a countdown of %s s reads %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text)
})

test.each([
  [0, '0 s'],
  [45, '45 s'],
  [600, '10 min'],
  [150, '2 min 30 s'],
  [3900, '1 h 5 min'],
])('a length of %s s reads %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

test('fractions read as percent, sizes in decimal units', () => {
  expect(percent(0.355)).toBe('36 %')
  expect([bytes(12), bytes(40_200), bytes(2_400_000)]).toEqual(['12 B', '40 kB', '2.4 MB'])
})
