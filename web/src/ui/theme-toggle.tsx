import { MoonIcon, SunIcon } from './icons'
import { theme, toggleTheme } from './theme'

export function ThemeToggle() {
  const isDark = theme.value === 'dark'
  const label = isDark ? 'Switch to light colours' : 'Switch to dark colours'
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} data-testid="theme" onClick={toggleTheme}>
      {isDark ? <SunIcon /> : <MoonIcon />}
    </button>
  )
}
