# curl 7.88 and openssl 3.0, in any POSIX shell: sh netsuite.sh
set -eu
encode() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
account=$(printf %s "$NETSUITE_ACCOUNT_ID" | tr 'A-Z_' 'a-z-')
host=https://$account.suitetalk.api.netsuite.com
token_url=$host/services/rest/auth/oauth2/v1/token
now=$(date +%s)
header=$(printf '{"typ":"JWT","alg":"PS256","kid":"%s"}' "$NETSUITE_CERTIFICATE_ID" | encode)
claims=$(printf '{"iss":"%s","scope":"rest_webservices","aud":"%s","iat":%s,"exp":%s}' \
  "$NETSUITE_CLIENT_ID" "$token_url" "$now" $((now + 300)) | encode)
signature=$(printf %s "$header.$claims" |
  openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 \
    -sign "$NETSUITE_PRIVATE_KEY_PATH" -binary | encode)
answer=$(curl -sS "$token_url" \
  --data-urlencode grant_type=client_credentials \
  --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
  --data-urlencode "client_assertion=$header.$claims.$signature")
token=$(printf %s "$answer" | sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p')
[ -n "$token" ] || { echo "$answer" >&2; exit 1; }
printf 'Authorization: Bearer %s\n' "$token" | # not among the arguments, which other users can see
  curl -sS -H @- "$host/services/rest/system/v1/serverTime"
