// What Node has everywhere, and the libraries behind autobahn's serializers count on.
import { Buffer } from 'buffer';

globalThis.Buffer = Buffer;
globalThis.process = { browser: true, env: {}, nextTick: (callback, ...args) => queueMicrotask(() => callback(...args)) };
