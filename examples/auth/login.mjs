// What these examples have in common: log in within WAMP, with an answer for each CHALLENGE; say who one is; leave.
// WAMP needs no library for so little: HELLO, CHALLENGE, AUTHENTICATE, WELCOME, GOODBYE.

import { readFileSync } from 'node:fs';

const NO_SOCKET = 'no WebSocket: the hub is not there, is not trusted (NODE_EXTRA_CA_CERTS), or has refused the login';
const HELLO = 1, WELCOME = 2, CHALLENGE = 4, AUTHENTICATE = 5, GOODBYE = 6;

/**
 * Join the realm `home` with these details of HELLO. `answer` is given the method and the extra of each CHALLENGE, and
 * returns the signature, or signature and extra; `verify` looks at what WELCOME brings, and throws for a false hub.
 * `socket` is an open WebSocket or one that is about to be.
 */
export function logIn(socket, details, answer = () => { throw new Error('the hub asks for more'); }, verify = () => {}) {
  const send = (...message) => socket.send(JSON.stringify(message));
  return new Promise((resolve, reject) => {
    const fail = (error) => { socket.close(); reject(error); };
    socket.onopen = () => send(HELLO, 'home', { roles: { caller: {} }, ...details });
    socket.onerror = () => reject(new Error(NO_SOCKET));
    socket.onmessage = async ({ data }) => {
      const [type, ...rest] = JSON.parse(data);
      try {
        if (type === CHALLENGE) {
          const [signature, extra = {}] = [await answer(...rest)].flat();
          send(AUTHENTICATE, signature, extra);
        } else if (type === WELCOME) {
          const { authid, authrole, authmethod, authextra = {} } = rest[1];
          verify(authextra);
          console.log(`I am ${authid}, as ${authrole}, by ${authmethod}`);
          send(GOODBYE, {}, 'wamp.close.normal');
        } else if (type === GOODBYE) {
          socket.close();
          resolve();
        } else {
          console.log(`not let in: ${rest[0].message} (${rest[1]})`);
          process.exitCode = 1;
          socket.close();
          resolve();
        }
      } catch (error) {
        fail(error);
      }
    };
  });
}

/** Open a WebSocket with these header fields; whom it trusts besides is in NODE_EXTRA_CA_CERTS. */
export function open(url, headers = {}) {
  if (typeof WebSocket === 'undefined') throw new Error('this needs Node 22 or newer, which has WebSocket');
  return new WebSocket(url, { protocols: ['wamp.2.json'], headers });
}

/** The first line of a file: what stands on a command line, others can read. */
export const secret = (file) => readFileSync(file, 'utf-8').split('\n')[0];

process.on('uncaughtException', ({ message, cause }) => {
  console.error(cause ? `${message} (${cause.code ?? cause.message})` : message.split('\n')[0]);
  process.exit(1);
});
