#!/usr/bin/env bash
# A program that signs one assertion when it starts, and sends it with every request.
set -euo pipefail

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

url="https://$NETSUITE_ACCOUNT.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
now=$(date +%s)
header=$(printf '{"typ":"JWT","alg":"PS256","kid":"%s"}' "$NETSUITE_CERTIFICATE_ID" | base64url)
claims=$(printf '{"iss":"%s","scope":"rest_webservices","aud":"%s","iat":%d,"exp":%d}' \
  "$NETSUITE_CLIENT_ID" "$url" "$now" $((now + 300)) | base64url)
signature=$(printf %s "$header.$claims" |
  openssl dgst -sha256 -sign "$NETSUITE_KEY_FILE" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest | base64url)

for _ in 1 2; do
  printf %s "$header.$claims.$signature" |
    curl --silent --show-error --max-time 20 --output /dev/null --write-out '%{http_code}\n' "$url" \
      --data-urlencode grant_type=client_credentials \
      --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
      --data-urlencode client_assertion@-
done
