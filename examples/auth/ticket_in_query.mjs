// A ticket in the query, for clients that can set nothing but the address: good for one WebSocket and half a minute.
//
//     WAMPI_PASSWORD=... NODE_EXTRA_CA_CERTS=ca.pem node ticket_in_query.mjs wss://home.local:8443/ws anna

import { join, originOf, password } from './session.mjs';

const [url, name] = process.argv.slice(2);
const Authorization = `Basic ${Buffer.from(`${name}:${password()}`).toString('base64')}`;
const headers = { 'Content-Type': 'application/json', Authorization };

const body = JSON.stringify({ realm: 'home' });
const answer = await fetch(`${originOf(url)}/auth/ticket`, { method: 'POST', headers, body });
if (!answer.ok) throw new Error((await answer.json()).error);
const { ticket } = await answer.json();

await join(`${url}?ticket=${ticket}`);
