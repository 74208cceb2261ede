import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

const now = signal(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The time in milliseconds since 1970, renewed every second while a component uses it. */
export function useNow(): number {
  useEffect(() => {
    if (users++ === 0) {
      now.value = Date.now()
      timer = setInterval(() => (now.value = Date.now()), 1000)
    }
    return () => {
      if (--users === 0) clearInterval(timer)
    }
  }, [])
  return now.value
}
