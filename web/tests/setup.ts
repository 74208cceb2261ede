/** Gives the simulated browser what it lacks: elements that are always in view, and blob: URLs that are counted. */
import { beforeEach } from 'vitest'

class EverythingIsInView {
  readonly #callback: IntersectionObserverCallback

  constructor(callback: IntersectionObserverCallback) {
    this.#callback = callback
  }

  observe(target: Element): void {
    const entry = { target, isIntersecting: true } as unknown as IntersectionObserverEntry
    this.#callback([entry], this as unknown as IntersectionObserver)
  }

  disconnect(): void {}
}

globalThis.IntersectionObserver = EverythingIsInView as unknown as typeof IntersectionObserver

beforeEach(() => localStorage.clear())
