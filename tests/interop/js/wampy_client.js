// Uses stock wampy.js: each step is printed as a line of JSON.
// Usage: node wampy_client.js URL REALM SERIALIZER AUTHID SECRET
// The procedures under com.example.helper are those of helper.py.
import { Wampy } from 'wampy';
import { CborSerializer } from 'wampy/CborSerializer.js';
import { JsonSerializer } from 'wampy/JsonSerializer.js';
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js';
import { sign } from 'wampy/wampcra.js';

const [url, realm, serializer, authid, secret] = process.argv.slice(2);
const SERIALIZERS = { json: JsonSerializer, msgpack: MsgpackSerializer, cbor: CborSerializer };
const say = (what, value) => console.log(JSON.stringify({ what, value }));

const connect = async (name) => {
  const client = new Wampy(url, {
    ws: WebSocket,
    realm,
    serializer: new SERIALIZERS[name](),
    authid,
    authmethods: ['wampcra'],
    authMode: 'auto',
    authPlugins: { wampcra: sign(secret) },
    autoReconnect: false,
  });
  return [client, await client.connect()];
};

const failure = (promise) => promise.then((value) => ({ value }), ({ errorUri, argsList, argsDict }) => (
  { error: errorUri, args: argsList, kwargs: argsDict }
));
/** A session id; msgpackr reads it as a BigInt, and wampy.js does not take that back. */
const idOf = (client) => Number(client.getSessionId());
const only = async (promise) => (await promise).argsList[0];

/** Bytes as a list of numbers: JSON carries them as U+0000 and base64, and wampy.js leaves that to its user. */
const listed = (bytes) => Array.from(typeof bytes === 'string' ? Buffer.from(bytes.slice(1), 'base64') : bytes);

async function calls(client, other) {
  await client.register('com.example.add', ({ argsList: [a, b] }) => ({ argsList: [a + b] }));
  say('sum', await only(client.call('com.example.add', [2, 40])));
  await other.register('com.example.echo', ({ argsList, argsDict }) => ({ argsList, argsDict }));
  const payload = { argsList: ['text', 1.5, null, [true, { deep: 'ü' }]], argsDict: { key: 'value' } };
  const echo = await client.call('com.example.echo', payload);
  say('echo', { args: echo.argsList, kwargs: echo.argsDict });
  const bytes = serializer === 'json' ? '\u0000AIB//w==' : new Uint8Array([0, 128, 127, 255]);
  say('bytes', listed(await only(client.call('com.example.echo', [bytes]))));

  const progress = [];
  const count = client.call('com.example.helper.count', [3], {
    progress_callback: ({ argsList }) => { progress.push(argsList[0]); },
  });
  say('progress', [await only(count), progress]);
  const canceled = async (mode) => {
    const slow = failure(client.call('com.example.helper.slow'));
    client.cancel(client.getOpStatus().reqId, { mode });
    return (await slow).error;
  };
  say('canceled', [await canceled('skip'), await canceled('killnowait'), await canceled('kill')]);
  say('timeout', (await failure(client.call('com.example.helper.slow', null, { timeout: 50 }))).error);

  await other.register('com.example.fail', () => {
    throw Object.assign(new Error('broken'), { error: 'com.example.broken', argsList: [1, 'two'], argsDict: { n: 3 } });
  });
  say('error', await failure(client.call('com.example.fail')));
  say('nobody', (await failure(client.call('com.example.nowhere'))).error);
  say('taken', (await failure(other.register('com.example.add', () => 0))).error);

  await other.register('com.example.any', ({ details }) => ({ argsList: [details.procedure] }), { match: 'prefix' });
  say('pattern', await only(client.call('com.example.any.thing')));
  await client.register('com.example.turns', () => ({ argsList: ['one'] }), { invoke: 'roundrobin' });
  await other.register('com.example.turns', () => ({ argsList: ['other'] }), { invoke: 'roundrobin' });
  const turns = [];
  for (let n = 0; n < 4; n += 1) turns.push(await only(client.call('com.example.turns')));
  say('turns', turns);
  await other.register('com.example.who', ({ details }) => ({ argsList: [details.caller] }));
  const caller = await only(client.call('com.example.who', null, { disclose_me: true }));
  say('caller', Number(caller) === idOf(client));

  const found = await only(client.call('wamp.registration.match', ['com.example.add']));
  say('registration', await only(client.call('wamp.registration.count_callees', [found])));
  say('session', (await only(client.call('wamp.session.get', [idOf(other)]))).authid);
  await client.unregister('com.example.add');
  say('unregistered', (await failure(client.call('com.example.add', [2, 40]))).error);
}

async function events(client, other) {
  const told = [];
  let wake = () => {};
  const keep = (event) => { told.push(event); wake(); };
  const next = async () => {
    if (!told.length) await new Promise((resolve) => { wake = resolve; });
    return told.shift();
  };

  const { subscriptionKey } = await client.subscribe('com.example.topic', keep);
  await client.publish('com.example.topic', ['mine']);
  await other.publish('com.example.topic', { argsList: ['hello'], argsDict: { n: 7 } });
  const event = await next();
  say('event', [{ args: event.argsList, kwargs: event.argsDict }]);
  await client.publish('com.example.topic', ['a'], { eligible: idOf(client) });
  await other.publish('com.example.topic', ['b'], { exclude: [idOf(client)] });
  await other.publish('com.example.topic', ['c'], { eligible: idOf(client), disclose_me: true });
  const chosen = await next();
  say('eligible', [[chosen.argsList, Number(chosen.details.publisher) === idOf(other)]]);
  await client.unsubscribe(subscriptionKey, keep);

  await client.subscribe('com.example..changed', keep, { match: 'wildcard' });
  await other.publish('com.example.topic', ['unseen']);
  await other.publish('com.example.light.changed', ['on']);
  const change = await next();
  say('wildcard', [[change.argsList, change.details.topic]]);

  await client.subscribe('com.example.will', keep);
  await other.call('wamp.session.add_testament', ['com.example.will', ['gone'], {}]);
  await other.disconnect();
  say('testament', [(await next()).argsList]);
}

async function main() {
  const [client, welcome] = await connect(serializer);
  const [other] = await connect('cbor');
  say('welcome', { authid: welcome.authid, authmethod: welcome.authmethod });
  await calls(client, other);
  await events(client, other);
  await client.disconnect();
  say('closed', client.getOpStatus().code);
}

main().then(() => process.exit(0), (error) => {
  say('failed', String(error && (error.errorUri || error.stack || error)));
  process.exit(1);
});
