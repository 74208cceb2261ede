// WAMP-SCRAM: prove that you know the password, and have the hub prove that it knows you.
// No binding to the TLS connection: Node's WebSocket does not hand out its socket.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node scram.mjs wss://home.local:8443/ws anna password.txt

import { logIn, open, secret } from './login.mjs';
import { Exchange } from './scram_exchange.mjs';

const [url, authid, file] = process.argv.slice(2);
const exchange = new Exchange(authid, secret(file));
const details = { authid, authmethods: ['wamp-scram'], authextra: { nonce: exchange.nonce } };

/** The proof repeats the nonce of both sides (advanced profile, "WAMP-SCRAM"). */
const prove = (_method, extra) => [exchange.prove(extra), { nonce: extra.nonce }];

await logIn(open(url), details, prove, (authextra) => exchange.verify(authextra));
