/** A house without hardware: devices that answer as docs/protocol.md says, well enough to look at. */
import { HubError } from '../src/hub/errors'
import { ANNA, type FakeHub } from '../tests/support/fake-hub'

type State = Record<string, unknown>

const NAMES: Record<string, string> = {
  'camera.garden': 'Garden camera',
  'lighting.porch': 'Porch',
  'lighting.kitchen': 'Kitchen',
  'lighting.living_room': 'Living room',
  'lighting.shed': 'Shed',
  'frame.hall': 'Hallway frame',
  'sprinkler.garden': 'Garden',
}

const sequences = new Map<string, number>()

function publish(hub: FakeHub, device: string, state: State | null, authid = 'ben', why = 'command'): void {
  const [kind, id] = device.split('.')
  const sequence = (sequences.get(device) ?? 0) + 1
  sequences.set(device, sequence)
  hub.publish(`wampi.${device}.state`, {
    kwargs: {
      kind,
      id,
      name: NAMES[device],
      available: state !== null,
      state,
      changed: Object.keys(state ?? {}),
      cause: { why, authid, authrole: 'resident' },
      fault: null,
      sequence,
    },
  })
}

export function simulateHouse(hub: FakeHub): void {
  simulateCamera(hub)
  simulateLights(hub)
  simulateFrame(hub)
  simulateSprinkler(hub)
}

export function loseEverything(hub: FakeHub): void {
  for (const device of ['camera.garden', 'lighting.shed', 'frame.hall', 'sprinkler.garden']) {
    publish(hub, device, null, '', 'lost')
  }
}

function simulateCamera(hub: FakeHub): void {
  const state: State = { width: 640, height: 480, frames_per_second: 10, quality: 80, streaming: true }
  let sequence = 0
  const frame = async () => {
    const jpeg = await draw(state['width'] as number, state['height'] as number, 120 + (sequence % 40), 'camera')
    return { jpeg, sequence: ++sequence, captured_at: Date.now() / 1000, width: state['width'], height: state['height'] }
  }
  hub.answer('wampi.camera.garden.snapshot', frame)
  hub.answer('wampi.camera.garden.configure', (change) => {
    Object.assign(state, change)
    publish(hub, 'camera.garden', { ...state }, ANNA.authid)
  })
  setInterval(async () => {
    if (!hub.follows('wampi.camera.garden.frames')) return
    const { jpeg, ...kwargs } = await frame()
    hub.publish('wampi.camera.garden.frames', { args: [jpeg], kwargs })
  }, 100)
  publish(hub, 'camera.garden', state)
}

function simulateLights(hub: FakeHub): void {
  const lights: Record<string, State> = {
    porch: { on: true, brightness: 0.8, dimmable: true },
    kitchen: { on: false, brightness: 1, dimmable: true },
    living_room: { on: true, brightness: 0.35, dimmable: true },
    shed: { on: false, brightness: 1, dimmable: false },
  }
  for (const [id, light] of Object.entries(lights)) {
    const set = (verb: string, change: (kwargs: State) => State) =>
      hub.answer(`wampi.lighting.${id}.${verb}`, (kwargs) => {
        if (id === 'shed') throw new HubError('wamp.error.not_authorized')
        Object.assign(light, change(kwargs))
        publish(hub, `lighting.${id}`, { ...light }, ANNA.authid)
      })
    set('turn_on', () => ({ on: true }))
    set('turn_off', () => ({ on: false }))
    set('set_brightness', ({ brightness }) => ({ on: brightness !== 0, brightness }))
    publish(hub, `lighting.${id}`, light)
  }
}

