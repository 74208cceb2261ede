import { beforeEach, expect, test, vi } from 'vitest'
import { HubError } from '../../src/hub/errors'
import { FramePanel } from '../../src/panels/frame/frame-panel'
import { uploadPicture } from '../../src/panels/frame/upload'
import { device, FRAME } from '../support/devices'
import { FakeHub } from '../support/fake-hub'
import { click, makeServices, perform, renderPage, type } from '../support/page'

const HALL = device('frame', FRAME, { id: 'hall', name: 'Hall' })
const PICTURES = [
  { picture: 'a1', name: 'Lake', width: 400, height: 300, size_bytes: 1000 },
  { picture: 'a2', name: 'Town', width: 400, height: 300, size_bytes: 1000 },
]

let hub: FakeHub

beforeEach(() => {
  hub = new FakeHub()
  hub.answer('wampi.frame.hall.current', () => current('a1'))
  hub.answer('wampi.frame.hall.list', () => PICTURES)
  for (const verb of ['next', 'previous', 'pause', 'resume', 'show', 'set_interval', 'delete', 'upload_abort']) {
    hub.answer(`wampi.frame.hall.${verb}`, () => null)
  }
})

function current(picture: string) {
  return { picture, jpeg: Uint8Array.of(1), width: 800, height: 480, sequence: 1 }
}

function renderFrame(state = FRAME) {
  return renderPage(<FramePanel device={{ ...HALL, state }} />, makeServices(hub))
}

test('what the display shows is fetched and shown', async () => {
  const page = await renderFrame()
  const picture = page.get<HTMLImageElement>('frame-picture')
  expect(picture.src).toMatch(/^blob:/)
  expect(picture.dataset['picture']).toBe('a1')
  expect(page.get('frame-caption').textContent).toBe('Lake1 of 2')
})

test('another picture is fetched when the frame says that it shows another', async () => {
  const services = makeServices(hub)
  const page = await renderPage(<FramePanel device={HALL} />, services)
  hub.answer('wampi.frame.hall.current', () => current('a2'))
  const state = { ...FRAME, picture: 'a2', name: 'Town', index: 1 }
  const next = await renderPage(<FramePanel device={{ ...HALL, state }} />, services)
  expect(next.get('frame-picture').dataset['picture']).toBe('a2')
  expect(page.hub.called('wampi.frame.hall.current')).toHaveLength(2)
})

test('a display that is still rendering is asked again', async () => {
  vi.useFakeTimers()
  hub.answer('wampi.frame.hall.current', () => current('old'))
  const page = await renderFrame()
  hub.answer('wampi.frame.hall.current', () => current('a1'))
  await perform(() => vi.advanceTimersByTimeAsync(300))
  vi.useRealTimers()
  expect(page.get('frame-picture').dataset['picture']).toBe('a1')
})

test('a frame without pictures says so', async () => {
  const page = await renderFrame({ ...FRAME, picture: null, name: null, count: 0 })
  expect(page.text()).toContain('No pictures yet.')
  expect(hub.called('wampi.frame.hall.current')).toHaveLength(0)
})

test('the slideshow goes on, back and rests', async () => {
  const page = await renderFrame()
  for (const control of ['next', 'previous', 'pause']) await click(page.get(control))
  const verbs = hub.calls.map((call) => call.procedure.split('.').at(-1)).filter((verb) => verb !== 'current')
  expect(verbs).toEqual(['next', 'previous', 'pause'])
})

test('a paused slideshow offers to resume', async () => {
  const page = await renderFrame({ ...FRAME, paused: true })
  expect(page.find('pause')).toBeNull()
  await click(page.get('resume'))
  expect(hub.called('wampi.frame.hall.resume')).toHaveLength(1)
})

test('the interval is set, and one that is not in the list is shown too', async () => {
  const page = await renderFrame({ ...FRAME, interval_seconds: 42 })
  expect(page.get<HTMLSelectElement>('interval').value).toBe('42')
  await type(page.get<HTMLSelectElement>('interval'), '60')
  expect(hub.called('wampi.frame.hall.set_interval')).toEqual([{ interval_seconds: 60 }])
})

