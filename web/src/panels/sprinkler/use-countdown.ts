import { useEffect, useState } from 'preact/hooks'

const TICK_MS = 250

/** Counts `remainingSeconds` down from the moment `asOf`, by this page's own monotonic clock. */
export function useCountdown(remainingSeconds: number, asOf: number): number {
  const [now, setNow] = useState(performance.now())
  useEffect(() => {
    setNow(performance.now())
    const timer = setInterval(() => setNow(performance.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [asOf])
  return Math.max(0, remainingSeconds - Math.max(0, now - asOf) / 1000)
}
