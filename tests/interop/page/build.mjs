// Bundles the page: stock autobahn-js with all of its serializers, and what these take from Node.
// Usage: node build.mjs WEB MODULES DIRECTORY; MODULES is where the package events is
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [web, modules, directory] = process.argv.slice(2);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const { rolldown } = await import(pathToFileURL(createRequire(`${web}/`).resolve('rolldown')));

const bundle = await rolldown({
  input: here('page.js'),
  platform: 'browser',
  resolve: {
    modules: [`${web}/node_modules`],
    alias: {
      assert: here('assert.cjs'),
      buffer: `${web}/node_modules/buffer/index.js`,
      events: `${modules}/events`,
      fs: here('empty.cjs'),
      stream: 'readable-stream',
      util: here('util.cjs'),
      when: here('empty.cjs'),
    },
  },
  transform: { define: { global: 'globalThis' } },
  onLog: (level, log, handle) => { if (level !== 'warn') handle(level, log); },
});
await bundle.write({ file: `${directory}/page.js`, format: 'iife', name: 'page' });
await bundle.close();
copyFileSync(here('index.html'), `${directory}/index.html`);
