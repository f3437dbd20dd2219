// node --require reach.cjs: a program's connections to NetSuite's hosts go to
// $EMULATOR instead, and none to other hosts. Names stay as they are, in the
// request and where the certificate is checked; the program is not changed.
const tls = require('node:tls')

const connect = tls.connect
tls.connect = (options, ...rest) => {
  const name = options.servername || options.host
  if (!name.endsWith('.netsuite.com')) throw new Error(`${name} is not NetSuite's`)
  const [host, port] = process.env.EMULATOR.split(/:(?=\d+$)/)
  return connect({ ...options, host, port, servername: name }, ...rest)
}
