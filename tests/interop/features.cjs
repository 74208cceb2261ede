// What autobahn-js sees of the router, in Node and in a browser: each step is told to `say` as a name and a value.
// The procedures under com.example.helper are those of helper.py.

const PAYLOAD = ['text', 1.5, null, [true, { deep: 'ü' }]];

/** Bytes as a list of numbers: JSON carries them as U+0000 and base64. */
const listed = (bytes) => typeof bytes === 'string'
  ? Array.from(atob(bytes.slice(1)), (character) => character.charCodeAt(0))
  : Array.from(bytes);

const connect = (autobahn, { url, realm, authid, secret }, serializer) => new Promise((resolve, reject) => {
  const connection = new autobahn.Connection({
    // its long-poll speaks JSON alone
    transports: [url.startsWith('http') ? { type: 'longpoll', url } : { type: 'websocket', url, serializers: [serializer] }],
    realm,
    authmethods: ['wampcra'],
    authid,
    onchallenge: (_session, _method, extra) => autobahn.auth_cra.sign(secret, extra.challenge),
    max_retries: 0,
    // native promises, with the one method more that autobahn calls
    use_deferred: () => {
      const deferred = {};
      deferred.promise = new Promise((settle, fail) => Object.assign(deferred, { resolve: settle, reject: fail }));
      deferred.notify = (value) => deferred.promise.onProgress?.(value);
      return deferred;
    },
  });
  let close = ({ reason, details }) => reject(new Error(`${reason}: ${details}`));
  connection.onclose = (reason, details) => { close({ reason, details: details && details.reason }); return true; };
  connection.onopen = (session, details) => {
    const closed = new Promise((settle) => { close = settle; });
    resolve({ connection, session, details, closed });
  };
  connection.open();
});

const failure = (promise) => promise.then((value) => ({ value }), ({ error, args, kwargs }) => ({ error, args, kwargs }));

/** Show everything; the second session speaks MessagePack, so that what goes between the two is converted. */
async function show(autobahn, where, say) {
  const serializers = {
    json: () => new autobahn.serializer.JSONSerializer(),
    msgpack: () => new autobahn.serializer.MsgpackSerializer(),
    cbor: () => new autobahn.serializer.CBORSerializer(),
  };
  const { connection, session, details, closed } = await connect(autobahn, where, serializers[where.serializer]());
  const other = await connect(autobahn, where, serializers.msgpack());
  say('welcome', { authid: details.authid, authmethod: details.authmethod });
  const shown = (async () => {
    await calls(autobahn, session, other.session, where.serializer, say);
    await events(session, other, say);
    connection.close();
  })();
  // calls never end on a lost connection
  await Promise.race([shown, closed]);
  say('closed', (await closed).details);
}

async function calls(autobahn, session, other, serializer, say) {
  const sum = await session.register('com.example.add', ([a, b]) => a + b);
  say('sum', await session.call('com.example.add', [2, 40]));
  await other.register('com.example.echo', (args, kwargs) => new autobahn.Result(args, kwargs));
  const echo = await session.call('com.example.echo', PAYLOAD, { key: 'value' });
  say('echo', { args: echo.args, kwargs: echo.kwargs });
  const bytes = serializer === 'json' ? '\u0000AIB//w==' : new Uint8Array([0, 128, 127, 255]);
  say('bytes', listed(await session.call('com.example.echo', [bytes])));

  const call = session.call('com.example.helper.count', [3], {}, { receive_progress: true });
  const progress = [];
  call.onProgress = (value) => progress.push(value);
  say('progress', [await call, progress]);
  const slow = session.call('com.example.helper.slow');
  slow.cancel({ mode: 'kill' });
  say('canceled', (await failure(slow)).error);
  say('timeout', (await failure(session.call('com.example.helper.slow', [], {}, { timeout: 50 }))).error);

  await other.register('com.example.fail', () => { throw new autobahn.Error('com.example.broken', [1, 'two'], { n: 3 }); });
  say('error', await failure(session.call('com.example.fail')));
  say('nobody', (await failure(session.call('com.example.nowhere'))).error);
  say('taken', (await failure(other.register('com.example.add', () => 0))).error);

  await other.register('com.example.any', (_args, _kwargs, { procedure }) => procedure, { match: 'prefix' });
  say('pattern', await session.call('com.example.any.thing'));
  await session.register('com.example.turns', () => 'one', { invoke: 'roundrobin' });
  await other.register('com.example.turns', () => 'other', { invoke: 'roundrobin' });
  const turns = [];
  for (let n = 0; n < 4; n += 1) turns.push(await session.call('com.example.turns'));
  say('turns', turns);
  await other.register('com.example.who', (_args, _kwargs, { caller }) => caller);
  say('caller', (await session.call('com.example.who', [], {}, { disclose_me: true })) === session.id);

  const found = await session.call('wamp.registration.match', ['com.example.add']);
  say('registration', found === sum.id && await session.call('wamp.registration.count_callees', [found]));
  say('session', (await session.call('wamp.session.get', [other.id])).authid);
  await session.unregister(sum);
  say('unregistered', (await failure(session.call('com.example.add', [2, 40]))).error);
}

async function events(session, other, say) {
  const told = [];
  const wait = (count) => new Promise((resolve) => {
    const check = () => (told.length >= count ? resolve(told.splice(0)) : setTimeout(check, 5));
    check();
  });
  const keep = (args, kwargs, { topic, retained, publisher }) => told.push({ args, kwargs, topic, retained, publisher });
  const sure = { acknowledge: true };

  const exact = await session.subscribe('com.example.topic', keep);
  await session.publish('com.example.topic', ['mine']);
  await session.publish('com.example.topic', ['hello'], { n: 7 }, { ...sure, exclude_me: false });
  say('event', (await wait(1)).map(({ args, kwargs, topic }) => ({ args, kwargs, topic })));
  await other.session.publish('com.example.topic', ['a'], {}, { ...sure, exclude: [session.id] });
  await other.session.publish('com.example.topic', ['b'], {}, { ...sure, eligible: [] });
  await other.session.publish('com.example.topic', ['c'], {}, { ...sure, eligible: [session.id], disclose_me: true });
  say('eligible', (await wait(1)).map(({ args, publisher }) => [args, publisher === other.session.id]));
  await session.unsubscribe(exact);

  await session.subscribe('com.example..changed', keep, { match: 'wildcard' });
  await other.session.publish('com.example.topic', ['unseen'], {}, sure);
  await other.session.publish('com.example.light.changed', ['on'], {}, sure);
  say('wildcard', (await wait(1)).map(({ args, topic }) => [args, topic]));

  await other.session.publish('com.example.state', ['kept'], {}, { ...sure, retain: true });
  await session.subscribe('com.example.state', keep, { get_retained: true });
  say('retained', (await wait(1)).map(({ args, retained }) => [args, retained]));
  await session.publish('wamp.session.on_join', [], {}, sure).catch(({ error }) => say('reserved', error));

  await session.subscribe('com.example.will', keep);
  await other.session.call('wamp.session.add_testament', ['com.example.will', ['gone'], {}]);
  other.connection.close();
  say('testament', (await wait(1)).map(({ args }) => args));
}

module.exports = { show };
