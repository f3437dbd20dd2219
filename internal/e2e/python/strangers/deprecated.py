"""A program with mistakes that older guides teach: RS256, times with a
fraction, and an hour's lifetime."""

import os
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import jwt

url = f"https://{os.environ['NETSUITE_ACCOUNT']}.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
now = int(time.time()) + 0.5
assertion = jwt.encode(
    {"iss": os.environ["NETSUITE_CLIENT_ID"], "scope": "rest_webservices", "aud": url, "iat": now, "exp": now + 3600},
    Path(os.environ["NETSUITE_KEY_FILE"]).read_bytes(),
    algorithm="RS256",
    headers={"kid": os.environ["NETSUITE_CERTIFICATE_ID"]},
)
body = urllib.parse.urlencode({
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": assertion,
})
try:
    with urllib.request.urlopen(url, body.encode(), timeout=20) as answer:
        print(answer.status)
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
