/** Who or what changed a device last, in words. */
import type { Device } from './device'

/** A short phrase such as `anna, 2 min ago` or `by schedule`; empty when there is nothing worth saying. */
export function describeCause(device: Device, ownAuthid: string, now: number): string {
  const who = describeWho(device, ownAuthid)
  if (who === '') return ''
  const when = describeWhen(device.changedAt, now)
  return when === '' ? who : `${who}, ${when}`
}

function describeWho(device: Device, ownAuthid: string): string {
  const { why, authid } = device.cause
  if (why === 'safety') return 'for safety'
  if (why === 'schedule') return 'by schedule'
  if (why === 'lost') return 'connection lost'
  if (authid === null) return ''
  return authid === ownAuthid ? 'by you' : `by ${authid}`
}

function describeWhen(changedAt: number | null, now: number): string {
  if (changedAt === null) return ''
  const seconds = Math.max(0, (now - changedAt) / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return 'less than a minute ago'
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  return `${Math.floor(seconds / 3600)} h ago`
}
