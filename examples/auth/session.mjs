// What all these examples do once they know how to log in: join the realm, say who they are, leave. WAMP needs no
// library for so little: HELLO, WELCOME, GOODBYE.

const HELLO = 1, WELCOME = 2, GOODBYE = 6;

/** Open a WebSocket with these header fields, and join the realm `home` on it. Node's own WebSocket takes headers. */
export function join(url, headers = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { protocols: ['wamp.2.json'], headers });
    socket.onopen = () => socket.send(JSON.stringify([HELLO, 'home', { roles: { caller: {} } }]));
    socket.onerror = () => reject(new Error('the hub refused the WebSocket'));
    socket.onmessage = ({ data }) => {
      const [type, , details] = JSON.parse(data);
      if (type === WELCOME) {
        console.log(`logged in as ${details.authid} (${details.authrole}) by ${details.authmethod}`);
        socket.send(JSON.stringify([GOODBYE, {}, 'wamp.close.normal']));
      } else if (type === GOODBYE) {
        socket.close();
        resolve();
      } else {
        socket.close();
        reject(new Error(`refused: ${data}`));
      }
    };
  });
}

/** The origin of the hub's own pages: a login that browsers send by themselves has to name it. */
export const originOf = (url) => `https://${new URL(url).host}`;

/** The password, from WAMPI_PASSWORD. */
export const password = () => process.env.WAMPI_PASSWORD ?? '';
