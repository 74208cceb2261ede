import './globals.js';
import autobahn from 'autobahn';
import { show } from '../features.cjs';

/** Return all that the features say, for one serializer. */
globalThis.run = async (where) => {
  const said = [];
  const say = (what, value) => said.push({ what, value });
  await show(autobahn, where, say).catch((error) => say('failed', String(error && (error.error || error.stack || error))));
  return said;
};
