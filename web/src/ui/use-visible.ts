import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Whether an element can be seen: scrolled into view, in a tab that is in front. */
export function useVisible(element: RefObject<Element | null>): boolean {
  const [inView, setInView] = useState(false)
  const [inFront, setInFront] = useState(document.visibilityState === 'visible')
  useEffect(() => {
    if (!element.current) return
    const observer = new IntersectionObserver((entries) => setInView(entries.at(-1)?.isIntersecting ?? false))
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  useEffect(() => {
    const look = () => setInFront(document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  return inView && inFront
}
