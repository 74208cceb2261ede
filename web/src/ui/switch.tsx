interface Props {
  label: string
  on: boolean
  disabled: boolean
  busy: boolean
  onToggle: () => void
}

/** An on/off switch. */
export function Switch({ label, on, disabled, busy, onToggle }: Props) {
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={on}
      aria-label={label}
      aria-busy={busy}
      disabled={disabled}
      onClick={onToggle}
      data-testid="switch"
    >
      <span class="switch-thumb" />
    </button>
  )
}
