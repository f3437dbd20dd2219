"""requests-oauthlib, which most Python programs sign NetSuite's TBA with.

    python3 tba.py  <cases.json  >answers.json

Reads and writes what npm/tba.mjs does; its heading describes the members.
"""

import json
import sys
from urllib.parse import unquote, urlsplit

import requests
from oauthlib.oauth1.rfc5849 import signature
from requests_oauthlib import OAuth1


def sign(case):
    auth = OAuth1(
        case["consumer"]["key"],
        case["consumer"]["secret"],
        case["token"]["key"],
        case["token"]["secret"],
        signature_method="HMAC-SHA256",
        realm=case["realm"],
        nonce=case["nonce"],
        timestamp=str(case["timestamp"]),
    )
    request = requests.Request(case["method"], case["url"], auth=auth).prepare()
    header = request.headers["Authorization"]
    header = header.decode() if isinstance(header, bytes) else header
    # The base string as the library makes it, from what it has put on the request.
    params = signature.collect_parameters(
        urlsplit(request.url).query, [], {"Authorization": header}, exclude_oauth_signature=True
    )
    base = signature.signature_base_string(
        case["method"], signature.base_string_uri(request.url), signature.normalize_parameters(params)
    )
    value = header.split('oauth_signature="')[1].split('"')[0]
    return {"base": base, "signature": unquote(value)}


json.dump([sign(case) for case in json.load(sys.stdin)], sys.stdout)
