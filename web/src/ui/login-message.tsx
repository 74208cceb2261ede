/** Why a try to log in has failed; a live region that is always there. */
export function LoginMessage({ text }: { text: string | null }) {
  return (
    <div class="login-message" role="alert" data-testid="login-message">
      {text}
    </div>
  )
}
