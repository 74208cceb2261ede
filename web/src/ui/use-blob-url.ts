import { useEffect, useState } from 'preact/hooks'

/** A blob: URL for `bytes`, revoked as soon as they change or the component goes; null without bytes. */
export function useBlobUrl(bytes: Uint8Array | null, type: string): string | null {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    if (!bytes) return setUrl(null)
    const made = URL.createObjectURL(new Blob([bytes as BlobPart], { type }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes, type])
  return url
}
