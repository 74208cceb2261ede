// A provider on loopback: node provider.js CERTIFICATE KEY PORT REDIRECT_URI. Its only user is whoever types a name.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { generateKeyPairSync } from 'node:crypto'
import { Provider } from 'oidc-provider'

const [certificate, key, port, redirectUri] = process.argv.slice(2)
const issuer = `https://localhost:${port}`
const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'hub',
      client_secret: 'a secret of the hub & nobody else',
      redirect_uris: [redirectUri],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [{ ...signing, use: 'sig', alg: 'ES256', kid: 'one' }] },
  cookies: { keys: ['a key for the cookies of this test'] },
  pkce: { required: () => true },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
})

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, provider.callback()).listen(
  Number(port),
  '127.0.0.1',
  () => console.log('listening'),
)
