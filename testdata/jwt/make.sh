#!/bin/sh
# Makes the tokens in this folder with the openssl command line alone, so that
# they owe nothing to nsauth's own code. The keys are throwaway keys for tests:
# never use them for anything else.
#
# Run it in this folder. It needs sh, openssl 3 and the usual text tools, and
# replaces every key and token here.
set -eu
cd "$(dirname "$0")"
export LC_ALL=C

b64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# raw N: an ASN.1 ECDSA signature on stdin, r||s of N bytes each on stdout.
raw() {
	openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | while read -r hex; do
		pad=$((2 * $1 - ${#hex}))
		[ "$pad" -gt 0 ] && printf "%0${pad}d" 0
		printf '%s' "$hex"
	done | tohex
}
tohex() { sed 's/../\\\\x&/g' | xargs printf '%b'; }

# token FILE HEADER CLAIMS COMMAND...: COMMAND signs stdin.
token() {
	file=$1
	input=$(printf '%s' "$2" | b64url).$(printf '%s' "$3" | b64url)
	shift 3
	printf '%s' "$input" | "$@" >sig.tmp
	printf '%s.%s' "$input" "$(b64url <sig.tmp)" >"$file"
	rm sig.tmp
}
rsa() { openssl dgst "-sha$1" -sign rsa.pem -sigopt rsa_padding_mode:"$2" ${3:+-sigopt "rsa_pss_saltlen:$3"}; }
der() { openssl dgst "-sha$1" -sign "ec$1.pem"; }
ec() { der "$1" | raw "$2"; }

openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out rsa.pem
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec256.pem
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ec384.pem
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out ec512.pem

# 2026-11-23T15:00:00Z, 300 seconds.
claims='{"iss":"1c343a716c1dceb60e7fc149fa6735929ef77d28fe16293f892976dde7d8e3e2","aud":"https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token","scope":["restlets","rest_webservices"],"iat":1795446000,"exp":1795446300}'
claims=$(printf '%s' "$claims" | tr -d ' ')
header() { printf '{"typ":"JWT","alg":"%s","kid":"NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"}' "$1"; }

for bits in 256 384 512; do
	token "ps$bits.jwt" "$(header "PS$bits")" "$claims" rsa $bits pss digest
	token "rs$bits.jwt" "$(header "RS$bits")" "$claims" rsa $bits pkcs1
	token "es$bits-der.jwt" "$(header "ES$bits")" "$claims" der $bits
done
token es256.jwt "$(header ES256)" "$claims" ec 256 32
token es384.jwt "$(header ES384)" "$claims" ec 384 48
token es512.jwt "$(header ES512)" "$claims" ec 512 66

# Salts that are not as long as the hash.
for salt in 0 20 33 max; do
	token "ps256-salt-$salt.jwt" "$(header PS256)" "$claims" rsa 256 pss $salt
done
# Another hash for MGF1, and for both with another salt.
token ps256-mgf1-sha1.jwt "$(header PS256)" "$claims" openssl dgst -sha256 -sign rsa.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha1
token ps256-pss-sha1.jwt "$(header PS256)" "$claims" openssl dgst -sha1 -sign rsa.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20
# A header that names another algorithm than the one that signed.
token ps256-signed-rs256.jwt "$(header PS256)" "$claims" rsa 256 pkcs1
token ps512-signed-ps256.jwt "$(header PS512)" "$claims" rsa 256 pss digest
