// WAMP-cryptosign in Node with autobahn-js: sign a challenge with a private key that never leaves this machine.
// No binding to the TLS connection: Node offers it (exportKeyingMaterial), but autobahn-js does not hand out its socket.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node cryptosign.js wss://home.local:8443/ws private.hex
'use strict';
const fs = require('fs');
const autobahn = require('autobahn');
const nacl = require('tweetnacl'); // comes with autobahn

const [url, keyFile] = process.argv.slice(2);
const seed = Buffer.from(fs.readFileSync(keyFile, 'ascii').trim(), 'hex');
const key = nacl.sign.keyPair.fromSeed(new Uint8Array(seed));

const connection = new autobahn.Connection({
  url,
  realm: 'home',
  authmethods: ['cryptosign'],
  authextra: { pubkey: autobahn.auth_cryptosign.public_key(key) },
  onchallenge: (_session, _method, extra) => autobahn.auth_cryptosign.sign_challenge(key, extra),
  max_retries: 0,
});

connection.onopen = (_session, details) => {
  console.log(`I am ${details.authid}, as ${details.authrole}, by ${details.authmethod}`);
  connection.close();
};
connection.onclose = (_reason, details) => {
  const isGood = details.reason === 'wamp.close.goodbye_and_out';
  if (!isGood) console.log(`not let in: ${details.message} (${details.reason})`);
  process.exitCode = isGood ? 0 : 1;
  return true;
};
connection.open();
