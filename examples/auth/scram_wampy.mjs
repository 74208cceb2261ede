// WAMP-SCRAM with wampy.js, which has no plugin for it: this is one. Its AUTHENTICATE has no extra, so it speaks the
// dialect of Autobahn, where there need not be one.
//
//     npm install wampy
//     NODE_EXTRA_CA_CERTS=ca.pem node scram_wampy.mjs wss://home.local:8443/ws anna password.txt

import { createRequire } from 'node:module';
import { secret } from './login.mjs';
import { Exchange } from './scram_exchange.mjs';

const { Wampy } = createRequire(import.meta.url)('wampy');

const [url, authid, file] = process.argv.slice(2);
const exchange = new Exchange(authid, secret(file));
const client = new Wampy(url, {
  ws: WebSocket,
  realm: 'home',
  authid,
  authmethods: ['scram'],
  authMode: 'auto',
  authextra: { nonce: exchange.nonce },
  authPlugins: { scram: (_method, extra) => exchange.prove(extra) },
  autoReconnect: false,
});

try {
  const details = await client.connect();
  exchange.verify(details.authextra);
  console.log(`I am ${details.authid}, as ${details.authrole}, by ${details.authmethod}`);
  await client.disconnect();
} catch (error) {
  console.log(`not let in: ${error.errorUri ?? error.message}`);
  process.exitCode = 1;
  await client.abort();
}
