// Sends the TLS connections that a Node.js program opens to NetSuite's hosts to
// the nsauth emulator whose address is in HTTPS_PROXY, which Node.js itself reads
// from version 22.21 and 24 on, and then only under NODE_USE_ENV_PROXY=1:
//
//   NODE_OPTIONS='--require "/path/to/node.cjs"' node program.js
//
// Host names, certificates and their verification stay as they are: the emulator
// answers under NetSuite's names, with a certificate of the CA in
// NODE_EXTRA_CA_CERTS. Both https and fetch come by here.
'use strict'
const tls = require('node:tls')
const { syncBuiltinESMExports } = require('node:module')

const given = process.env.HTTPS_PROXY || process.env.https_proxy
if (given) {
  const emulator = new URL(given)
  const connect = tls.connect
  tls.connect = function (...args) {
    const options = args[0]
    // A connection that has a socket already goes through somebody's own proxy.
    if (options !== null && typeof options === 'object' && !options.socket && !options.path &&
        /(^|\.)netsuite\.com$/i.test(options.host || '') && Number(options.port) === 443) {
      args[0] = {
        ...options,
        servername: options.servername || options.host,
        host: emulator.hostname.replace(/^\[|\]$/g, ''),
        port: Number(emulator.port || 80),
      }
    }
    return connect.apply(this, args)
  }
  syncBuiltinESMExports()
}
