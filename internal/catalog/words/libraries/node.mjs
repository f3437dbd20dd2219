// jose 6.2.18: npm install jose@6.2.18 (Node.js 20 or newer; save the file as netsuite.mjs)
import { readFileSync } from 'node:fs'
import { SignJWT, importPKCS8 } from 'jose'

const env = process.env
const host = `https://${env.NETSUITE_ACCOUNT_ID.toLowerCase().replace('_', '-')}.suitetalk.api.netsuite.com`
const tokenURL = `${host}/services/rest/auth/oauth2/v1/token`
const key = await importPKCS8(readFileSync(env.NETSUITE_PRIVATE_KEY_PATH, 'utf8'), 'PS256')
const assertion = await new SignJWT({ scope: 'rest_webservices' })
  .setProtectedHeader({ typ: 'JWT', alg: 'PS256', kid: env.NETSUITE_CERTIFICATE_ID })
  .setIssuer(env.NETSUITE_CLIENT_ID).setAudience(tokenURL)
  .setIssuedAt().setExpirationTime('5m').sign(key)
const answer = await fetch(tokenURL, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }),
})
if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
const headers = { Authorization: `Bearer ${(await answer.json()).access_token}` }
const call = await fetch(`${host}/services/rest/system/v1/serverTime`, { headers })
console.log(await call.text())
