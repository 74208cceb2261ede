/** The page's icons, drawn on a 24 by 24 grid with one stroke width. They never carry meaning alone. */
import type { ComponentChildren } from 'preact'

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  )
}

export const CameraIcon = () => (
  <Icon>
    <path d="M4 7.5h3l1.5-2.5h7L17 7.5h3a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8.5a1 1 0 0 1 1-1Z" />
    <circle cx="12" cy="13" r="3.5" />
  </Icon>
)

export const BulbIcon = () => (
  <Icon>
    <path d="M9 17.5c0-2.5-3-3.8-3-7.5a6 6 0 0 1 12 0c0 3.7-3 5-3 7.5Z" />
    <path d="M9.5 20.5h5" />
  </Icon>
)

export const PictureIcon = () => (
  <Icon>
    <rect x="3" y="4.5" width="18" height="15" rx="2" />
    <circle cx="8.5" cy="9.5" r="1.5" />
    <path d="m4 17 5-4.5 3.5 3 3.5-4 4.5 5" />
  </Icon>
)

export const DropIcon = () => (
  <Icon>
    <path d="M12 3.5c3.5 4.2 6 7 6 10.5a6 6 0 0 1-12 0c0-3.5 2.5-6.3 6-10.5Z" />
    <path d="M9.2 14.5a2.9 2.9 0 0 0 2.3 2.6" />
  </Icon>
)

export const DeviceIcon = () => (
  <Icon>
    <rect x="5" y="5" width="14" height="14" rx="3" />
    <path d="M9 2.5V5M15 2.5V5M9 19v2.5M15 19v2.5" />
  </Icon>
)

export const SunIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1 1M17.4 17.4l1 1M5.6 18.4l1-1M17.4 6.6l1-1" />
  </Icon>
)

export const MoonIcon = () => (
  <Icon>
    <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />
  </Icon>
)

export const LogOutIcon = () => (
  <Icon>
    <path d="M10 4H5.5A1.5 1.5 0 0 0 4 5.5v13A1.5 1.5 0 0 0 5.5 20H10M15.5 8l4 4-4 4M19 12H9.5" />
  </Icon>
)

export const PreviousIcon = () => (
  <Icon>
    <path d="m14.5 6-6 6 6 6" />
  </Icon>
)

export const NextIcon = () => (
  <Icon>
    <path d="m9.5 6 6 6-6 6" />
  </Icon>
)

export const PauseIcon = () => (
  <Icon>
    <path d="M9 6.5v11M15 6.5v11" />
  </Icon>
)

export const PlayIcon = () => (
  <Icon>
    <path d="M8.5 6v12l9.5-6Z" />
  </Icon>
)

export const StopIcon = () => (
  <Icon>
    <rect x="6.5" y="6.5" width="11" height="11" rx="2" />
  </Icon>
)

export const UploadIcon = () => (
  <Icon>
    <path d="M12 15.5V5M7.5 9 12 4.5 16.5 9M4.5 15.5v3A1.5 1.5 0 0 0 6 20h12a1.5 1.5 0 0 0 1.5-1.5v-3" />
  </Icon>
)

export const DownloadIcon = () => (
  <Icon>
    <path d="M12 4.5V15M7.5 11l4.5 4.5L16.5 11M4.5 15.5v3A1.5 1.5 0 0 0 6 20h12a1.5 1.5 0 0 0 1.5-1.5v-3" />
  </Icon>
)

export const TrashIcon = () => (
  <Icon>
    <path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12a1 1 0 0 0 1 1h7.4a1 1 0 0 0 1-1l.8-12M10 11v5M14 11v5" />
  </Icon>
)

export const CloseIcon = () => (
  <Icon>
    <path d="m6.5 6.5 11 11M17.5 6.5l-11 11" />
  </Icon>
)

export const EyeIcon = () => (
  <Icon>
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" />
    <circle cx="12" cy="12" r="2.8" />
  </Icon>
)

export const AlertIcon = () => (
  <Icon>
    <path d="M12 4 2.8 19.5h18.4Z" />
    <path d="M12 10v4.5M12 17v.2" />
  </Icon>
)

/** The mark of wampi: a roof, and under it the house's initial. */
export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect class="logo-ground" width="32" height="32" rx="8" />
    <path class="logo-roof" d="M5.8 14.6 16 6l10.2 8.6" />
    <path class="logo-initial" d="m9.2 16.2 3.2 8.8L16 17.6l3.6 7.4 3.2-8.8" />
  </svg>
)
