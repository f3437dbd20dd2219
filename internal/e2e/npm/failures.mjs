// What Node.js, jsonwebtoken and jose say when something fails, as a program's
// log would have it.
//   node failures.mjs fetch|https URL...    one request to each URL
//   node failures.mjs keys FILE...          a JWT of PS256 with each file as key
// Each failure is followed by a line of four hyphens.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { createSign } from 'node:crypto'
import jsonwebtoken from 'jsonwebtoken'
import { importPKCS8 } from 'jose'

const [how, ...given] = process.argv.slice(2)

async function fetched(url) {
  const answer = await fetch(url, { method: 'POST', body: 'grant_type=client_credentials', signal: AbortSignal.timeout(1500) })
  const text = await answer.text()
  if (!answer.ok) throw Object.assign(new Error(`Request failed with status code ${answer.status}`), { status: answer.status, data: JSON.parse(text) })
  return JSON.parse(text)
}

function requested(url) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', timeout: 1500 }, (answer) => answer.resume().on('end', resolve))
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('timeout of 1500ms exceeded'), { code: 'ECONNABORTED' })))
    sent.on('error', reject).end('grant_type=client_credentials')
  })
}

const ways = {
  fetch: [fetched],
  https: [requested],
  keys: [
    (file) => jsonwebtoken.sign({}, readFileSync(file), { algorithm: 'PS256' }),
    (file) => importPKCS8(readFileSync(file, 'utf8'), 'PS256'),
    (file) => createSign('RSA-SHA256').update('x').sign(readFileSync(file)),
  ],
}

for (const what of given) {
  for (const way of ways[how]) {
    try {
      await way(what)
      console.error('it worked')
    } catch (err) {
      console.error(err)
    }
    console.error('----')
  }
}
