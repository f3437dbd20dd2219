#!/bin/sh
# Makes the throwaway keys and certificates of this folder with the openssl
# command line (3.0 or newer). Run it here only to replace all of them: keys are
# random, so every file and every Certificate ID changes.
set -eu
cd "$(dirname "$0")"
rm -f ./*.pem ./*.der ./*.p12
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One passphrase for everything that is encrypted. It protects nothing.
pass=throwaway

key() { # NAME genpkey-arguments...
	name=$1
	shift
	openssl genpkey -out "$name.pem" "$@" 2>/dev/null
}

# "openssl ca" is the one command of OpenSSL 3.0 that takes both dates.
cat >"$work/ca.cnf" <<CNF
[ca]
default_ca = here
[here]
database = $work/index
new_certs_dir = $work
rand_serial = yes
unique_subject = no
policy = any
x509_extensions = ext
[any]
commonName = supplied
[ext]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
basicConstraints = critical,CA:TRUE
CNF

cert() { # KEY CERT NOT-BEFORE NOT-AFTER ca-arguments...
	key=$1 cert=$2 from=$3 to=$4
	shift 4
	: >"$work/index"
	openssl req -new -key "$key.pem" -subj "/CN=nsauth test $cert" -out "$work/csr"
	openssl ca -batch -config "$work/ca.cnf" -selfsign -keyfile "$key.pem" -in "$work/csr" -out "$work/cert" \
		-startdate "$from" -enddate "$to" -notext -md sha256 "$@" 2>/dev/null
	openssl x509 -in "$work/cert" -out "$cert.pem"
}
from=20260901000000Z to=20280831000000Z # 730 days

key rsa-2048 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
key rsa-3072 -algorithm RSA -pkeyopt rsa_keygen_bits:3072
key rsa-3584 -algorithm RSA -pkeyopt rsa_keygen_bits:3584
key rsa-4096 -algorithm RSA -pkeyopt rsa_keygen_bits:4096
key rsa-3072-e3 -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -pkeyopt rsa_keygen_pubexp:3
key rsa-pss-3072 -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:3072
key rsa-pss-3072-sha512 -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:3072 \
	-pkeyopt rsa_pss_keygen_md:sha512 -pkeyopt rsa_pss_keygen_mgf1_md:sha512 -pkeyopt rsa_pss_keygen_saltlen:64
for curve in 224:secp224r1 256:prime256v1 384:secp384r1 521:secp521r1; do
	key "ec-p${curve%%:*}" -algorithm EC -pkeyopt "ec_paramgen_curve:${curve#*:}" -pkeyopt ec_param_enc:named_curve
done
key ec-p256-other -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1
key ec-p256-explicit -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -pkeyopt ec_param_enc:explicit
key ec-secp256k1 -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1
key ed25519 -algorithm ED25519
key x25519 -algorithm X25519
openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out "$work/dsa" 2>/dev/null
key dsa -paramfile "$work/dsa"

# The same keys in other clothes.
openssl rsa -in rsa-3072.pem -traditional -out rsa-3072-pkcs1.pem 2>/dev/null
openssl rsa -in rsa-3072.pem -RSAPublicKey_out -out rsa-3072-pkcs1-public.pem 2>/dev/null
openssl ec -in ec-p256.pem -out ec-p256-sec1.pem 2>/dev/null
openssl ecparam -name prime256v1 | cat - ec-p256-sec1.pem >ec-p256-params-sec1.pem
openssl ec -in ec-p384.pem -out "$work/sec1" 2>/dev/null
openssl ecparam -name secp384r1 | cat - "$work/sec1" >ec-p384-params-sec1.pem
openssl ec -in ec-p521.pem -out "$work/sec1" 2>/dev/null
openssl ecparam -name secp521r1 | cat - "$work/sec1" >ec-p521-params-sec1.pem
openssl pkcs8 -topk8 -nocrypt -in ec-p256.pem -outform DER -out ec-p256-pkcs8.der
openssl pkcs8 -topk8 -in ec-p256.pem -passout "pass:$pass" -out ec-p256-encrypted-pkcs8.pem
openssl ec -in ec-p256.pem -aes256 -passout "pass:$pass" -out ec-p256-encrypted-rfc1423.pem 2>/dev/null
openssl pkcs8 -topk8 -in rsa-pss-3072-sha512.pem -passout "pass:$pass" -out rsa-pss-3072-sha512-encrypted.pem
openssl pkey -in ec-p256.pem -pubout -out ec-p256-public.pem
openssl req -new -key ec-p256.pem -subj "/CN=nsauth test request" -out ec-p256-request.pem

for name in rsa-2048 rsa-3072 rsa-4096 rsa-pss-3072 ec-p256 ec-p384 ec-p521 ec-p224 ec-p256-explicit ec-secp256k1; do
	cert $name $name-cert $from $to
done
cert rsa-3072 rsa-3072-sha1-cert $from $to -md sha1
cert rsa-pss-3072 rsa-pss-3072-sha1-cert $from $to -md sha1
cert rsa-pss-3072 rsa-pss-3072-saltlen-cert $from $to -sigopt rsa_pss_saltlen:64
cert ed25519 ed25519-cert $from $to -md default
cert ec-p256-other ec-p256-other-cert $from $to
cert ec-p256 ec-p256-expired-cert 20240101000000Z 20251231000000Z
cert ec-p256 ec-p256-future-cert 20270101000000Z 20281231000000Z
cert ec-p256 ec-p256-five-years-cert 20260901000000Z 20310831000000Z
openssl x509 -in ec-p256-cert.pem -outform DER -out ec-p256-cert.der
sed -i.bak /x509_extensions/d "$work/ca.cnf" # without extensions it makes version 1
cert ec-p256 ec-p256-v1-cert $from $to
cat ec-p256.pem ec-p256-cert.pem ec-p256-other-cert.pem >ec-p256-bundle.pem
openssl crl2pkcs7 -nocrl -certfile ec-p256-cert.pem -out ec-p256-pkcs7.pem
openssl pkcs12 -export -inkey ec-p256.pem -in ec-p256-cert.pem -passout "pass:$pass" -out ec-p256.p12
openssl req -new -x509 -key rsa-pss-3072-sha512.pem -subj "/CN=nsauth test" -days 100 -out "$work/cert"
openssl pkcs12 -export -inkey rsa-pss-3072-sha512.pem -in "$work/cert" -passout "pass:$pass" -out rsa-pss-3072-sha512.p12
chmod 644 ./*.pem ./*.der ./*.p12
