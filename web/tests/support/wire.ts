/** A WebSocket that ends in the test: it reads and writes WAMP messages in MessagePack. */
import { decode, encode } from '@msgpack/msgpack'

export class WireSocket {
  static opened: WireSocket[] = []
  readonly url: string
  readonly protocols: string[]
  readonly sent: unknown[][] = []
  protocol = ''
  binaryType = 'blob'
  closed: number | undefined | null = null
  onopen: (() => void) | null = null
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null
  #wake: (() => void) | null = null

  constructor(url: string, protocols: string[]) {
    this.url = url
    this.protocols = protocols
    WireSocket.opened.push(this)
  }

  static get last(): WireSocket {
    const socket = WireSocket.opened.at(-1)
    if (!socket) throw new Error('no connection was opened')
    return socket
  }

  /** The router's side accepts the connection. */
  accept(protocol = this.protocols[0]): void {
    this.protocol = protocol ?? ''
    this.onopen?.()
  }

  /** The router's side sends a message. */
  receive(message: unknown[]): void {
    const bytes = encode(message)
    this.onmessage?.({ data: bytes.slice().buffer })
  }

  /** The connection breaks. */
  drop(): void {
    this.onclose?.({ code: 1006, reason: '', wasClean: false })
  }

  /** Resolves to the next message the page sends that has not been taken yet. */
  async next(): Promise<unknown[]> {
    while (this.sent.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.sent.shift() ?? []
  }

  send(payload: Uint8Array): void {
    this.sent.push(decode(payload) as unknown[])
    this.#wake?.()
  }

  close(code?: number): void {
    this.closed = code
    this.onclose?.({ code: code ?? 1000, reason: '', wasClean: true })
  }
}
