// Uses stock autobahn-js: calls and events through the router in one serializer, each step printed as a line of JSON.
// Usage: node autobahn_js_client.cjs URL REALM SERIALIZER AUTHID SECRET
'use strict';
const autobahn = require('autobahn');

const [url, realm, serializer, authid, secret] = process.argv.slice(2);
const SERIALIZERS = {
  json: () => new autobahn.serializer.JSONSerializer(),
  msgpack: () => new autobahn.serializer.MsgpackSerializer(),
  cbor: () => new autobahn.serializer.CBORSerializer(),
};
const say = (what, value) => console.log(JSON.stringify({ what, value }));

const connection = new autobahn.Connection({
  transports: [{ type: 'websocket', url, serializers: [SERIALIZERS[serializer]()] }],
  realm,
  authmethods: ['wampcra'],
  authid,
  onchallenge: (_session, _method, extra) => autobahn.auth_cra.sign(secret, extra.challenge),
  max_retries: 0,
});

connection.onopen = async (session, details) => {
  try {
    say('welcome', { authid: details.authid, authmethod: details.authmethod });
    await session.register('com.example.add', ([a, b]) => a + b);
    say('sum', await session.call('com.example.add', [2, 40]));
    await session.register('com.example.echo', (args, kwargs) => new autobahn.Result(args, kwargs));
    const echo = await session.call('com.example.echo', ['text', 1.5, null, [true, { deep: 'ü' }]], { key: 'value' });
    say('echo', { args: echo.args, kwargs: echo.kwargs });
    const received = new Promise((resolve) => {
      session.subscribe('com.example.topic', (args, kwargs, event) => resolve({ args, kwargs, topic: event.topic }));
    });
    await session.publish('com.example.topic', ['hello'], { n: 7 }, { acknowledge: true, exclude_me: false });
    say('event', await received);
    await session.call('com.example.nowhere').catch((error) => say('error', error.error));
    connection.close();
  } catch (error) {
    say('failed', String(error && (error.error || error.stack)));
    process.exit(1);
  }
};
connection.onclose = (reason, details) => {
  say('closed', { reason, details: details && details.reason });
  return true;
};
connection.open();
