// WAMP ticket: send a token, which `wampi token add` has made.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node ticket.mjs wss://home.local:8443/ws anna token.txt

import { logIn, open, secret } from './login.mjs';

const [url, authid, file] = process.argv.slice(2);
await logIn(open(url), { authid, authmethods: ['ticket'] }, () => secret(file));
