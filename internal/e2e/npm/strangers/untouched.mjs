// A program with a mistake: openid-client as it comes. Its assertion is for the
// issuer, says no kid, and has no scope, which goes into the form.
import { readFileSync } from 'node:fs'
import { importPKCS8 } from 'jose'
import * as client from 'openid-client'

const { NETSUITE_ACCOUNT, NETSUITE_CLIENT_ID, NETSUITE_KEY_FILE } = process.env
const issuer = `https://${NETSUITE_ACCOUNT}.suitetalk.api.netsuite.com`

const key = await importPKCS8(readFileSync(NETSUITE_KEY_FILE, 'utf8'), 'PS256')
const server = { issuer, token_endpoint: `${issuer}/services/rest/auth/oauth2/v1/token` }
const config = new client.Configuration(server, NETSUITE_CLIENT_ID, {}, client.PrivateKeyJwt(key))
try {
  await client.clientCredentialsGrant(config, { scope: 'rest_webservices' })
  console.log('a token')
} catch (error) {
  console.log(String(error))
}