test('a picture is deleted only after it is confirmed', async () => {
  const page = await renderFrame()
  const list = page.get<HTMLDetailsElement>('pictures')
  await perform(() => {
    list.open = true
    list.dispatchEvent(new Event('toggle'))
  })
  const row = page.get('picture-a2')
  await click(row.querySelector<HTMLElement>('[data-testid=delete]')!)
  expect(hub.called('wampi.frame.hall.delete')).toHaveLength(0)
  await click(row.querySelector<HTMLElement>('[data-testid=delete-confirm]')!)
  expect(hub.called('wampi.frame.hall.delete')).toEqual([{ picture: 'a2' }])
})

function acceptUploads(chunkBytes: number): Uint8Array[] {
  const received: Uint8Array[] = []
  hub.answer('wampi.frame.hall.upload_begin', () => ({ upload: 'u', chunk_bytes: chunkBytes }))
  hub.answer('wampi.frame.hall.upload_chunk', ({ data }) => received.push(data as Uint8Array))
  hub.answer('wampi.frame.hall.upload_commit', () => ({ picture: 'a3' }))
  return received
}

const options = (signal = new AbortController().signal) => ({ progress: vi.fn<(fraction: number) => void>(), signal })

test('a picture is sent in chunks of the size that the frame asks for, in order', async () => {
  const received = acceptUploads(4)
  const file = new File([Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)], 'photo.jpg')
  const asked = options()
  await expect(uploadPicture(hub, HALL, file, asked)).resolves.toBe('a3')
  expect(received.map((chunk) => [...chunk])).toEqual([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [9, 10],
  ])
  expect(hub.called('wampi.frame.hall.upload_chunk').map((chunk) => chunk['offset'])).toEqual([0, 4, 8])
  expect(asked.progress.mock.calls.flat()).toEqual([0, 0.4, 0.8, 1])
})

test.each([
  ['Lake.jpg', 'Lake'],
  ['.jpg', '.jpg'],
  ['Hafen bei Nacht.v2.jpeg', 'Hafen bei Nacht.v2'],
  ['tab\there.png', 'tabhere'],
  [`${'🏡'.repeat(120)}.jpg`, '🏡'.repeat(100)],
])('a picture called %s is named %s', async (fileName, name) => {
  acceptUploads(4)
  await uploadPicture(hub, HALL, new File(['1'], fileName), options())
  expect(hub.called('wampi.frame.hall.upload_begin')).toEqual([{ name, size_bytes: 1 }])
})

test('a refused picture is forgotten by the frame and the reason is passed on', async () => {
  acceptUploads(4)
  hub.answer('wampi.frame.hall.upload_commit', () => {
    throw new HubError('wamp.error.invalid_argument', 'not a picture')
  })
  const upload = uploadPicture(hub, HALL, new File(['text'], 'notes.jpg'), options())
  await expect(upload).rejects.toMatchObject({ message: 'not a picture' })
  expect(hub.called('wampi.frame.hall.upload_abort')).toEqual([{ upload: 'u' }])
})

test('an upload that is cancelled sends no more', async () => {
  acceptUploads(1)
  const controller = new AbortController()
  const asked = options(controller.signal)
  asked.progress.mockImplementation((fraction) => {
    if (fraction >= 0.5) controller.abort()
  })
  const upload = uploadPicture(hub, HALL, new File(['1234'], 'photo.jpg'), asked)
  await expect(upload).rejects.toMatchObject({ uri: 'wampi.web.upload_cancelled' })
  expect(hub.called('wampi.frame.hall.upload_chunk')).toHaveLength(3)
  expect(hub.called('wampi.frame.hall.upload_commit')).toHaveLength(0)
})

test.each([
  ['empty', 0],
  ['larger than 20 MB', 20_000_001],
])('a picture that is %s is not even begun', async (words, size) => {
  const file = new File(['x'], 'photo.jpg')
  Object.defineProperty(file, 'size', { value: size })
  await expect(uploadPicture(hub, HALL, file, options())).rejects.toThrow(words)
  expect(hub.calls).toHaveLength(0)
})

test('a picture that was added is shown at once', async () => {
  acceptUploads(100)
  const page = await renderFrame()
  const input = page.get<HTMLInputElement>('upload-file')
  Object.defineProperty(input, 'files', { value: [new File(['1234'], 'photo.jpg')] })
  await perform(async () => input.dispatchEvent(new Event('change', { bubbles: true })))
  await vi.waitFor(() => expect(hub.called('wampi.frame.hall.show')).toEqual([{ picture: 'a3' }]))
  expect(page.services.notices.all.value.map((notice) => notice.text)).toEqual(['“photo.jpg” was added.'])
})
