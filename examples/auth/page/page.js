// A page of one's own, served by the hub at /own: it logs in by a password (and a code, where the account asks for one),
// by a passkey, or at a provider. Whichever it was, what is left is the cookie, and the WebSocket comes in by that.

const BASE = '/auth'; // the path of type `login`
const HELLO = 1, WELCOME = 2;
const element = (id) => document.getElementById(id);

async function post(path, value = {}) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(BASE + path, { method: 'POST', headers, body: JSON.stringify(value) });
  const found = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(found.error), found);
  return found;
}

/** Log in with what the form says; ask for a code where there is need of one. */
async function byPassword(form) {
  const { username, password, code } = Object.fromEntries(new FormData(form));
  try {
    await post('/login', code ? { username, password, code } : { username, password });
  } catch (error) {
    if (error.needs === 'code') form.code.parentElement.hidden = false;
    throw error;
  }
}

/** Log in with a passkey. Opening the login page leaves the cookie that ties the challenge to this browser. */
async function byPasskey() {
  await fetch(`${BASE}/login`);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await post('/passkeys/challenge'));
  const credential = await navigator.credentials.get({ publicKey });
  await post('/passkeys/login', { credential: credential.toJSON() });
}

/** Make a passkey on this device; needs a login of the last ten minutes. */
async function addPasskey(name) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await post('/passkeys/new'));
  const credential = await navigator.credentials.create({ publicKey });
  await post('/passkeys/add', { credential: credential.toJSON(), name });
}

/** Open a WebSocket, which the cookie lets in; return the details of WELCOME. */
function join() {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://${location.host}/ws`, 'wamp.2.json');
    socket.onopen = () => socket.send(JSON.stringify([HELLO, 'home', { roles: { caller: {} }, authmethods: ['cookie'] }]));
    socket.onerror = () => reject(new Error('there is no WebSocket'));
    socket.onmessage = ({ data }) => {
      const [type, ...rest] = JSON.parse(data);
      if (type === WELCOME) resolve(rest[1]);
      else reject(new Error(rest[0].message));
    };
  });
}

/** Show who is here, or how to log in. */
async function show() {
  const { authid } = await (await fetch(`${BASE}/session`)).json();
  for (const id of ['password', 'passkey', 'provider']) element(id).hidden = authid !== null;
  for (const id of ['add', 'leave']) element(id).hidden = authid === null;
  const details = authid === null ? null : await join();
  say(details ? `I am ${details.authid}, as ${details.authrole}, by ${details.authmethod}` : 'Please log in.');
}

const say = (text) => { document.querySelector('output').textContent = text; };

/** Do something, and show what came of it. */
const then = (act) => async (event) => {
  event.preventDefault();
  try {
    await act(event.target);
    await show();
  } catch (error) {
    say(error.message);
  }
};

element('password').addEventListener('submit', then(byPassword));
element('passkey').addEventListener('click', then(byPasskey));
element('add').addEventListener('click', then(() => addPasskey('a page of my own')));
element('leave').addEventListener('click', then(() => post('/logout')));
await show();
