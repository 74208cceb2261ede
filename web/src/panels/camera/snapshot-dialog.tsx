import { Dialog } from '../../ui/dialog'
import { DownloadIcon } from '../../ui/icons'
import { useBlobUrl } from '../../ui/use-blob-url'

export interface Snapshot {
  jpeg: Uint8Array
  sequence: number
  /** Seconds since 1970. */
  captured_at: number
  width: number
  height: number
}

interface Props {
  name: string
  snapshot: Snapshot
  onClose: () => void
}

/** A snapshot to look at, and to keep. */
export function SnapshotDialog({ name, snapshot, onClose }: Props) {
  const url = useBlobUrl(snapshot.jpeg, 'image/jpeg')
  const taken = new Date(snapshot.captured_at * 1000)
  return (
    <Dialog title={`${name}, ${taken.toLocaleString()}`} onClose={onClose} testId="snapshot-dialog">
      {url && (
        <>
          <img
            class="snapshot"
            src={url}
            width={snapshot.width}
            height={snapshot.height}
            alt={`${name}, as it looked at ${taken.toLocaleTimeString()}`}
            data-testid="snapshot-picture"
          />
          <a class="button button-primary" href={url} download={fileName(name, taken)} data-testid="snapshot-download">
            <DownloadIcon />
            Download
          </a>
        </>
      )}
    </Dialog>
  )
}

function fileName(name: string, taken: Date): string {
  const safe = name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'camera'
  const stamp = taken.toISOString().slice(0, 19).replaceAll(':', '-')
  return `${safe}-${stamp}.jpg`
}
