/**
 * The page with a simulated house in place of a hub, for working on its looks: `npx vite`, then open /harness/.
 *
 * It is no part of the built page. The address says what to see: #login, #refused, #code, #arriving, #empty, #reconnecting, #lost.
 */
import { render } from 'preact'
import { App } from '../src/app'
import { Directory } from '../src/devices/directory'
import '../src/styles/index.css'
import { Notices } from '../src/ui/notices'
import { applyTheme } from '../src/ui/theme'
import { ANNA, FakeHub } from '../tests/support/fake-hub'
import { loseEverything, simulateHouse } from './house'

applyTheme()
const hub = new FakeHub()
const services = { hub, directory: new Directory(hub), notices: new Notices() }
const scene = location.hash.slice(1)

if (scene === 'login') hub.session.value = { phase: 'signed-out', message: null }
if (scene === 'refused') hub.session.value = { phase: 'signed-out', message: 'The name or password is wrong.' }
if (scene === 'code') hub.session.value = { phase: 'code', message: null, isBusy: false }
if (scene === 'arriving') hub.session.value = { phase: 'arriving', retryAt: Date.now() + 6000 }
hub.offer.value = { account: '#', passkeys: '#', providers: [{ title: 'our family account', address: '#' }] }
hub.follows('wampi...state')?.follower.established?.()
if (!['login', 'refused', 'code', 'arriving', 'empty'].includes(scene)) simulateHouse(hub)
if (scene === 'lost') loseEverything(hub)
if (scene === 'reconnecting') {
  hub.session.value = { phase: 'reconnecting', identity: ANNA, retryAt: Date.now() + 6000 }
}

const root = document.getElementById('app')
if (root) render(<App services={services} />, root)
