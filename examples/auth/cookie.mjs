// Logging in over HTTPS first: the cookie that comes back admits the WebSocket, for hours and without the password.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node cookie.mjs wss://home.local:8443/ws anna password.txt

import { secret } from './login.mjs';
import { join, originOf, post } from './session.mjs';

const [url, username, file] = process.argv.slice(2);
const Origin = originOf(url);
const answer = await post(`${Origin}/auth/login`, { Origin }, { username, password: secret(file) });
const [Cookie] = answer.headers.getSetCookie()[0].split(';');

await join(url, { Cookie, Origin });
await post(`${Origin}/auth/logout`, { Cookie, Origin }); // the cookie is worth nothing from then on
