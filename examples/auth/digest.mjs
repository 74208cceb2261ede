// HTTP Digest on the WebSocket's own request (RFC 7616, SHA-256): the password itself does not travel.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node digest.mjs wss://home.local:8443/ws anna password.txt

import { createHash, randomBytes } from 'node:crypto';
import { secret } from './login.mjs';
import { join, originOf } from './session.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Ask for something that needs a login, and return the parameters of the Digest challenge. */
async function challenge(origin) {
  const { headers } = await fetch(`${origin}/auth/ticket`, { method: 'POST' });
  const offered = /Digest ([^]*?)(?=, Basic|$)/.exec(headers.get('WWW-Authenticate'))?.[1];
  if (!offered) throw new Error('the hub offers no Digest');
  return Object.fromEntries([...offered.matchAll(/(\w+)="?([^",]+)"?/g)].map(([, name, value]) => [name, value]));
}

const [url, name, file] = process.argv.slice(2);
const target = new URL(url).pathname;
const { realm, nonce } = await challenge(originOf(url));
const cnonce = randomBytes(16).toString('hex');
const a1 = sha256(`${name}:${realm}:${secret(file)}`);
const response = sha256(`${a1}:${nonce}:00000001:${cnonce}:auth:${sha256(`GET:${target}`)}`);
const field =
  `Digest username="${name}", realm="${realm}", nonce="${nonce}", uri="${target}", algorithm=SHA-256, ` +
  `qop=auth, nc=00000001, cnonce="${cnonce}", response="${response}"`;
await join(url, { Authorization: field, Origin: originOf(url) });
