// A NetSuite account as a token of token-based authentication sees it, by the library
// "oauth-1.0a", over TLS on loopback:
//   node account.mjs CONFIG.json
// config: {key, cert, account, consumer, token, tables, refused}; key and cert are files,
//   account is the realm, consumer and token are {key, secret}, tables are the rows of
//   SuiteQL by table, refused is the entry of the Login Audit Trail for a token request.
// It prints its port once it listens, then one JSON line per request. Every token request
// gets server_error and leaves an entry in LoginAudit, in a time zone that is not UTC.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import OAuth from 'oauth-1.0a'

const it = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const trail = it.tables.LoginAudit
const nonces = new Set()

// date is the current time as the account's zone has it.
const date = () => new Date(Date.now() - 8 * 3600_000).toISOString().replace('T', ' ').slice(0, 19)

// signedWrong says why a request is refused, or nothing.
function signedWrong(request, url) {
  const [scheme, ...rest] = (request.headers.authorization ?? '').split(' ')
  if (scheme !== 'OAuth') return 'no signature'
  const given = Object.fromEntries(rest.join(' ').split(',').map((pair) => {
    const [, name, value] = /^\s*(\w+)="([^"]*)"\s*$/.exec(pair) ?? []
    return [name, decodeURIComponent(value ?? '')]
  }))
  const oauth = OAuth({
    consumer: it.consumer, signature_method: 'HMAC-SHA256',
    hash_function: (text, key) => createHmac('sha256', key).update(text).digest('base64'),
  })
  oauth.getNonce = () => given.oauth_nonce
  oauth.getTimeStamp = () => given.oauth_timestamp
  const { oauth_signature } = oauth.authorize({ method: request.method, url }, it.token)
  const wanted = {
    realm: it.account, oauth_consumer_key: it.consumer.key, oauth_token: it.token.key,
    oauth_signature_method: 'HMAC-SHA256', oauth_version: '1.0', oauth_signature,
  }
  for (const name in wanted) if (given[name] !== wanted[name]) return name
  if (Math.abs(Date.now() / 1000 - given.oauth_timestamp) > 300) return 'old'
  if (nonces.has(given.oauth_nonce)) return 'reused'
  nonces.add(given.oauth_nonce)
}

const problem = (status, title, code, detail) => [status, {
  type: 'https://www.rfc-editor.org/rfc/rfc9110.html', title, status, 'o:errorDetails': [{ detail, 'o:errorCode': code }],
}]

// columns are the names that the query gives to its columns.
const columns = (sql) => [...sql.matchAll(/ AS (\w+)/g)].map(([, name]) => name)

// rows are those of the table in the query, of one record if the query names one.
function rows(sql) {
  const [, table] = / FROM (\w+)/.exec(sql) ?? []
  const [, column, value] = / WHERE \w+\.(\w+) = '?([\w-]+)'?/.exec(sql) ?? []
  const alias = column && (new RegExp(`\\.${column} AS (\\w+)`).exec(sql) ?? [])[1]
  return it.tables[table]?.filter((row) => !alias || String(row[alias]).toUpperCase() === value)
    .map((row) => ({ ...row, server_now: date() }))
    .map((row) => Object.fromEntries([['links', []], ...columns(sql).filter((name) => name in row).map((name) => [name, row[name]])]))
}

function answer(request, url, body) {
  const { pathname, searchParams } = new URL(url)
  if (pathname === '/services/rest/auth/oauth2/v1/token') {
    trail.unshift({ at: date(), ...it.refused })
    return [500, { error: 'server_error' }]
  }
  const wrong = signedWrong(request, url)
  if (wrong) return [...problem(401, 'Unauthorized', 'INVALID_LOGIN', 'Invalid login attempt. For more details, see the Login Audit Trail.'), wrong]
  if (pathname === '/services/rest/system/v1/serverTime') return [200, { serverTime: new Date().toISOString() }]
  if (pathname !== '/services/rest/query/v1/suiteql') return problem(403, 'Forbidden', 'INSUFFICIENT_PERMISSION', 'Permission Violation.')
  const sql = JSON.parse(body).q
  const items = rows(sql)
  if (request.method !== 'POST' || request.headers.prefer !== 'transient') return problem(400, 'Bad Request', 'INVALID_HEADER', 'Prefer: transient')
  if (!items) return problem(400, 'Bad Request', 'INVALID_PARAMETER', 'Invalid search query. Record was not found.')
  const [limit, offset] = ['limit', 'offset'].map((name) => Number(searchParams.get(name) ?? { limit: 1000, offset: 0 }[name]))
  const page = items.slice(offset, offset + limit)
  return [200, {
    links: [{ rel: 'self', href: url }], count: page.length, hasMore: offset + limit < items.length,
    items: page, offset, totalResults: items.length,
  }]
}

const server = createServer({ key: readFileSync(it.key), cert: readFileSync(it.cert) }, async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const url = `https://${request.headers.host}${request.url}`
  const [status, json, wrong] = answer(request, url, body)
  console.log(JSON.stringify({ method: request.method, path: request.url, status, wrong, sql: body.startsWith('{') ? JSON.parse(body).q : undefined }))
  response.writeHead(status, { 'Content-Type': status < 300 ? 'application/vnd.oracle.resource+json; type=collection' : 'application/json' })
  response.end(JSON.stringify(json))
})
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`))
