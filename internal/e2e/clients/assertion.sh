# Prints a client assertion made with the openssl command line.
#   sh assertion.sh ACCOUNT CLIENT_ID CERTIFICATE_ID KEY
set -eu
b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
now=$(date +%s)
header=$(printf '{"typ":"JWT","alg":"PS256","kid":"%s"}' "$3" | b64)
claims=$(printf '{"iss":"%s","scope":"rest_webservices","aud":"https://%s.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token","iat":%s,"exp":%s}' \
  "$2" "$1" "$now" $((now + 300)) | b64)
signature=$(printf '%s.%s' "$header" "$claims" |
  openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sign "$4" -binary | b64)
printf '%s.%s.%s\n' "$header" "$claims" "$signature"
