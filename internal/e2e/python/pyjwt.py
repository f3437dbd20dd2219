"""PyJWT as the other side of the end-to-end tests.

    python3 pyjwt.py verify|sign  <cases.json  >answers.json

Reads and writes what npm/jose.mjs does; its heading describes the members.
"""

import json
import sys

import jwt


def verify(case):
    claims = jwt.decode(
        case["jwt"],
        case["spki"],
        algorithms=[case["alg"]],
        issuer=case["issuer"],
        audience=case["audience"],
        options={"require": ["iss", "aud", "iat", "exp"]},
    )
    return {"header": jwt.get_unverified_header(case["jwt"]), "claims": claims}


def sign(case):
    return {"jwt": jwt.encode(case["claims"], case["pkcs8"], algorithm=case["alg"], headers=case["header"])}


def main():
    work = {"verify": verify, "sign": sign}[sys.argv[1]]
    answers = []
    for case in json.load(sys.stdin):
        try:
            answers.append({"name": case["name"], "error": "", **work(case)})
        except Exception as error:  # whatever it is, the test reads it
            answers.append({"name": case["name"], "error": repr(error)})
    json.dump(answers, sys.stdout)


main()
