// A bearer token on the WebSocket's own request (RFC 6750), for scripts; `wampi token add` makes one.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node bearer.mjs wss://home.local:8443/ws token.txt

import { secret } from './login.mjs';
import { join } from './session.mjs';

const [url, tokenFile] = process.argv.slice(2);
await join(url, { Authorization: `Bearer ${secret(tokenFile)}` });
