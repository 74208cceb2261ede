// Logging in over HTTPS first: the cookie that comes back admits the WebSocket, for hours and without the password.
//
//     WAMPI_PASSWORD=... NODE_EXTRA_CA_CERTS=ca.pem node cookie.mjs wss://home.local:8443/ws anna

import { join, originOf, password } from './session.mjs';

const [url, username] = process.argv.slice(2);
const Origin = originOf(url);
const headers = { 'Content-Type': 'application/json', Origin };

const body = JSON.stringify({ username, password: password() });
const answer = await fetch(`${Origin}/auth/login`, { method: 'POST', headers, body });
if (!answer.ok) throw new Error((await answer.json()).error);
const [Cookie] = answer.headers.getSetCookie()[0].split(';');

await join(url, { Cookie, Origin });
await fetch(`${Origin}/auth/logout`, { method: 'POST', headers: { ...headers, Cookie }, body: '{}' });
