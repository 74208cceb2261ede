// Uses stock autobahn-js in Node, each step printed as a line of JSON.
// Usage: node autobahn_js_client.cjs URL REALM SERIALIZER AUTHID SECRET
'use strict';
const autobahn = require('autobahn');
const { show } = require('./features.cjs');

const [url, realm, serializer, authid, secret] = process.argv.slice(2);
const say = (what, value) => process.stdout.write(`${JSON.stringify({ what, value })}\n`);

// its long-poll is made for browsers
if (url.startsWith('http')) globalThis.XMLHttpRequest = require('xmlhttprequest-ssl').XMLHttpRequest;

// autobahn tells each error of a handler, and each closed connection, on the console
console.log = console.error = console.warn = () => {};
show(autobahn, { url, realm, serializer, authid, secret }, say).then(() => process.exit(0), (error) => {
  say('failed', String(error && (error.error || error.stack || error)));
  process.exit(1);
});
