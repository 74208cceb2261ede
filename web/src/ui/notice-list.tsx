import { useApp } from '../app-context'
import { CloseIcon } from './icons'

/** The notices, in a live region that is there from the start, so that screen readers watch it. */
export function NoticeList() {
  const { notices } = useApp()
  return (
    <div class="notices" role="alert" aria-live="assertive" data-testid="notices">
      {notices.all.value.map((notice) => (
        <div key={notice.id} class={`notice notice-${notice.tone}`} data-testid={`notice-${notice.tone}`}>
          <p>
            <strong>{notice.subject}</strong> {notice.text}
          </p>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss this message"
            onClick={() => notices.dismiss(notice.id)}
          >
            <CloseIcon />
          </button>
        </div>
      ))}
    </div>
  )
}
