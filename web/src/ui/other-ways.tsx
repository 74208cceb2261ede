import { useApp } from '../app-context'

/** The other ways in that the hub has, each a link: its login page knows them, and sends back who is logged in. */
export function OtherWays() {
  const offer = useApp().hub.offer.value
  if (!offer) return null
  const { passkeys, providers } = offer
  const hasPasskeys = passkeys !== null && 'PublicKeyCredential' in window
  if (!hasPasskeys && providers.length === 0) return null
  return (
    <div class="other-ways" data-testid="other-ways">
      <p>or</p>
      {hasPasskeys && (
        <a class="button button-wide" href={passkeys}>
          Log in with a passkey
        </a>
      )}
      {providers.map(({ title, address }) => (
        <a key={address} class="button button-wide" href={address}>
          Log in with {title}
        </a>
      ))}
    </div>
  )
}
