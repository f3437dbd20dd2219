// What people write to look into a token, for the comparison of speed:
//   node inspect.mjs TOKENFILE
import { readFileSync } from 'node:fs'
import * as jose from 'jose'

const token = readFileSync(process.argv[2], 'utf8').trim()
console.log(JSON.stringify({ header: jose.decodeProtectedHeader(token), payload: jose.decodeJwt(token) }, null, 2))