function simulateFrame(hub: FakeHub): void {
  const pictures = ['Lake in the morning', 'Old town', 'Grandmother’s garden', 'Harbour'].map((name, i) => ({
    picture: `a${i}`,
    name,
    width: 4000,
    height: 3000,
    size_bytes: 2_400_000 + i * 310_000,
  }))
  const state: State = { index: 0, paused: false, interval_seconds: 30, width: 1280, height: 800 }
  const show = (index: number) => {
    state['index'] = (index + pictures.length) % pictures.length
    const { picture, name } = pictures[state['index'] as number] ?? { picture: null, name: null }
    publish(hub, 'frame.hall', Object.assign(state, { picture, name, count: pictures.length }) && { ...state })
  }
  const index = () => state['index'] as number
  hub.answer('wampi.frame.hall.next', () => show(index() + 1))
  hub.answer('wampi.frame.hall.previous', () => show(index() - 1))
  hub.answer('wampi.frame.hall.pause', () => (state['paused'] = true) && show(index()))
  hub.answer('wampi.frame.hall.resume', () => {
    state['paused'] = false
    show(index())
  })
  hub.answer('wampi.frame.hall.show', ({ picture }) => show(pictures.findIndex((each) => each.picture === picture)))
  hub.answer('wampi.frame.hall.set_interval', (change) => {
    Object.assign(state, change)
    show(index())
  })
  hub.answer('wampi.frame.hall.list', () => pictures)
  hub.answer('wampi.frame.hall.current', async () => ({
    picture: state['picture'],
    jpeg: await draw(1280, 800, index() * 80, 'frame'),
    width: 1280,
    height: 800,
    sequence: 1,
  }))
  hub.answer('wampi.frame.hall.delete', ({ picture }) => {
    pictures.splice(pictures.findIndex((each) => each.picture === picture), 1)
    show(index())
  })
  hub.answer('wampi.frame.hall.upload_begin', () => ({ upload: 'u1', chunk_bytes: 32_768 }))
  hub.answer('wampi.frame.hall.upload_chunk', () => new Promise((resolve) => setTimeout(resolve, 40)))
  hub.answer('wampi.frame.hall.upload_commit', () => ({ picture: 'a1' }))
  show(0)
}

function simulateSprinkler(hub: FakeHub): void {
  const zones: Record<string, State> = {
    lawn: { name: 'Lawn', open: true, max_seconds: 1800 },
    beds: { name: 'Flower beds', open: false, max_seconds: 900 },
    hedge: { name: 'Hedge', open: false, max_seconds: 240 },
  }
  let queue: State[] = [{ run: 'r2', zone: 'beds', duration_seconds: 300, authid: 'ben' }]
  let running: State | null = { run: 'r1', zone: 'lawn', duration_seconds: 600, remaining_seconds: 402, authid: 'anna' }
  let runs = 2
  const tell = () => {
    for (const [id, zone] of Object.entries(zones)) zone['open'] = running?.['zone'] === id
    publish(hub, 'sprinkler.garden', { zones: structuredClone(zones), running, queue }, ANNA.authid)
  }
  const advance = () => {
    const next = queue.shift()
    running = next ? { ...next, remaining_seconds: next['duration_seconds'] } : null
    tell()
  }
  hub.answer('wampi.sprinkler.garden.run', ({ zone, duration_seconds }) => {
    queue.push({ run: `r${++runs}`, zone, duration_seconds, authid: ANNA.authid })
    if (running) tell()
    else advance()
  })
  hub.answer('wampi.sprinkler.garden.stop', advance)
  hub.answer('wampi.sprinkler.garden.cancel', ({ run }) => {
    if (running?.['run'] === run) return advance()
    queue = queue.filter((each) => each['run'] !== run)
    tell()
  })
  hub.answer('wampi.sprinkler.garden.stop_all', () => {
    queue = []
    advance()
  })
  tell()
}

/** A landscape in one colour family, with the time on a camera's picture, as a JPEG. */
async function draw(width: number, height: number, hue: number, kind: 'camera' | 'frame'): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  const sky = context.createLinearGradient(0, 0, 0, height)
  sky.addColorStop(0, `hsl(${hue + 80} 60% 70%)`)
  sky.addColorStop(0.6, `hsl(${hue + 40} 70% 85%)`)
  sky.addColorStop(1, `hsl(${hue} 40% 35%)`)
  context.fillStyle = sky
  context.fillRect(0, 0, width, height)
  for (let hill = 0; hill < 3; hill++) {
    context.fillStyle = `hsl(${hue} 35% ${40 - hill * 10}%)`
    context.beginPath()
    context.ellipse(width * (0.2 + hill * 0.35), height * (1.05 + hill * 0.05), width * 0.5, height * 0.45, 0, 0, 7)
    context.fill()
  }
  if (kind === 'camera') {
    context.fillStyle = '#fff'
    context.font = `${height / 12}px monospace`
    context.fillText(new Date().toISOString().slice(11, 23), width * 0.04, height * 0.12)
  }
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 })
  return new Uint8Array(await blob.arrayBuffer())
}
