# PyJWT 2.6.0 with cryptography, and requests: pip install "pyjwt[crypto]>=2.6.0" requests
import os, time
import jwt, requests

env = os.environ
host = "https://" + env["NETSUITE_ACCOUNT_ID"].lower().replace("_", "-") + ".suitetalk.api.netsuite.com"
token_url = host + "/services/rest/auth/oauth2/v1/token"
with open(env["NETSUITE_PRIVATE_KEY_PATH"]) as file:
    key = file.read()
now = int(time.time())
claims = {"iss": env["NETSUITE_CLIENT_ID"], "scope": "rest_webservices", "aud": token_url,
          "iat": now, "exp": now + 300}
assertion = jwt.encode(claims, key, "PS256", headers={"kid": env["NETSUITE_CERTIFICATE_ID"]})
answer = requests.post(token_url, timeout=30, data={
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": assertion,
})
if not answer.ok:
    raise SystemExit(f"{answer.status_code} {answer.text}")
headers = {"Authorization": "Bearer " + answer.json()["access_token"]}
print(requests.get(host + "/services/rest/system/v1/serverTime", headers=headers, timeout=30).text)
