import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const stub = (name: string) => fileURLToPath(new URL(`./src/stubs/${name}`, import.meta.url))

export default defineConfig({
  define: { global: 'globalThis' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: {
    alias: [
      // What autobahn loads for Node and old browsers; see src/stubs.
      { find: /^(cbor|crypto-js|fs|when|tweetnacl)$/, replacement: stub('empty.ts') },
      { find: './polyfill.js', replacement: stub('empty.ts') },
      { find: 'msgpack5', replacement: stub('msgpack5.cjs') },
    ],
  },
  build: {
    target: 'es2022',
    // The content security policy admits neither inline scripts nor data: images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['tests/setup.ts'],
    include: ['tests/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // autobahn tells each closed connection on the console.
    silent: 'passed-only',
  },
})
