/** Short messages to the person at the page: what failed, what was done. */
import { type ReadonlySignal, signal } from '@preact/signals'

export type Tone = 'error' | 'success'

export interface Notice {
  id: number
  tone: Tone
  /** What it is about, such as a device's name. */
  subject: string
  text: string
}

const SHOWN_MS: Record<Tone, number> = { error: 10_000, success: 4_000 }
const MOST = 4

export class Notices {
  readonly #all = signal<readonly Notice[]>([])
  #lastId = 0

  get all(): ReadonlySignal<readonly Notice[]> {
    return this.#all
  }

  /** Shows a notice for some seconds; the same one again replaces the earlier one. */
  show(tone: Tone, subject: string, text: string): void {
    const notice = { id: ++this.#lastId, tone, subject, text }
    const others = this.#all.peek().filter((other) => other.subject !== subject || other.text !== text)
    this.#all.value = [...others, notice].slice(-MOST)
    setTimeout(() => this.dismiss(notice.id), SHOWN_MS[tone])
  }

  dismiss(id: number): void {
    this.#all.value = this.#all.peek().filter((notice) => notice.id !== id)
  }
}
