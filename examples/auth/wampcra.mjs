// WAMP-CRA: sign a challenge with a key that is derived from the password.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node wampcra.mjs wss://home.local:8443/ws anna password.txt

import { createHmac, pbkdf2Sync } from 'node:crypto';
import { logIn, open, secret } from './login.mjs';

const [url, authid, file] = process.argv.slice(2);

/** Sign the challenge as it came; a password is salted and stretched, the random key of a device is not. */
function sign(_method, { challenge, salt, iterations, keylen }) {
  const password = secret(file);
  const key = salt ? pbkdf2Sync(password, salt, iterations, keylen, 'sha256').toString('base64') : password;
  return createHmac('sha256', key).update(challenge).digest('base64');
}

await logIn(open(url), { authid, authmethods: ['wampcra'] }, sign);
