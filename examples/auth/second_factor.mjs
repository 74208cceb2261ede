// A password and a code: WAMP-CRA, and then a second CHALLENGE with the method `totp`, since HELLO says that this client
// can answer it. An account without a second factor is let in after the first.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node second_factor.mjs wss://home.local:8443/ws anna password.txt

import { createHmac, pbkdf2Sync } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { logIn, open, secret } from './login.mjs';

const [url, authid, file] = process.argv.slice(2);

/** What somebody types in. */
async function typed(question) {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

function answer(method, { challenge, salt, iterations, keylen }) {
  if (method === 'totp') return typed('Code: ');
  const key = pbkdf2Sync(secret(file), salt, iterations, keylen, 'sha256').toString('base64');
  return createHmac('sha256', key).update(challenge).digest('base64');
}

await logIn(open(url), { authid, authmethods: ['wampcra', 'totp'] }, answer);
