#!/bin/sh
# Makes testdata/rsa-keys.pem anew. Needs OpenSSL.
set -eu
cd "$(dirname "$0")"
{
  echo 'Throw-away RSA keys for the tests of nsauth, public since they were made.'
  echo 'Never register one anywhere. Made by make.sh.'
  for bits in 2048 2048 2048 2048 2048 2048 3072 3072 3072 3072 3584 3584 4096 4096 4096 4096; do
    echo
    openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$bits" 2>/dev/null |
      sed "1a\\
Type: rsa-$bits\\
"
  done
} >testdata/rsa-keys.pem
