import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { useApp } from '../app-context'
import { Logo } from './icons'
import { LoginMessage } from './login-message'
import { OtherWays } from './other-ways'
import { PasswordField } from './password-field'

/** The login form: a name, a password, why the last try failed, and what other ways in there are. */
export function PasswordForm({ name }: { name: Signal<string> }) {
  const { hub } = useApp()
  const state = hub.session.value
  const password = useSignal('')
  const stay = useSignal(false)
  const isBusy = state.phase === 'signing-in'
  const message = state.phase === 'signed-out' ? state.message : null
  const nameField = useRef<HTMLInputElement>(null)
  const passwordField = useRef<HTMLInputElement>(null)

  useEffect(() => (name.value ? passwordField : nameField).current?.focus(), [name])
  useEffect(() => {
    if (message && name.value) passwordField.current?.select()
  }, [message, name])

  const submit = (event: Event) => {
    event.preventDefault()
    hub.logIn({ name: name.value, password: password.value, stay: stay.value })
  }

  return (
    <form class="login-card" onSubmit={submit} data-testid="login" aria-busy={isBusy}>
      <Logo />
      <h1>Welcome home</h1>
      <p class="login-lead">Log in to your hub.</p>
      <LoginMessage text={message} />
      <label class="field">
        <span>Name</span>
        <input
          ref={nameField}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          value={name}
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </label>
      <PasswordField value={password.value} onInput={(text) => (password.value = text)} field={passwordField} />
      {hub.offer.value && (
        <label class="choice">
          <input
            type="checkbox"
            name="stay"
            checked={stay}
            onChange={(event) => (stay.value = event.currentTarget.checked)}
          />
          <span>Stay logged in on this device</span>
        </label>
      )}
      <button type="submit" class="button button-primary button-wide" disabled={isBusy} data-testid="log-in">
        {isBusy ? 'Logging in…' : 'Log in'}
      </button>
      {!window.isSecureContext && (
        <p class="login-message">This page must be opened over https: without it the browser refuses to log in.</p>
      )}
      <OtherWays />
    </form>
  )
}
