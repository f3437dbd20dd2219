// A NetSuite client that shares nothing with nsauth: it signs with "jose" and
// talks HTTPS with Node.js, as an integration written in JavaScript does.
//   node client.mjs  <request.json  >answer.json
// request: {address, host, ca, alg, pkcs8, certificate_id, client_id, scope}
// answer:  {token: {status, body}, call: {status, body} or null}
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import * as jose from 'jose'

const it = JSON.parse(readFileSync(0, 'utf8'))
const [address, port] = it.address.split(/:(?=\d+$)/)

// The connection goes to the address; the name asked for, and checked in the
// certificate, is NetSuite's.
function send(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const options = { method, path, host: address, port, servername: it.host, ca: it.ca, headers: { Host: it.host, ...headers } }
    const sent = request(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece) => (text += piece))
      answer.on('end', () => resolve({ status: answer.statusCode, body: text }))
    })
    sent.setTimeout(20_000, () => sent.destroy(new Error('no answer in 20 s')))
    sent.on('error', reject).end(body)
  })
}

const path = '/services/rest/auth/oauth2/v1/token'
const now = Math.floor(Date.now() / 1000)
const assertion = await new jose.SignJWT({
  iss: it.client_id, scope: it.scope, aud: `https://${it.host}${path}`, iat: now, exp: now + 300,
})
  .setProtectedHeader({ typ: 'JWT', alg: it.alg, kid: it.certificate_id })
  .sign(await jose.importPKCS8(it.pkcs8, it.alg))

const form = new URLSearchParams({
  grant_type: 'client_credentials',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: assertion,
}).toString()
const token = await send('POST', path, { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': form.length }, form)
let call = null
if (token.status === 200) {
  const { access_token } = JSON.parse(token.body)
  call = await send('GET', '/services/rest/system/v1/serverTime', { Authorization: `Bearer ${access_token}` })
}
console.log(JSON.stringify({ token, call }))
