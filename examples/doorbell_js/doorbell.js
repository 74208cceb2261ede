// The doorbell once more, in Node (22 or newer) with autobahn-js.
//
//     npm ci
//     NODE_EXTRA_CA_CERTS=ca.pem node doorbell.js wss://home.local:8443/ws doorbell doorbell.key
//
// Node's own WebSocket is used; NODE_EXTRA_CA_CERTS names the hub's local authority, which it trusts besides the
// public ones.
'use strict';

const { readFileSync } = require('node:fs');
const autobahn = require('autobahn');

const [url, authid, keyFile] = process.argv.slice(2);
const key = readFileSync(keyFile, 'ascii').trim();
const PREFIX = 'wampi.doorbell.front.';

let presses = 0;

/** A state event as docs/protocol.md has it; `state` is null when the doorbell is gone. */
function stateEvent(state, why, sequence, caller = {}) {
  return {
    kind: 'doorbell',
    id: 'front',
    name: 'Front door',
    available: state !== null,
    state,
    changed: state === null ? [] : ['presses'],
    cause: { why, authid: caller.caller_authid ?? null, authrole: caller.caller_authrole ?? null },
    fault: null,
    sequence,
    published_at: state === null ? null : Date.now() / 1000,
  };
}

async function joined(session) {
  const publishState = (why, caller) =>
    session.publish(PREFIX + 'state', [], stateEvent({ presses }, why, presses + 1, caller), {
      acknowledge: true,
      retain: true,
    });

  async function press(args, kwargs, details) {
    const visitor = args?.[0] ?? kwargs?.visitor ?? 'somebody';
    if (typeof visitor !== 'string' || visitor.length > 60) {
      throw new autobahn.Error('wamp.error.invalid_argument', ['visitor must be text of 0 to 60 characters']);
    }
    presses += 1;
    session.publish(PREFIX + 'rang', [], { visitor });
    await publishState('command', details);
    return { presses };
  }

  await session.call('wamp.session.add_testament', [PREFIX + 'state', [], stateEvent(null, 'lost', 0)], {
    publish_options: { retain: true },
  });
  await session.register(PREFIX + 'press', press);
  await publishState('start');
  console.log('joined');
}

const connection = new autobahn.Connection({
  transports: [{ type: 'websocket', url, serializers: [new autobahn.serializer.MsgpackSerializer()] }],
  realm: 'home',
  authmethods: ['wampcra'],
  authid,
  onchallenge: (_session, _method, extra) => autobahn.auth_cra.sign(key, extra.challenge),
  max_retries: -1,
  max_retry_delay: 10,
});
connection.onopen = (session) =>
  joined(session).catch((error) => {
    console.error(`cannot set up the doorbell: ${error.error ?? error}`);
    process.exit(1);
  });
connection.onclose = (reason, details) => {
  console.error(`no session: ${reason} ${details?.reason ?? ''}`);
  return false; // try again
};
connection.open();
