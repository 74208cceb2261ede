/** MessagePack for autobahn: bytes travel as bytes, and the router has its short path for it. */
import { decode, encode } from '@msgpack/msgpack'
import type { Serializer } from 'autobahn'

export const msgpackSerializer: Serializer = {
  SERIALIZER_ID: 'msgpack',
  BINARY: true,
  serialize: (message) => encode(message, { ignoreUndefined: true }),
  unserialize: (payload) => decode(payload),
}
