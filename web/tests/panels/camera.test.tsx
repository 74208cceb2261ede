import { expect, test, vi } from 'vitest'
import { deferred } from '../../src/hub/deferred'
import { HubError } from '../../src/hub/errors'
import { CameraPanel } from '../../src/panels/camera/camera-panel'
import { type CameraFrame, FramePainter } from '../../src/panels/camera/frame-painter'
import { CAMERA, device } from '../support/devices'
import { click, perform, renderPage, type } from '../support/page'

const GARDEN = device('camera', CAMERA, { id: 'garden', name: 'Garden' })
const FRAMES = 'wampi.camera.garden.frames'

function frame(sequence: number): CameraFrame {
  return { jpeg: Uint8Array.of(sequence), sequence, capturedAt: 1_700_000_000 + sequence }
}

function bitmap(): ImageBitmap & { close: ReturnType<typeof vi.fn<() => void>> } {
  return { width: 640, height: 480, close: vi.fn<() => void>() }
}

test('while a frame is decoded only the newest of the others waits', async () => {
  const decoded = [deferred<ImageBitmap>(), deferred<ImageBitmap>()]
  const painted: number[] = []
  const surface = { width: 0, height: 0, draw: vi.fn() }
  let count = 0
  const painter = new FramePainter(surface, (each) => painted.push(each.sequence), () => decoded[count++]!.promise)
  for (const sequence of [1, 2, 3]) painter.show(frame(sequence))
  const bitmaps = [bitmap(), bitmap()]
  decoded[0]?.resolve(bitmaps[0]!)
  decoded[1]?.resolve(bitmaps[1]!)
  await vi.waitFor(() => expect(painted).toEqual([1, 3]))
  expect([surface.width, surface.height]).toEqual([640, 480])
  for (const each of bitmaps) expect(each.close).toHaveBeenCalledOnce()
})

test('a damaged frame does not stop the picture', async () => {
  const painted: number[] = []
  const surface = { width: 0, height: 0, draw: vi.fn() }
  const decode = vi.fn().mockRejectedValueOnce(new Error('damaged')).mockResolvedValue(bitmap())
  const painter = new FramePainter(surface, (each) => painted.push(each.sequence), decode)
  painter.show(frame(1))
  painter.show(frame(2))
  await vi.waitFor(() => expect(painted).toEqual([2]))
})

test('frames are followed while the picture can be seen, the newest alone', async () => {
  const page = await renderPage(<CameraPanel device={GARDEN} />)
  expect(page.hub.follows(FRAMES)?.options).toEqual({ _outbox: 'latest' })
})

test('a tab in the background does not keep the camera busy', async () => {
  const page = await renderPage(<CameraPanel device={GARDEN} />)
  const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  await perform(() => document.dispatchEvent(new Event('visibilitychange')))
  expect(page.hub.follows(FRAMES)).toBeUndefined()
  visibility.mockReturnValue('visible')
  await perform(() => document.dispatchEvent(new Event('visibilitychange')))
  expect(page.hub.follows(FRAMES)).toBeDefined()
})

test('an account that may not watch is told so in the place of the picture', async () => {
  const page = await renderPage(<CameraPanel device={GARDEN} />)
  await perform(() => page.hub.follows(FRAMES)?.follower.refused?.(new HubError('wamp.error.authorization_denied')))
  expect(page.get('camera-garden').textContent).toContain('may not do this')
})

test('a camera that is gone is not followed', async () => {
  const page = await renderPage(<CameraPanel device={device<typeof CAMERA>('camera', null, { id: 'garden' })} />)
  expect(page.hub.follows(FRAMES)).toBeUndefined()
  expect(page.text()).toContain('The camera is not available.')
})

test('a snapshot can be looked at and downloaded, and its address is revoked when it is closed', async () => {
  const revoked = vi.spyOn(URL, 'revokeObjectURL')
  const page = await renderPage(<CameraPanel device={GARDEN} />)
  page.hub.answer('wampi.camera.garden.snapshot', () => ({
    jpeg: Uint8Array.of(1, 2),
    sequence: 5,
    captured_at: 1_700_000_000,
    width: 640,
    height: 480,
  }))
  await click(page.get('snapshot'))
  const link = page.get<HTMLAnchorElement>('snapshot-download')
  expect(link.download).toBe('Garden-2023-11-14T22-13-20.jpg')
  expect(link.href).toMatch(/^blob:/)
  await click(page.root.querySelector<HTMLElement>('[aria-label="Close"]')!)
  expect(revoked).toHaveBeenCalledWith(link.href)
  expect(page.find('snapshot-dialog')).toBeNull()
})

test('settings are applied as they are chosen', async () => {
  const page = await renderPage(<CameraPanel device={GARDEN} />)
  page.hub.answer('wampi.camera.garden.configure', () => CAMERA)
  await type(page.get<HTMLSelectElement>('camera-resolution'), '1280x720')
  await type(page.get<HTMLInputElement>('camera-rate'), '5')
  expect(page.hub.called('wampi.camera.garden.configure')).toEqual([
    { width: 1280, height: 720 },
    { frames_per_second: 5 },
  ])
})
