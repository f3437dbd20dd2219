// The JOSE library "jose" as the other side of the end-to-end tests:
//   node jose.mjs verify|sign|jwk  <cases.json  >answers.json
// Cases and answers are lists; pyjwt.py reads and writes the same ones.
//   verify: {name, alg, jwt, spki, issuer, audience} -> {name, error, header, claims}
//   sign:   {name, alg, pkcs8, header, claims}       -> {name, error, jwt}
//   jwk:    {name, alg, pkcs8} -> {name, error, jwk}
import { readFileSync } from 'node:fs'
import * as jose from 'jose'

const work = {
  async verify({ alg, jwt, spki, issuer, audience }) {
    const key = await jose.importSPKI(spki, alg)
    const { protectedHeader, payload } = await jose.jwtVerify(jwt, key, {
      algorithms: [alg], typ: 'JWT', issuer, audience, requiredClaims: ['iat', 'exp'], maxTokenAge: '1h',
    })
    return { header: protectedHeader, claims: payload }
  },
  async sign({ alg, pkcs8, header, claims }) {
    const key = await jose.importPKCS8(pkcs8, alg)
    return { jwt: await new jose.SignJWT(claims).setProtectedHeader({ ...header, alg }).sign(key) }
  },
  async jwk({ alg, pkcs8 }) {
    return { jwk: await jose.exportJWK(await jose.importPKCS8(pkcs8, alg, { extractable: true })) }
  },
}[process.argv[2]]

const answers = []
for (const it of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    answers.push({ name: it.name, error: '', ...(await work(it)) })
  } catch (error) {
    answers.push({ name: it.name, error: String(error) })
  }
}
console.log(JSON.stringify(answers))
