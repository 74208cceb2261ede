import { expect, test } from 'vitest'
import { Credentials } from '../../src/hub/credentials'

// The signatures were computed with Python's hashlib and hmac, from the specification's description.
const CHALLENGE = '{"authid":"anna","nonce":"abc","session":1234}'
const PASSWORD = 'correct horse battery staple'
const SALTED = { challenge: CHALLENGE, salt: 'a salt of the house', iterations: 1000, keylen: 32 }

test('a salted challenge is signed with the text of the derived key', async () => {
  const signature = await new Credentials('anna', PASSWORD).sign(SALTED)
  expect(signature).toBe('VI7WzioO/7tUZKIBsQilP4CBc/fC9GNQpXEL4YSbL8Y=')
})

test('the length of the key is in bytes', async () => {
  const signature = await new Credentials('anna', PASSWORD).sign({ ...SALTED, keylen: 64 })
  expect(signature).toBe('NhaEIVi1Wh9Sb84ceNvravd7TZ2cYYiE6CHMURreupU=')
})

test('a challenge without a salt is signed with the password itself', async () => {
  const signature = await new Credentials('anna', PASSWORD).sign({ challenge: CHALLENGE })
  expect(signature).toBe('sA8VFkQSap3hlfAYrPBMWrWtEBTj0ThyQZFjCT5NmqU=')
})

test('a password means the same however the keyboard composes its accents', async () => {
  const decomposed = 'cafe\u0301'
  const signature = await new Credentials('anna', decomposed).sign({ ...SALTED, salt: 's' })
  expect(signature).toBe('3FSvbexF8OnKI0RnbPTubV/K/uVdGIEbyI+FdJycjGA=')
})

test('a second login needs no password while the salt is the same', async () => {
  const credentials = new Credentials('anna', PASSWORD)
  await credentials.sign(SALTED)
  const again = await credentials.sign({ ...SALTED, challenge: `${CHALLENGE} ` })
  expect(again).toMatch(/^[A-Za-z0-9+/]{43}=$/)
})

test('a changed salt asks for the password again, since it is no longer kept', async () => {
  const credentials = new Credentials('anna', PASSWORD)
  await credentials.sign(SALTED)
  await expect(credentials.sign({ ...SALTED, salt: 'another' })).rejects.toMatchObject({
    uri: 'wampi.web.password_changed',
  })
})

test.each([
  ['no challenge', {}],
  ['nothing at all', null],
  ['a salt without rounds', { challenge: CHALLENGE, salt: 's' }],
  ['rounds that would freeze the page', { ...SALTED, iterations: 1e9 }],
  ['a key of no length', { ...SALTED, keylen: 0 }],
])('a challenge with %s is refused', async (_what, extra) => {
  await expect(new Credentials('anna', PASSWORD).sign(extra)).rejects.toMatchObject({
    uri: 'wamp.error.authentication_failed',
  })
})
