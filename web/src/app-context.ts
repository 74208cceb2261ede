/** What every panel may use: the hub, the devices, and a place to say what went wrong. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Directory } from './devices/directory'
import type { Hub } from './hub/hub'
import type { Notices } from './ui/notices'

export interface App {
  hub: Hub
  directory: Directory
  notices: Notices
}

const Context = createContext<App | null>(null)

export const AppProvider = Context.Provider

export function useApp(): App {
  const app = useContext(Context)
  if (!app) throw new Error('useApp is for components within AppProvider')
  return app
}

/** The authid of whoever is logged in, also while reconnecting; empty when nobody is. */
export function useOwnAuthid(): string {
  const session = useApp().hub.session.value
  return 'identity' in session ? session.identity.authid : ''
}

/** Whether the hub can be asked for something right now. */
export function useIsOnline(): boolean {
  return useApp().hub.session.value.phase === 'open'
}
