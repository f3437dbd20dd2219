// A program with a mistake: the parameter is called assertion, as in RFC 7523
// section 2.1, where NetSuite reads client_assertion.
import { readFileSync } from 'node:fs'
import jwt from 'jsonwebtoken'

const { NETSUITE_ACCOUNT, NETSUITE_CLIENT_ID, NETSUITE_CERTIFICATE_ID, NETSUITE_KEY_FILE } = process.env
const url = `https://${NETSUITE_ACCOUNT}.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token`

const assertion = jwt.sign({ scope: ['rest_webservices'] }, readFileSync(NETSUITE_KEY_FILE), {
  algorithm: 'PS256', keyid: NETSUITE_CERTIFICATE_ID, issuer: NETSUITE_CLIENT_ID, audience: url, expiresIn: '5m',
})
const answer = await fetch(url, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    assertion,
  }),
})
console.log(answer.status, await answer.text())
