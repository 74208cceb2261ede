import { expect, test } from 'vitest'
import { explain, HubError, toHubError } from '../../src/hub/errors'
import { explainFailedLogin, isRefusal } from '../../src/hub/refusals'

test('what is not allowed is said in words, whatever the router wrote', () => {
  expect(explain(new HubError('wamp.error.not_authorized', 'session 123 …'))).toContain('not change it')
})

test('a device explains its refusals itself', () => {
  const error = { error: 'wamp.error.invalid_argument', args: ['brightness must be from 0 to 1'] }
  expect(explain(error)).toBe('Brightness must be from 0 to 1.')
})

test('an error without a sentence is named by its URI', () => {
  expect(explain({ error: 'com.example.odd', args: [] })).toBe('The device refused this (com.example.odd).')
})

test('whatever else goes wrong counts as a lost connection', () => {
  expect(toHubError(new TypeError('socket gone')).uri).toBe('wamp.error.network_failure')
  expect(toHubError(undefined).uri).toBe('wamp.error.network_failure')
})

test('a lost connection and a closing router are no refusals of the credentials', () => {
  expect(isRefusal(null)).toBe(false)
  expect(isRefusal('wamp.close.system_shutdown')).toBe(false)
  expect(isRefusal('wamp.error.not_authorized')).toBe(true)
})

test('an unknown account reads the same as a wrong password', () => {
  expect(explainFailedLogin('wamp.error.no_such_principal')).toBe(explainFailedLogin('wamp.error.not_authorized'))
})

test('a reason that the page does not know is shown as it is', () => {
  expect(explainFailedLogin('wamp.error.strange')).toContain('wamp.error.strange')
})
