// An OAuth 2.0 authorization server that is not NetSuite: "oidc-provider" with the
// client_credentials grant, whose clients prove who they are with private_key_jwt
// (RFC 7523), over TLS on loopback.
//   node authorization-server.mjs CONFIG.json
// config: {key, cert, scope, clients: [{client_id, kid, alg, spki}]}; key and cert are files.
// It prints its issuer once it listens, then one line per token request.
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { Provider } from 'oidc-provider'

const it = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const clients = it.clients.map(({ client_id, kid, alg, spki }) => ({
  client_id,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  scope: it.scope,
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: alg,
  jwks: { keys: [{ ...createPublicKey(spki).export({ format: 'jwk' }), kid, alg, use: 'sig' }] },
}))

const server = createServer({ key: readFileSync(it.key), cert: readFileSync(it.cert) })
server.listen(0, '127.0.0.1', () => {
  const issuer = `https://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients,
    scopes: it.scope.split(' '),
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['PS256', 'ES256'] },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  })
  provider.on('grant.success', (ctx) => console.log('granted to', ctx.oidc.client.clientId))
  provider.on('grant.error', (ctx, error) => console.log('refused:', error.error, error.error_detail ?? error.error_description))
  provider.on('server_error', (ctx, error) => console.log('failed:', error))
  server.on('request', provider.callback())
  console.log(`issuer ${issuer}`)
})
