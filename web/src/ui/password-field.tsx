import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { EyeIcon } from './icons'

interface Props {
  value: string
  onInput: (text: string) => void
  field: RefObject<HTMLInputElement | null>
}

/** A password, which can be looked at. */
export function PasswordField({ value, onInput, field }: Props) {
  const isShown = useSignal(false)
  return (
    <div class="field">
      <label for="password">Password</label>
      <div class="field-with-button">
        <input
          id="password"
          name="password"
          ref={field}
          {...(isShown.value ? { type: 'text' } : { type: 'password' })}
          autocomplete="current-password"
          autocapitalize="none"
          spellcheck={false}
          required
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        <button
          type="button"
          class="icon-button"
          aria-label="Show the password"
          aria-pressed={isShown.value}
          onClick={() => (isShown.value = !isShown.value)}
        >
          <EyeIcon />
        </button>
      </div>
    </div>
  )
}
