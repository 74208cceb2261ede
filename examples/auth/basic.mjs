// HTTP Basic on the WebSocket's own request (RFC 7617).
//
//     WAMPI_PASSWORD=... NODE_EXTRA_CA_CERTS=ca.pem node basic.mjs wss://home.local:8443/ws anna

import { join, originOf, password } from './session.mjs';

const [url, name] = process.argv.slice(2);
const pair = Buffer.from(`${name}:${password()}`).toString('base64');
await join(url, { Authorization: `Basic ${pair}`, Origin: originOf(url) });
