/** Uploads a picture to a frame, in chunks of the size the frame asks for, one after the other. */
import { type Device, uri } from '../../devices/device'
import { HubError } from '../../hub/errors'
import type { Hub } from '../../hub/hub'

export const MAX_UPLOAD_BYTES = 20_000_000
const MAX_NAME_CHARACTERS = 100
/** The frame decodes, turns and encodes the picture before it answers. */
const COMMIT_TIMEOUT_SECONDS = 60

export const CANCELLED = 'wampi.web.upload_cancelled'

export interface UploadOptions {
  /** Called with the part that has arrived, 0.0 to 1.0. */
  progress: (fraction: number) => void
  signal: AbortSignal
}

/**
 * Resolves to the new picture's id.
 *
 * Rejects with a `HubError`; the frame then forgets what it had received. Cancelling by the signal has the
 * URI `CANCELLED`.
 */
export async function uploadPicture(hub: Hub, frame: Device, file: File, options: UploadOptions): Promise<string> {
  if (file.size === 0) throw new HubError('wamp.error.invalid_argument', `“${file.name}” is empty.`)
  if (file.size > MAX_UPLOAD_BYTES) {
    throw new HubError('wamp.error.invalid_argument', `“${file.name}” is larger than 20 MB, the most a frame takes.`)
  }
  const begun = await hub.call<{ upload: string; chunk_bytes: number }>(uri(frame, 'upload_begin'), {
    name: pictureName(file.name),
    size_bytes: file.size,
  })
  try {
    await sendChunks(hub, frame, file, begun, options)
    const done = await hub.call<{ picture: string }>(
      uri(frame, 'upload_commit'),
      { upload: begun.upload },
      { timeoutSeconds: COMMIT_TIMEOUT_SECONDS },
    )
    return done.picture
  } catch (error) {
    abort(hub, frame, begun.upload)
    throw error
  }
}

/** What people call a picture: its file's name without the ending, of characters that can be shown. */
function pictureName(fileName: string): string {
  const printable = fileName.replace(/[\p{Cc}\p{Cs}]/gu, '')
  const name = printable.replace(/\.[a-z0-9]{2,4}$/i, '') || printable || 'Picture'
  return [...name].slice(0, MAX_NAME_CHARACTERS).join('')
}

async function sendChunks(
  hub: Hub,
  frame: Device,
  file: File,
  begun: { upload: string; chunk_bytes: number },
  { progress, signal }: UploadOptions,
): Promise<void> {
  for (let offset = 0; offset < file.size; offset += begun.chunk_bytes) {
    if (signal.aborted) throw new HubError(CANCELLED)
    progress(offset / file.size)
    const data = new Uint8Array(await file.slice(offset, offset + begun.chunk_bytes).arrayBuffer())
    await hub.call(uri(frame, 'upload_chunk'), { upload: begun.upload, offset, data })
  }
  progress(1)
}

/** Frees the upload at once rather than at its timeout; nothing hangs on whether that succeeds. */
function abort(hub: Hub, frame: Device, upload: string): void {
  hub.call(uri(frame, 'upload_abort'), { upload }).catch(() => undefined)
}
