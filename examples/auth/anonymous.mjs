// Anonymous: no login at all, where the configuration allows it.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node anonymous.mjs wss://home.local:8443/ws

import { logIn, open } from './login.mjs';

await logIn(open(process.argv[2]), { authmethods: ['anonymous'] });
