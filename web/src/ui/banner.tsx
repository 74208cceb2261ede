import { useApp } from '../app-context'
import { useNow } from './use-now'

/** Says that the connection is gone and when it is tried again; a live region that is always there. */
export function Banner() {
  const { hub } = useApp()
  const state = hub.session.value
  return (
    <div class="banner-region" role="status" aria-live="polite">
      {state.phase === 'reconnecting' && (
        <div class="banner" data-testid="banner">
          <span class="spinner" aria-hidden="true" />
          <p>
            <strong>Connection lost.</strong> <Retry retryAt={state.retryAt} />
          </p>
          <button type="button" class="button" disabled={state.retryAt === null} onClick={() => hub.retryNow()}>
            Try now
          </button>
        </div>
      )}
    </div>
  )
}

function Retry({ retryAt }: { retryAt: number | null }) {
  const now = useNow()
  if (retryAt === null) return <>Reconnecting…</>
  const seconds = Math.max(1, Math.ceil((retryAt - now) / 1000))
  // A countdown read aloud every second would drown everything else.
  return (
    <>
      Reconnecting<span aria-hidden="true"> in {seconds}&nbsp;s</span>…
    </>
  )
}
