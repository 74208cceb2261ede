import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { useApp } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import { explain, toHubError } from '../../hub/errors'
import { bytes } from '../../ui/format'
import { CloseIcon, UploadIcon } from '../../ui/icons'
import { CANCELLED, uploadPicture } from './upload'

/** What every browser and the frame can read; phones convert their own formats to these when asked for them. */
const ACCEPTED = 'image/jpeg,image/png,image/webp'

interface Upload {
  name: string
  size: number
  fraction: number
}

/** The upload button, its progress, and the area onto which pictures can be dropped. */
export function Uploads({ device }: { device: DeviceOf<'frame'> }) {
  const { hub, notices } = useApp()
  const current = useSignal<Upload | null>(null)
  const isOver = useSignal(false)
  const controller = useRef<AbortController | null>(null)
  useEffect(() => () => controller.current?.abort(), [])

  const uploadOne = async (file: File, signal: AbortSignal) => {
    const describe = (fraction: number) => (current.value = { name: file.name, size: file.size, fraction })
    describe(0)
    try {
      const picture = await uploadPicture(hub, device, file, { progress: describe, signal })
      notices.show('success', device.name, `“${file.name}” was added.`)
      // Whoever adds a picture wants to see it; the frame by itself puts it at the end of the slideshow.
      await hub.call(uri(device, 'show'), { picture })
    } catch (error) {
      if (toHubError(error).uri !== CANCELLED) notices.show('error', device.name, explain(error))
    }
  }

  const uploadAll = async (files: FileList | null | undefined) => {
    if (!files || current.value) return
    const { signal } = (controller.current = new AbortController())
    for (const file of files) if (!signal.aborted) await uploadOne(file, signal)
    current.value = null
  }

  const drop = (event: DragEvent) => {
    event.preventDefault()
    isOver.value = false
    void uploadAll(event.dataTransfer?.files)
  }

  return (
    <div
      class={`uploads ${isOver.value ? 'uploads-over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        isOver.value = true
      }}
      onDragLeave={() => (isOver.value = false)}
      onDrop={drop}
      data-testid="uploads"
    >
      {current.value ? (
        <Progress upload={current.value} onCancel={() => controller.current?.abort()} />
      ) : (
        <Picker onPick={uploadAll} />
      )}
    </div>
  )
}

function Picker({ onPick }: { onPick: (files: FileList | null) => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        class="visually-hidden"
        type="file"
        accept={ACCEPTED}
        multiple
        tabIndex={-1}
        aria-hidden="true"
        data-testid="upload-file"
        onChange={(event) => onPick(event.currentTarget.files)}
      />
      <button type="button" class="button" onClick={() => input.current?.click()} data-testid="upload">
        <UploadIcon />
        Add pictures
      </button>
      <span class="uploads-hint wide-only">or drop them here</span>
    </>
  )
}

function Progress({ upload, onCancel }: { upload: Upload; onCancel: () => void }) {
  const isSent = upload.fraction >= 1
  return (
    <>
      <div class="uploads-progress">
        <span class="uploads-name">{upload.name}</span>
        <span class="cause">{isSent ? 'Checking the picture…' : bytes(upload.size)}</span>
        <progress
          max={1}
          value={upload.fraction}
          aria-label={`Uploading ${upload.name}`}
          data-testid="upload-progress"
        />
      </div>
      <button type="button" class="icon-button" aria-label="Cancel the upload" disabled={isSent} onClick={onCancel}>
        <CloseIcon />
      </button>
    </>
  )
}
