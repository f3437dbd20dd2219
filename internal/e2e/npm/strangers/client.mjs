// Token requests of two OAuth clients, private_key_jwt, with their own fetch:
//   node client.mjs openid-client|oauth4webapi  <cases.json  >answers.json
//   case:   {name, alg, key, public, endpoint, client_id, header, claims, form, basic, cookie}
//   answer: {name, status, error}
// Header and claims go in by their hook: what is given replaces what the library
// put there, the rest stays. HS256 is client_secret_jwt, the secret being the
// public key. form holds further parameters; basic adds an Authorization header,
// cookie a Cookie header.
import { readFileSync } from 'node:fs'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

function authentication(library, it, key) {
  const hook = {
    [library.modifyAssertion](header, payload) {
      Object.assign(header, it.header)
      Object.assign(payload, it.claims)
    },
  }
  const jwt = it.alg === 'HS256' ? library.ClientSecretJwt(readFileSync(it.public, 'utf8'), hook) : library.PrivateKeyJwt(key, hook)
  return async (server, client, body, headers) => {
    if (it.basic) await library.ClientSecretBasic('not a secret')(server, client, body, headers)
    if (it.cookie) headers.set('cookie', 'JSESSIONID=0')
    await jwt(server, client, body, headers)
  }
}

const grants = {
  async 'openid-client'(it, key, fetch) {
    const server = { issuer: new URL(it.endpoint).origin, token_endpoint: it.endpoint }
    const config = new openid.Configuration(server, it.client_id, {}, authentication(openid, it, key))
    config[openid.customFetch] = fetch
    return openid.clientCredentialsGrant(config, it.form ?? {})
  },
  async oauth4webapi(it, key, fetch) {
    const server = { issuer: new URL(it.endpoint).origin, token_endpoint: it.endpoint }
    const client = { client_id: it.client_id }
    const options = { [oauth.customFetch]: fetch }
    const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication(oauth, it, key), it.form ?? {}, options)
    return oauth.processClientCredentialsResponse(server, client, answer)
  },
}

const answers = []
for (const it of JSON.parse(readFileSync(0, 'utf8'))) {
  let status = 0
  const watched = async (url, options) => {
    const answer = await fetch(url, options)
    status = answer.status
    return answer
  }
  try {
    const key = it.alg === 'HS256' ? null : await jose.importPKCS8(readFileSync(it.key, 'utf8'), it.alg)
    const { access_token } = await grants[process.argv[2]](it, key, watched)
    answers.push({ name: it.name, status, error: access_token ? '' : 'no access_token' })
  } catch (error) {
    answers.push({ name: it.name, status, error: `${error} ${error.error ?? ''}` })
  }
}
console.log(JSON.stringify(answers))
