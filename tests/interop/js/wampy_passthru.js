// Uses stock wampy.js in payload passthru mode: a call and an event through the router, each step printed as a line of JSON.
// Usage: node wampy_passthru.js URL REALM SERIALIZER AUTHID SECRET
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
    payloadSerializers: { json: new JsonSerializer(), msgpack: new MsgpackSerializer(), cbor: new CborSerializer() },
    authid,
    authmethods: ['wampcra'],
    authMode: 'auto',
    authPlugins: { wampcra: sign(secret) },
    autoReconnect: false,
  });
  await client.connect();
  return client;
};

async function main() {
  const client = await connect();
  const other = await connect();
  // What wampy.js writes in JSON has no form for the bytes of another serializer.
  const inside = serializer === 'json' ? ['native', 'json'] : ['native', 'json', 'msgpack', 'cbor'];
  await client.register('com.example.sealed', ({ argsList, argsDict, details }) => ({
    argsList,
    argsDict: { ...argsDict, keyid: details.ppt_keyid },
    options: { ppt_scheme: details.ppt_scheme, ppt_serializer: details.ppt_serializer },
  }));
  let receive;
  await client.subscribe('com.example.sealed', (event) => receive(event));
  for (const ppt_serializer of inside) {
    const options = { ppt_scheme: 'x_own', ppt_serializer, ppt_keyid: 'a key' };
    const payload = { argsList: ['text', [1.5, null]], argsDict: { n: 7 } };
    const result = await other.call('com.example.sealed', payload, options);
    say(`result ${ppt_serializer}`, { args: result.argsList, kwargs: result.argsDict });
    const received = new Promise((resolve) => { receive = resolve; });
    await other.publish('com.example.sealed', payload, options);
    const event = await received;
    say(`event ${ppt_serializer}`, { args: event.argsList, kwargs: event.argsDict, scheme: event.details.ppt_scheme });
  }
  await other.disconnect();
  await client.disconnect();
}

main().then(() => process.exit(0), (error) => {
  say('failed', String(error && (error.errorUri || error.stack || error)));
  process.exit(1);
});
