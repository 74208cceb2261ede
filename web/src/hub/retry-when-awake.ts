import type { Hub } from './hub'

/** Reconnects at once when the network is back, or when somebody looks at the page again. */
export function retryWhenAwake(hub: Hub): void {
  window.addEventListener('online', () => hub.retryNow())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') hub.retryNow()
  })
}
