/**
 * Sends the newest of many values, one at a time.
 *
 * A slider moves faster than a device answers. While one value is under way, only the newest of the others waits.
 */
export function latestWins<Value>(send: (value: Value) => Promise<unknown>): (value: Value) => Promise<void> {
  let waiting: { value: Value } | null = null
  let draining: Promise<void> | null = null

  const drain = async () => {
    while (waiting) {
      const { value } = waiting
      waiting = null
      await send(value)
    }
    draining = null
  }

  return (value) => {
    waiting = { value }
    draining ??= drain()
    return draining
  }
}
