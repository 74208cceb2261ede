import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useApp } from '../app-context'
import { EyeIcon, Logo } from './icons'
import { ThemeToggle } from './theme-toggle'

/** The login form: a name, a password, and why the last try failed. */
export function Login() {
  const { hub } = useApp()
  const state = hub.session.value
  const name = useSignal('')
  const password = useSignal('')
  const isBusy = state.phase === 'signing-in'
  const message = state.phase === 'signed-out' ? state.message : null
  const passwordField = useRef<HTMLInputElement>(null)

  useEffect(() => {
    if (message && name.value) passwordField.current?.select()
  }, [message, name])

  const submit = (event: Event) => {
    event.preventDefault()
    hub.logIn(name.value, password.value)
  }

  return (
    <main class="login">
      <div class="login-theme">
        <ThemeToggle />
      </div>
      <form class="login-card" onSubmit={submit} data-testid="login" aria-busy={isBusy}>
        <Logo />
        <h1>Welcome home</h1>
        <p class="login-lead">Log in to your hub.</p>
        <div class="login-message" role="alert" data-testid="login-message">
          {message}
        </div>
        <label class="field">
          <span>Name</span>
          <input
            name="username"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            autofocus
            value={name}
            onInput={(event) => (name.value = event.currentTarget.value)}
          />
        </label>
        <PasswordField value={password.value} onInput={(text) => (password.value = text)} field={passwordField} />
        <button type="submit" class="button button-primary button-wide" disabled={isBusy} data-testid="log-in">
          {isBusy ? 'Logging in…' : 'Log in'}
        </button>
        {!window.isSecureContext && (
          <p class="login-message">This page must be opened over https: without it the browser refuses to log in.</p>
        )}
      </form>
    </main>
  )
}

interface PasswordProps {
  value: string
  onInput: (text: string) => void
  field: RefObject<HTMLInputElement | null>
}

function PasswordField({ value, onInput, field }: PasswordProps) {
  const isShown = useSignal(false)
  return (
    <div class="field">
      <label for="password">Password</label>
      <div class="field-with-button">
        <input
          id="password"
          name="password"
          ref={field}
          {...(isShown.value ? { type: 'text' } : { type: 'password' })}
          autocomplete="current-password"
          autocapitalize="none"
          spellcheck={false}
          required
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        <button
          type="button"
          class="icon-button"
          aria-label="Show the password"
          aria-pressed={isShown.value}
          onClick={() => (isShown.value = !isShown.value)}
        >
          <EyeIcon />
        </button>
      </div>
    </div>
  )
}
