import { useSignal } from '@preact/signals'
import { useApp } from '../app-context'
import { Arriving } from './arriving'
import { CodeForm } from './code-form'
import { PasswordForm } from './password-form'
import { ThemeToggle } from './theme-toggle'

/** What is there until somebody is inside: the page that is just opening, the login form, or the one for a code. */
export function Login() {
  const { phase } = useApp().hub.session.value
  const name = useSignal('')
  return (
    <main class="login">
      <div class="login-theme">
        <ThemeToggle />
      </div>
      {phase === 'arriving' && <Arriving />}
      {phase === 'code' && <CodeForm />}
      {(phase === 'signed-out' || phase === 'signing-in') && <PasswordForm name={name} />}
    </main>
  )
}
