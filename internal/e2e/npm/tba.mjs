// The library "oauth-1.0a", which most JavaScript programs sign NetSuite's TBA with:
//   node tba.mjs  <cases.json  >answers.json
// Cases and answers are lists; python/tba.py reads and writes the same ones.
//   {method, url, consumer, token, realm, nonce, timestamp} -> {base, signature}
//   consumer and token are {key, secret}
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import OAuth from 'oauth-1.0a'

const answers = []
for (const { method, url, consumer, token, realm, nonce, timestamp } of JSON.parse(readFileSync(0, 'utf8'))) {
  let base
  const oauth = OAuth({
    consumer, realm, signature_method: 'HMAC-SHA256',
    hash_function(text, key) {
      base = text
      return createHmac('sha256', key).update(text).digest('base64')
    },
  })
  oauth.getNonce = () => nonce
  oauth.getTimeStamp = () => timestamp
  const { oauth_signature: signature } = oauth.authorize({ method, url }, token)
  answers.push({ base, signature })
}
console.log(JSON.stringify(answers))
