// A NetSuite client of Node.js alone, with fetch or https: it exchanges an
// assertion for a token and gets a record. It knows no proxy and no CA.
//   node client.mjs fetch|https ACCOUNT ASSERTION PATH
import { request } from 'node:https'

const [how, account, assertion, path] = process.argv.slice(2)
const host = `https://${account}.suitetalk.api.netsuite.com`

function send(url, options) {
  if (how === 'fetch') return fetch(url, options).then((answer) => answer.json())
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: options.method ?? 'GET', headers: options.headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece) => (text += piece))
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    sent.on('error', reject).end(options.body)
  })
}

const { access_token: token } = await send(`${host}/services/rest/auth/oauth2/v1/token`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }).toString(),
})
const record = await send(host + path, { headers: { Authorization: `Bearer ${token}` } })
console.log(JSON.stringify(record))
