// A TLS client certificate: the connection itself says who this is. The WebSocket is that of the package `ws`, which,
// unlike Node's own, can show one.
//
//     npm install ws
//     node certificate.mjs wss://home.local:8443/ws ca.pem laptop.pem

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { logIn } from './login.mjs';

const { WebSocket } = createRequire(import.meta.url)('ws');

const [url, caFile, certificateFile] = process.argv.slice(2);
const pem = readFileSync(certificateFile); // the certificate and its private key
const socket = new WebSocket(url, 'wamp.2.json', { ca: readFileSync(caFile), cert: pem, key: pem });
await logIn(socket, { authmethods: ['tls'] });
