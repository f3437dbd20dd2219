# jwt 2.5.0: gem install jwt
require 'json'
require 'jwt'
require 'net/http'

host = "https://#{ENV.fetch('NETSUITE_ACCOUNT_ID').downcase.tr('_', '-')}.suitetalk.api.netsuite.com"
token_url = "#{host}/services/rest/auth/oauth2/v1/token"
key = OpenSSL::PKey.read(File.read(ENV.fetch('NETSUITE_PRIVATE_KEY_PATH')))
now = Time.now.to_i
claims = { iss: ENV.fetch('NETSUITE_CLIENT_ID'), scope: 'rest_webservices', aud: token_url, iat: now, exp: now + 300 }
assertion = JWT.encode(claims, key, 'PS256', { typ: 'JWT', kid: ENV.fetch('NETSUITE_CERTIFICATE_ID') })
answer = Net::HTTP.post_form(
  URI(token_url),
  grant_type: 'client_credentials',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: assertion
)
abort "#{answer.code} #{answer.body}" unless answer.is_a?(Net::HTTPOK)
headers = { 'Authorization' => "Bearer #{JSON.parse(answer.body)['access_token']}" }
puts Net::HTTP.get(URI("#{host}/services/rest/system/v1/serverTime"), headers)
