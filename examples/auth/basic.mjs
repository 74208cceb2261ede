// HTTP Basic on the WebSocket's own request (RFC 7617).
//
//     NODE_EXTRA_CA_CERTS=ca.pem node basic.mjs wss://home.local:8443/ws anna password.txt

import { secret } from './login.mjs';
import { join, originOf } from './session.mjs';

const [url, name, file] = process.argv.slice(2);
const pair = Buffer.from(`${name}:${secret(file)}`).toString('base64');
await join(url, { Authorization: `Basic ${pair}`, Origin: originOf(url) });
