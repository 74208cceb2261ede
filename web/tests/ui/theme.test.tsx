import { expect, test } from 'vitest'
import { applyTheme, theme, toggleTheme } from '../../src/ui/theme'

test('the theme follows the system until it is chosen, and the choice is kept', () => {
  applyTheme()
  expect(document.documentElement.dataset['theme']).toBe('light')
  toggleTheme()
  expect(document.documentElement.dataset['theme']).toBe('dark')
  expect(localStorage.getItem('wampi.theme')).toBe('dark')
  toggleTheme()
  expect(theme.value).toBe('light')
})
