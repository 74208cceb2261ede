import { useEffect, useRef, useState } from 'preact/hooks'

const TICK_MS = 250

/**
 * Counts down by this page's own monotonic clock from what an event said.
 *
 * `event` tells one event from the next: the countdown starts again whenever it changes.
 */
export function useCountdown(remainingSeconds: number, event: unknown): number {
  const start = useRef({ event, at: performance.now() })
  if (start.current.event !== event) start.current = { event, at: performance.now() }
  const [, tick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return Math.max(0, remainingSeconds - (performance.now() - start.current.at) / 1000)
}
