# A NetSuite client of curl: it exchanges an assertion for a token and gets a
# record. It knows no proxy and no CA.
#   sh curl.sh ACCOUNT ASSERTION PATH
set -eu
host=https://$1.suitetalk.api.netsuite.com
token=$(curl -sS --fail "$host/services/rest/auth/oauth2/v1/token" \
  --data-urlencode grant_type=client_credentials \
  --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
  --data-urlencode client_assertion="$2" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -sS --fail -H "Authorization: Bearer $token" "$host$3"
