"""What Python's signing libraries say of a damaged or wrong key.

Standard input: a list of {name, file, alg, passphrase}; without file the key is None.
Standard output: a list of {library, version, input, text}; without text it signed."""

import json
import sys
import traceback
from importlib.metadata import version

import authlib.jose
import jose.jwt
import jwcrypto.jwk
import jwcrypto.jwt
import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def pyjwt(key, alg, passphrase):
    jwt.encode({}, load_pem_private_key(key, passphrase) if passphrase else key, algorithm=alg)


def python_jose(key, alg, passphrase):
    jose.jwt.encode({}, key, algorithm=alg.replace("PS", "RS"))  # it has no PS256


def python_jose_ps256(key, alg, passphrase):
    jose.jwt.encode({}, key, algorithm="PS256")


def authlib_jose(key, alg, passphrase):
    authlib.jose.jwt.encode({"alg": alg}, {}, key)


def jwcrypto_jwt(key, alg, passphrase):
    k = jwcrypto.jwk.JWK.from_pem(key, passphrase)
    jwcrypto.jwt.JWT(header={"alg": alg}, claims={}).make_signed_token(k)


def cryptography(key, alg, passphrase):
    load_pem_private_key(key, passphrase)


libraries = {"python-jose PS256": python_jose_ps256, "PyJWT": pyjwt, "python-jose": python_jose, "authlib": authlib_jose, "jwcrypto": jwcrypto_jwt, "cryptography": cryptography}
said = []
for given in json.load(sys.stdin):
    for name, sign in libraries.items():
        if name == "python-jose PS256" and given["name"] != "good":
            continue
        text = ""
        try:
            key = open(given["file"], "rb").read() if given.get("file") else None
            sign(key, given["alg"], given.get("passphrase", "").encode() or None)
        except Exception as err:
            text = traceback.format_exception_only(err)[-1].strip()
        said.append({"library": name, "version": version(name.lower().split()[0]), "input": given["name"], "text": text})
json.dump(said, sys.stdout)
