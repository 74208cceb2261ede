import { useApp } from '../app-context'
import { LogOutIcon, Logo } from './icons'
import { ThemeToggle } from './theme-toggle'

/** The top of the page: where one is, who one is, and the way out. */
export function Header() {
  const { hub } = useApp()
  const state = hub.session.value
  if (!('identity' in state)) return null
  const { authid, authrole } = state.identity
  return (
    <header class="top">
      <h1 class="brand">
        <Logo />
        <span>wampi</span>
      </h1>
      <p class="whoami" data-testid="whoami">
        <span class={`dot ${state.phase === 'open' ? 'dot-on' : 'dot-off'}`} aria-hidden="true" />
        <Name authid={authid} />
        {authrole && <span class="role">{authrole}</span>}
      </p>
      <ThemeToggle />
      <button type="button" class="button" data-testid="log-out" onClick={() => hub.logOut()}>
        <LogOutIcon />
        <span class="wide-only">Log out</span>
      </button>
    </header>
  )
}

/** Who one is; where there is a page about one's account, the way there. */
function Name({ authid }: { authid: string }) {
  const offer = useApp().hub.offer.value
  if (!offer) return <strong>{authid}</strong>
  return (
    <a href={offer.account} title="Your account" data-testid="account">
      <strong>{authid}</strong>
    </a>
  )
}
