# A NetSuite client of Python's standard library: it exchanges an assertion
# for a token and gets a record. It knows no proxy and no CA.
#   python3 client.py ACCOUNT ASSERTION PATH
import json
import sys
import urllib.parse
import urllib.request

host = f"https://{sys.argv[1]}.suitetalk.api.netsuite.com"
form = urllib.parse.urlencode({
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": sys.argv[2],
}).encode()
with urllib.request.urlopen(host + "/services/rest/auth/oauth2/v1/token", data=form, timeout=20) as answer:
    token = json.load(answer)["access_token"]
call = urllib.request.Request(host + sys.argv[3], headers={"Authorization": "Bearer " + token})
with urllib.request.urlopen(call, timeout=20) as answer:
    print(answer.read().decode())
