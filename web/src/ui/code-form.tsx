import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { useApp } from '../app-context'
import { Logo } from './icons'
import { LoginMessage } from './login-message'

/** Asks for the code of a second factor, once the password was right. */
export function CodeForm() {
  const { hub } = useApp()
  const state = hub.session.value
  const code = useSignal('')
  const isRecovery = useSignal(false)
  const field = useRef<HTMLInputElement>(null)
  const isBusy = state.phase === 'code' && state.isBusy
  const message = state.phase === 'code' ? state.message : null

  useEffect(() => field.current?.focus(), [isRecovery.value])
  useEffect(() => {
    if (message) field.current?.select()
  }, [message])

  const submit = (event: Event) => {
    event.preventDefault()
    hub.giveCode(code.value)
  }
  const exchange = () => {
    code.value = ''
    isRecovery.value = !isRecovery.value
  }

  return (
    <form class="login-card" onSubmit={submit} data-testid="login-code" aria-busy={isBusy}>
      <Logo />
      <h1>One more step</h1>
      <p class="login-lead">Your account is protected by a second factor.</p>
      <LoginMessage text={message} />
      <label class="field">
        <span>{isRecovery.value ? 'One of your recovery codes' : 'Code from your authenticator app'}</span>
        <input
          ref={field}
          name="code"
          autocomplete="one-time-code"
          inputmode={isRecovery.value ? 'text' : 'numeric'}
          autocapitalize="none"
          spellcheck={false}
          required
          value={code}
          onInput={(event) => (code.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button button-primary button-wide" disabled={isBusy} data-testid="give-code">
        {isBusy ? 'Logging in…' : 'Log in'}
      </button>
      <div class="login-others">
        <button type="button" class="link" disabled={isBusy} onClick={exchange}>
          {isRecovery.value ? 'Use the app' : 'Use a recovery code'}
        </button>
        <button type="button" class="link" disabled={isBusy} onClick={() => hub.logOut()}>
          Back
        </button>
      </div>
    </form>
  )
}
