// Assertions made by two JavaScript libraries, each as its readme does it:
//   node sign.mjs jose|jsonwebtoken  <cases.json  >answers.json
// Cases and answers are lists; python/strangers/sign.py reads and writes the
// same ones. Keys are named by their files.
//   case: {name, alg, key, public, header, claims}, answer: {name, error, jwt}
// HS256 takes the public key for its secret, as a forger does.
import { readFileSync } from 'node:fs'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'

async function withJose({ alg, key, public: publicKey, header, claims }) {
  if (alg === 'none') return new jose.UnsecuredJWT(claims).encode() // takes no header
  const signer = alg === 'HS256' ? readFileSync(publicKey) : await jose.importPKCS8(readFileSync(key, 'utf8'), alg)
  return new jose.SignJWT(claims).setProtectedHeader({ ...header, alg }).sign(signer)
}

function withJsonwebtoken({ alg, key, public: publicKey, header, claims }) {
  const signer = { none: () => '', HS256: () => readFileSync(publicKey) }[alg] ?? (() => readFileSync(key))
  return jsonwebtoken.sign(claims, signer(), { algorithm: alg, ...(header.kid && { keyid: header.kid }) })
}

const sign = { jose: withJose, jsonwebtoken: withJsonwebtoken }[process.argv[2]]
const answers = []
for (const it of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    answers.push({ name: it.name, error: '', jwt: await sign(it) })
  } catch (error) {
    answers.push({ name: it.name, error: String(error) })
  }
}
console.log(JSON.stringify(answers))
