// What npm's signing libraries and Node.js say of a damaged or wrong key.
// Standard input: a list of {name, file, alg, passphrase}; without file the key is undefined.
// Standard output: a list of {library, version, input, text}; without text it signed.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, createPrivateKey, createSign } from 'node:crypto'
import jsonwebtoken from 'jsonwebtoken'
import { importPKCS8, SignJWT } from 'jose'
import forge from 'node-forge'
import jsrsasign from 'jsrsasign'

const pem = (given) => (given.file ? readFileSync(given.file, 'utf8') : undefined)
const hash = (alg) => 'RSA-SHA' + alg.slice(2)

// A large key signs, but without native code that takes long.
const large = (key) => key.n.bitLength() >= 2048

const libraries = {
  'node:crypto': ({ alg, passphrase, ...given }) => {
    const pss = alg.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { dsaEncoding: 'ieee-p1363' }
    createSign(hash(alg)).update('x').sign({ key: pem(given), passphrase, ...pss })
  },
  'node:crypto createPrivateKey': ({ passphrase, ...given }) => createPrivateKey({ key: pem(given), passphrase }),
  jsonwebtoken: ({ alg, passphrase, ...given }) => jsonwebtoken.sign({}, passphrase ? { key: pem(given), passphrase } : pem(given), { algorithm: alg }),
  jose: async ({ alg, ...given }) => new SignJWT({}).setProtectedHeader({ alg }).sign(await importPKCS8(pem(given), alg)),
  'node-forge': ({ passphrase, ...given }) => {
    const key = passphrase ? forge.pki.decryptRsaPrivateKey(pem(given), passphrase) : forge.pki.privateKeyFromPem(pem(given))
    if (key && large(key)) return
    key.sign(forge.md.sha256.create().update('x'), forge.pss.create({ md: forge.md.sha256.create(), mgf: forge.mgf.mgf1.create(forge.md.sha256.create()), saltLength: 32 }))
  },
  jsrsasign: ({ alg, passphrase, ...given }) => {
    const key = jsrsasign.KEYUTIL.getKey(pem(given), passphrase)
    if (key.isPrivate && alg === 'PS256' && key.n && large(key)) return
    jsrsasign.KJUR.jws.JWS.sign(alg, { alg }, {}, key)
  },
}

const version = (name) => (name.startsWith('node:') ? process.version : createRequire(import.meta.url)('./node_modules/' + name.split(' ')[0] + '/package.json').version)

const said = []
for (const given of JSON.parse(readFileSync(0, 'utf8'))) {
  for (const [library, sign] of Object.entries(libraries)) {
    let text = ''
    try {
      await sign(given)
    } catch (err) {
      text = err instanceof Error ? String(err) + (err.code ? ` { code: '${err.code}' }` : '') : `Uncaught ${err}`
    }
    said.push({ library, version: version(library), input: given.name, text })
  }
}
process.stdout.write(JSON.stringify(said))
