// The arithmetic of WAMP-SCRAM, for clients in Node (RFC 5802, section 3, with SHA-256). Argon2 needs Node 24.7.

import { argon2Sync, createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

// What a false hub would ask less of, to learn something about the password, and more of, to keep this machine busy.
const BOUNDS = { argon2id13: [1, 50, 16 * 1024, 1024 * 1024], pbkdf2: [100_000, 10_000_000, 0, 0] };

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

function argon2(message, nonce, passes, memory) {
  return argon2Sync('argon2id', { message, nonce, parallelism: 1, tagLength: 32, memory, passes });
}

/** One login: `nonce` is for HELLO, `prove` answers the challenge, `verify` looks at what WELCOME brings. */
export class Exchange {
  nonce = randomBytes(18).toString('base64');
  #expected = Buffer.alloc(0);
  #authid;
  #password;

  constructor(authid, password) {
    this.#authid = authid;
    this.#password = password.normalize('NFKC');
  }

  /** The proof that this side knows the password. */
  prove(extra) {
    if (!extra.nonce.startsWith(this.nonce)) throw new Error('the challenge is for somebody else');
    const salted = this.#stretch(extra);
    const name = this.#authid.replaceAll('=', '=3D').replaceAll(',', '=2C');
    const serverFirst = `r=${extra.nonce},s=${extra.salt},i=${extra.iterations}`;
    const message = `n=${name},r=${this.nonce},${serverFirst},c=biws,r=${extra.nonce}`;
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
    this.#expected = hmac(hmac(salted, 'Server Key'), message);
    return clientKey.map((byte, index) => byte ^ signature[index]).toString('base64');
  }

  /** Only who has what the hub keeps of this password can have made this. */
  verify({ verifier = '' } = {}) {
    const given = Buffer.from(verifier, 'base64');
    const is = given.length === this.#expected.length && timingSafeEqual(given, this.#expected);
    if (!is) throw new Error('this is not the hub');
  }

  /** The salted password. Autobahn's dialect, which has a hyphen in the name of Argon2, takes its text for its bytes. */
  #stretch({ kdf, salt, iterations, memory }) {
    const [least, most, leastMemory, mostMemory] = BOUNDS[kdf.replace('-', '')] ?? [1, 0];
    const [kib, bytes] = [memory ?? 0, Buffer.from(salt, 'base64')];
    if (!(iterations >= least && iterations <= most && kib >= leastMemory && kib <= mostMemory)) {
      throw new Error('the hub asks for a derivation that it should not ask for');
    }
    if (kdf === 'pbkdf2') return pbkdf2Sync(this.#password, bytes, iterations, 32, 'sha256');
    const derived = argon2(this.#password, bytes, iterations, kib);
    return kdf === 'argon2id13' ? derived : derived.toString('base64').replaceAll('=', '');
  }
}
