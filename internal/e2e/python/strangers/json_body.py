"""A program with a mistake: the request's body is JSON, not a form."""

import json
import os
import time
import urllib.error
import urllib.request
from pathlib import Path

import jwt

url = f"https://{os.environ['NETSUITE_ACCOUNT']}.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
now = int(time.time())
assertion = jwt.encode(
    {"iss": os.environ["NETSUITE_CLIENT_ID"], "scope": "rest_webservices", "aud": url, "iat": now, "exp": now + 300},
    Path(os.environ["NETSUITE_KEY_FILE"]).read_bytes(),
    algorithm="PS256",
    headers={"kid": os.environ["NETSUITE_CERTIFICATE_ID"]},
)
body = {
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": assertion,
}
request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
try:
    with urllib.request.urlopen(request, timeout=20) as answer:
        print(answer.status)
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
