// What the examples have in common that log in over HTTPS, or by header fields of the request that becomes the WebSocket.

import { logIn, open } from './login.mjs';

/** Open a WebSocket with these header fields, and join the realm `home` on it: HELLO names no method. */
export const join = (url, headers = {}) => logIn(open(url, headers), {});

/** The origin of the hub's own pages: a login that browsers send by themselves has to name it. */
export const originOf = (url) => `https://${new URL(url).host}`;

/** POST JSON; a refusal ends the program, with the hub's own words. */
export async function post(url, headers, value = {}) {
  const fields = { 'Content-Type': 'application/json', ...headers };
  const answer = await fetch(url, { method: 'POST', headers: fields, body: JSON.stringify(value) });
  if (!answer.ok) throw new Error(`not let in: ${(await answer.json()).error}`);
  return answer;
}
