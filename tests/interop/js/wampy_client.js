// Uses stock wampy.js: calls and events through the router in one serializer, each step printed as a line of JSON.
// Usage: node wampy_client.js URL REALM SERIALIZER AUTHID SECRET
import { Wampy } from 'wampy';
import { CborSerializer } from 'wampy/CborSerializer.js';
import { JsonSerializer } from 'wampy/JsonSerializer.js';
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js';
import { sign } from 'wampy/wampcra.js';

const [url, realm, serializer, authid, secret] = process.argv.slice(2);
const SERIALIZERS = { json: JsonSerializer, msgpack: MsgpackSerializer, cbor: CborSerializer };
const say = (what, value) => console.log(JSON.stringify({ what, value }));

const connect = async () => {
  const client = new Wampy(url, {
    ws: WebSocket,
    realm,
    serializer: new SERIALIZERS[serializer](),
    authid,
    authmethods: ['wampcra'],
    authMode: 'auto',
    authPlugins: { wampcra: sign(secret) },
    autoReconnect: false,
  });
  return [client, await client.connect()];
};

async function main() {
  const [client, welcome] = await connect();
  const [other] = await connect();
  say('welcome', { authid: welcome.authid, authmethod: welcome.authmethod });

  await client.register('com.example.add', ({ argsList: [a, b] }) => ({ argsList: [a + b] }));
  say('sum', (await client.call('com.example.add', [2, 40])).argsList[0]);

  await client.register('com.example.echo', ({ argsList, argsDict }) => ({ argsList, argsDict }));
  const echo = await client.call('com.example.echo', {
    argsList: ['text', 1.5, null, [true, { deep: 'ü' }]],
    argsDict: { key: 'value' },
  });
  say('echo', { args: echo.argsList, kwargs: echo.argsDict });

  let receive;
  const received = new Promise((resolve) => { receive = resolve; });
  await client.subscribe('com.example..changed', receive, { match: 'wildcard' });
  await other.publish('com.example.wampy.changed', { argsList: ['hello'], argsDict: { n: 7 } });
  const event = await received;
  say('event', { args: event.argsList, kwargs: event.argsDict, topic: event.details.topic });

  await other.register('com.example.slow', () => new Promise(() => {}));
  const slow = client.call('com.example.slow').catch((error) => error.errorUri);
  client.cancel(client.getOpStatus().reqId, { mode: 'skip' });
  say('canceled', await slow);

  await client.call('com.example.nowhere').catch((error) => say('error', error.errorUri));
  await other.disconnect();
  await client.disconnect();
  say('closed', client.getOpStatus().code);
}

main().then(() => process.exit(0), (error) => {
  say('failed', String(error && (error.errorUri || error.stack || error)));
  process.exit(1);
});
