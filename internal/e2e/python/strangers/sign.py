"""Assertions made by PyJWT, as its manual does it.

    python3 sign.py  <cases.json  >answers.json

Reads and writes what npm/strangers/sign.mjs does; its heading describes the
members.
"""

import json
import sys
from pathlib import Path

import jwt


def sign(case):
    key = {
        "none": lambda: None,
        "HS256": lambda: Path(case["public"]).read_bytes(),
    }.get(case["alg"], lambda: Path(case["key"]).read_bytes())
    return jwt.encode(case["claims"], key(), algorithm=case["alg"], headers=case["header"])


def main():
    answers = []
    for case in json.load(sys.stdin):
        try:
            answers.append({"name": case["name"], "error": "", "jwt": sign(case)})
        except Exception as error:  # whatever it is, the test reads it
            answers.append({"name": case["name"], "error": repr(error)})
    json.dump(answers, sys.stdout)


main()
