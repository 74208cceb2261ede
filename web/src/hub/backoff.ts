/** The pauses between attempts to reconnect. */

const FIRST_SECONDS = 0.5
const GROWTH = 1.7
const LONGEST_SECONDS = 10

/**
 * Seconds to wait before attempt number `attempt` (from 1).
 *
 * They grow to ten seconds. `random`, from 0 to 1, spreads them by a quarter, so that all pages of a house do not
 * return in the same instant after the hub restarts.
 */
export function pauseSeconds(attempt: number, random: number): number {
  const pause = Math.min(FIRST_SECONDS * GROWTH ** (attempt - 1), LONGEST_SECONDS)
  return pause * (0.75 + random * 0.25)
}
