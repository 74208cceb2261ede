// A ticket in the query, for clients that can set nothing but the address: good for one WebSocket and half a minute.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node ticket_in_query.mjs wss://home.local:8443/ws anna password.txt

import { secret } from './login.mjs';
import { join, originOf, post } from './session.mjs';

const [url, name, file] = process.argv.slice(2);
const Authorization = `Basic ${Buffer.from(`${name}:${secret(file)}`).toString('base64')}`;
const answer = await post(`${originOf(url)}/auth/ticket`, { Authorization }, { realm: 'home' });
const { ticket } = await answer.json();

await join(`${url}?ticket=${ticket}`);
