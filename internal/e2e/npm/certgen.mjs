// "jose" and Node.js read what nsauth certgen wrote:
//   node certgen.mjs  <cases.json  >answers.json
// Cases:   {name, alg, key, passphrase, pem, der}: key and pem as text, der in base64
// Answers: {name, error, verified, x5tS256, sameDER, subject, validTo}
import { readFileSync } from 'node:fs'
import { X509Certificate, createHash, createPrivateKey } from 'node:crypto'
import * as jose from 'jose'

async function work({ alg, key, passphrase, pem, der }) {
  // jose takes plain PKCS#8; an encrypted one Node.js opens for it.
  const privateKey = passphrase ? createPrivateKey({ key, passphrase }) : await jose.importPKCS8(key, alg)
  const publicKey = await jose.importX509(pem, alg)
  const certificate = new X509Certificate(pem)
  const jwt = await new jose.SignJWT({ iss: 'x' }).setProtectedHeader({ alg }).sign(privateKey)
  const { payload } = await jose.jwtVerify(jwt, publicKey, { algorithms: [alg] })
  return {
    verified: payload.iss === 'x',
    x5tS256: createHash('sha256').update(certificate.raw).digest('base64url'),
    sameDER: new X509Certificate(Buffer.from(der, 'base64')).raw.equals(certificate.raw),
    subject: certificate.subject,
    validTo: new Date(certificate.validTo).toISOString(),
  }
}

const answers = []
for (const it of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    answers.push({ name: it.name, error: '', ...(await work(it)) })
  } catch (error) {
    answers.push({ name: it.name, error: String(error) })
  }
}
console.log(JSON.stringify(answers))
