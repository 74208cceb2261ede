/** Light or dark: as the system says, until somebody chooses here; the choice stays in this browser. */
import { effect, signal } from '@preact/signals'

export type Theme = 'light' | 'dark'

const KEY = 'wampi.theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')

export const theme = signal<Theme>(chosen() ?? systemTheme())

/** Applies the theme now and whenever it changes. */
export function applyTheme(): void {
  system.addEventListener('change', () => {
    if (!chosen()) theme.value = systemTheme()
  })
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value
  })
}

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {
    return // storage is switched off: the choice holds until the page is closed
  }
}

function chosen(): Theme | null {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : null
  } catch {
    return null
  }
}

function systemTheme(): Theme {
  return system.matches ? 'dark' : 'light'
}
