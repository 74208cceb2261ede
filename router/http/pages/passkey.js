// Passkeys on the login page and on the page about one's account. It works without: then there is the password.
'use strict'

const fromBase64 = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))

const toBase64 = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

async function post(path, value) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  })
  const found = await answer.json()
  if (!answer.ok) throw new Error(found.error)
  return found
}

/** Turns the texts of options into bytes, as the browser wants them. */
function decoded(options) {
  const result = { ...options, challenge: fromBase64(options.challenge) }
  if (options.user) result.user = { ...options.user, id: fromBase64(options.user.id) }
  for (const name of ['excludeCredentials', 'allowCredentials']) {
    if (options[name]) result[name] = options[name].map((one) => ({ ...one, id: fromBase64(one.id) }))
  }
  return result
}

/** Turns the bytes of a device's answer into texts. */
function encoded(credential) {
  const response = {}
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (credential.response[name]) response[name] = toBase64(credential.response[name])
  }
  const id = toBase64(credential.rawId)
  return { id, rawId: id, type: credential.type, response, clientExtensionResults: {} }
}

async function logIn(base, next) {
  const options = await post(`${base}/passkeys/challenge`, {})
  const credential = await navigator.credentials.get({ publicKey: decoded(options) })
  await post(`${base}/passkeys/login`, { credential: encoded(credential) })
  location.assign(next)
}

async function add(base, name) {
  const options = await post(`${base}/passkeys/new`, {})
  const credential = await navigator.credentials.create({ publicKey: decoded(options) })
  await post(`${base}/passkeys/add`, { credential: encoded(credential), name })
  location.reload()
}

function inWords(error) {
  if (error.name === 'InvalidStateError') return 'This device has a passkey for the hub already.'
  return ['NotAllowedError', 'AbortError'].includes(error.name) ? 'No passkey was used.' : error.message
}

function start(section) {
  if (!window.PublicKeyCredential) return
  const { base, next } = section.dataset
  const message = section.querySelector('.message')
  const name = section.querySelector('input')
  const button = section.querySelector('button')
  section.hidden = false
  button.addEventListener('click', async () => {
    message.hidden = true
    button.disabled = true
    try {
      await (name ? add(base, name.value) : logIn(base, next))
    } catch (error) {
      message.textContent = inWords(error)
      message.hidden = false
    }
    button.disabled = false
  })
  if ('atOnce' in section.dataset) {
    // Whoever comes back to this page is not asked again.
    history.replaceState(null, '', `${location.pathname}?next=${encodeURIComponent(next)}`)
    button.click()
  }
}

for (const section of document.querySelectorAll('.passkey')) start(section)
