/** Puts JPEG frames on a canvas, one at a time: while one is decoded only the newest of the others waits. */

export interface CameraFrame {
  jpeg: Uint8Array
  sequence: number
  /** Seconds since 1970, by the camera's clock. */
  capturedAt: number
}

export interface Surface {
  width: number
  height: number
  draw(bitmap: ImageBitmap): void
}

export type Decode = (jpeg: Blob) => Promise<ImageBitmap>

export class FramePainter {
  readonly #surface: Surface
  readonly #painted: (frame: CameraFrame) => void
  readonly #decode: Decode
  #waiting: CameraFrame | null = null
  #isDecoding = false

  constructor(
    surface: Surface,
    painted: (frame: CameraFrame) => void,
    decode: Decode = (jpeg) => createImageBitmap(jpeg),
  ) {
    this.#surface = surface
    this.#painted = painted
    this.#decode = decode
  }

  show(frame: CameraFrame): void {
    this.#waiting = frame
    if (!this.#isDecoding) void this.#drain()
  }

  async #drain(): Promise<void> {
    this.#isDecoding = true
    while (this.#waiting) {
      const frame = this.#waiting
      this.#waiting = null
      await this.#paint(frame)
    }
    this.#isDecoding = false
  }

  async #paint(frame: CameraFrame): Promise<void> {
    let bitmap: ImageBitmap
    try {
      bitmap = await this.#decode(new Blob([frame.jpeg as BlobPart], { type: 'image/jpeg' }))
    } catch {
      return // a damaged frame: the next one is a moment away
    }
    this.#fit(bitmap)
    this.#surface.draw(bitmap)
    bitmap.close()
    this.#painted(frame)
  }

  /** Assigning a canvas's size clears it, even to the same value. */
  #fit(bitmap: ImageBitmap): void {
    if (this.#surface.width !== bitmap.width) this.#surface.width = bitmap.width
    if (this.#surface.height !== bitmap.height) this.#surface.height = bitmap.height
  }
}

/** A canvas as the surface to paint on. */
export function canvasSurface(canvas: HTMLCanvasElement): Surface {
  const context = canvas.getContext('2d', { alpha: false })
  return {
    get width() {
      return canvas.width
    },
    set width(pixels) {
      canvas.width = pixels
    },
    get height() {
      return canvas.height
    },
    set height(pixels) {
      canvas.height = pixels
    },
    draw: (bitmap) => context?.drawImage(bitmap, 0, 0),
  }
}
