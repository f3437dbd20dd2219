#!/usr/bin/env bash
# A NetSuite client of openssl and curl alone.
#
#   netsuite.sh sign            prints an assertion of $HEADER and $CLAIMS
#   netsuite.sh token           prints the token endpoint's answer, then its status
#   netsuite.sh record PATH     prints the record and the status of that call
#
# $ALG and $KEY (a file) sign; $NETSUITE_ACCOUNT, as in host names,
# $NETSUITE_CLIENT_ID and $NETSUITE_CERTIFICATE_ID are the integration's.
# $SALT is another salt length for PS*, $PUBLIC the file whose bytes HS256 takes
# for its secret. Arguments of curl's own go into ~/.curlrc.
# Neither the key nor a token is an argument of a program, where ps would show it.
set -euo pipefail

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# raw turns openssl's DER signature into r and s, side by side, $1 bytes each.
raw() {
  openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | while read -r number; do
    printf '%*s' "$((2 * $1))" "$number" | tr ' ' 0
  done | sed 's/../\\x&/g' | { read -r hex || true; printf %b "$hex"; }
}

# signature signs what comes in.
signature() {
  local hash="-sha${ALG: -3}"
  case $ALG in
    PS*) openssl dgst "$hash" -sign "$KEY" -sigopt rsa_padding_mode:pss -sigopt "rsa_pss_saltlen:${SALT:-digest}" ;;
    ES256) openssl dgst "$hash" -sign "$KEY" | raw 32 ;;
    ES384) openssl dgst "$hash" -sign "$KEY" | raw 48 ;;
    ES512) openssl dgst "$hash" -sign "$KEY" | raw 66 ;;
    RS*) openssl dgst "$hash" -sign "$KEY" ;;
    HS*) openssl dgst "$hash" -mac HMAC -macopt "hexkey:$(od -An -v -tx1 "$PUBLIC" | tr -d ' \n')" -binary ;;
    none) ;;
  esac
}

sign() {
  local input
  input="$(printf %s "$HEADER" | base64url).$(printf %s "$CLAIMS" | base64url)"
  printf '%s.%s\n' "$input" "$(printf %s "$input" | signature | base64url)"
}

host="${NETSUITE_ACCOUNT:-}.suitetalk.api.netsuite.com"

token() {
  local url="https://$host/services/rest/auth/oauth2/v1/token" now
  now=$(date +%s)
  HEADER=$(printf '{"typ":"JWT","alg":"%s","kid":"%s"}' "$ALG" "$NETSUITE_CERTIFICATE_ID")
  CLAIMS=$(printf '{"iss":"%s","scope":["rest_webservices"],"aud":"%s","iat":%d,"exp":%d}' \
    "$NETSUITE_CLIENT_ID" "$url" "$now" "$((now + 300))")
  sign | tr -d '\n' | curl --silent --show-error --max-time 20 --write-out '\n%{http_code}\n' "$url" \
    --data-urlencode grant_type=client_credentials \
    --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
    --data-urlencode client_assertion@-
}

record() {
  local access
  access=$(token | sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p')
  [[ -n $access ]] || { echo 'no access token' >&2; exit 1; }
  printf 'header = "Authorization: Bearer %s"\n' "$access" |
    curl --silent --show-error --max-time 20 --config - --write-out '\n%{http_code}\n' "https://$host$1"
}

"$@"
