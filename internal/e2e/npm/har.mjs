// Reads an HTTP Archive on standard input, holds it against the format's own
// schema, and prints what is in it.
import { readFileSync } from 'node:fs'
import { har } from 'har-validator/lib/promise.js'

const archive = JSON.parse(readFileSync(0, 'utf8'))
await har(archive)
console.log(JSON.stringify(archive.log.entries.map(e => ({
  method: e.request.method, url: e.request.url, status: e.response.status, size: e.response.content.size,
}))))
