"""Assertions made by PyJWT, as its manual does it.

    python3 sign.py  <cases.json  >answers.json

Reads and writes what npm/strangers/sign.mjs does; its heading describes the
members.
"""

import functools
import json
import sys
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@functools.cache  # reading an RSA key takes as long as many signatures
def private(path):
    return load_pem_private_key(Path(path).read_bytes(), password=None)


def key_of(case):
    if case["alg"] == "none":
        return None
    if case["alg"] == "HS256":
        return Path(case["public"]).read_bytes()
    return private(case["key"])


def sign(case):
    return jwt.encode(case["claims"], key_of(case), algorithm=case["alg"], headers=case["header"])


def main():
    answers = []
    for case in json.load(sys.stdin):
        try:
            answers.append({"name": case["name"], "error": "", "jwt": sign(case)})
        except Exception as error:  # whatever it is, the test reads it
            answers.append({"name": case["name"], "error": repr(error)})
    json.dump(answers, sys.stdout)


main()
