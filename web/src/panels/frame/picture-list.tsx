import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { useApp, useIsOnline } from '../../app-context'
import { type DeviceOf, uri } from '../../devices/device'
import type { FrameState } from '../../devices/states'
import { explain } from '../../hub/errors'
import { bytes } from '../../ui/format'
import { TrashIcon } from '../../ui/icons'
import { type Action, useAction } from '../../ui/use-action'

interface Picture {
  picture: string
  name: string
  width: number
  height: number
  size_bytes: number
}

interface Props {
  device: DeviceOf<'frame'>
  state: FrameState
}

/** All pictures of a frame, to show one or to delete one; asked for when somebody opens the list. */
export function PictureList({ device, state }: Props) {
  const { hub } = useApp()
  const isOnline = useIsOnline()
  const isOpen = useSignal(false)
  const pictures = useSignal<Picture[]>([])
  const problem = useSignal<string | null>(null)
  const action = useAction(device.name)

  useEffect(() => {
    if (!isOpen.value || !isOnline) return
    let isCurrent = true
    hub.call<Picture[]>(uri(device, 'list')).then(
      (found) => {
        if (!isCurrent) return
        pictures.value = found
        problem.value = null
      },
      (error: unknown) => {
        if (isCurrent) problem.value = explain(error)
      },
    )
    return () => {
      isCurrent = false
    }
  }, [hub, device.kind, device.id, state.count, isOnline, isOpen.value, pictures, problem])

  return (
    <details class="settings" onToggle={(event) => (isOpen.value = event.currentTarget.open)} data-testid="pictures">
      <summary>All pictures ({state.count})</summary>
      {problem.value && <p class="fault">{problem.value}</p>}
      <ul class="rows picture-list">
        {pictures.value.map((picture) => (
          <PictureRow
            key={picture.picture}
            device={device}
            picture={picture}
            isShown={picture.picture === state.picture}
            action={action}
          />
        ))}
      </ul>
    </details>
  )
}

interface RowProps {
  device: DeviceOf<'frame'>
  picture: Picture
  isShown: boolean
  action: Action
}

function PictureRow({ device, picture, isShown, action }: RowProps) {
  const { hub } = useApp()
  const isAsking = useSignal(false)
  const show = () => action.run(() => hub.call(uri(device, 'show'), { picture: picture.picture }))
  const remove = () => action.run(() => hub.call(uri(device, 'delete'), { picture: picture.picture }))
  return (
    <li class="row" data-testid={`picture-${picture.picture}`}>
      <button type="button" class="row-text row-link" aria-current={isShown} onClick={show}>
        <span class="row-name">{picture.name}</span>
        <span class="cause">
          {picture.width} × {picture.height} · {bytes(picture.size_bytes)}
          {isShown && ' · shown now'}
        </span>
      </button>
      {isAsking.value ? (
        <div class="button-group">
          <button type="button" class="button button-danger" onClick={remove} data-testid="delete-confirm">
            Delete
          </button>
          <button type="button" class="button" onClick={() => (isAsking.value = false)}>
            Keep
          </button>
        </div>
      ) : (
        <button
          type="button"
          class="icon-button"
          aria-label={`Delete ${picture.name}`}
          onClick={() => (isAsking.value = true)}
          data-testid="delete"
        >
          <TrashIcon />
        </button>
      )}
    </li>
  )
}
