/** The entry: wires the hub of this very address to the page. */
import { render } from 'preact'
import { App } from './app'
import { Directory } from './devices/directory'
import { AutobahnDialer } from './hub/autobahn-dialer'
import { HttpLoginPath } from './hub/login-path'
import { ReconnectingHub } from './hub/reconnecting-hub'
import { whenAwake } from './hub/wake'
import './styles/index.css'
import { Notices } from './ui/notices'
import { applyTheme } from './ui/theme'

const REALM = 'home'

applyTheme()
const dialer = new AutobahnDialer(`wss://${location.host}/ws`, REALM)
const hub = new ReconnectingHub(dialer, new HttpLoginPath('/auth'))
hub.arrive()
whenAwake(() => hub.wake())
const services = { hub, directory: new Directory(hub), notices: new Notices() }
const root = document.getElementById('app')
if (root) render(<App services={services} />, root)
