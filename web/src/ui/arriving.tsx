import { useApp } from '../app-context'
import { Logo } from './icons'

/** The page while it is not known yet who is there; usually too short to be seen. */
export function Arriving() {
  const state = useApp().hub.session.value
  const isTryingAgain = state.phase === 'arriving' && state.retryAt !== null
  return (
    <div class="arriving" data-testid="arriving">
      <Logo />
      <p role="status">{isTryingAgain ? 'The hub cannot be reached. Trying again…' : 'One moment…'}</p>
    </div>
  )
}
