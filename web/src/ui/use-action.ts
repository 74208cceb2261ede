import { type Signal, useSignal } from '@preact/signals'
import { useApp } from '../app-context'
import { explain } from '../hub/errors'

export interface Action {
  /** Whether something asked for is still under way. */
  busy: Signal<boolean>
  /** Runs `task`; a failure becomes a notice about `subject`. Resolves to whether it went well. */
  run(task: () => Promise<unknown>): Promise<boolean>
}

/** Does things that can fail, and says so where they do. */
export function useAction(subject: string): Action {
  const { notices } = useApp()
  const running = useSignal(0)
  const busy = useSignal(false)
  const count = (change: number) => {
    running.value += change
    busy.value = running.value > 0
  }
  const run = async (task: () => Promise<unknown>) => {
    count(+1)
    try {
      await task()
      return true
    } catch (error) {
      notices.show('error', subject, explain(error))
      return false
    } finally {
      count(-1)
    }
  }
  return { busy, run }
}
