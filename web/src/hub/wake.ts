/** Calls `wake` when the network is back, or when somebody looks at the page again. */
export function whenAwake(wake: () => void): void {
  window.addEventListener('online', wake)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') wake()
  })
}
