"""What Python's urllib and cryptography say when something fails, as a
program's log would have it.

    failures.py urls URL...     one request to each URL
    failures.py keys FILE...    each file read as a private key
    failures.py name            a host name that the C library does not know

Each failure is followed by a line of four hyphens."""

import json
import socket
import sys
import traceback
import urllib.request

from cryptography.hazmat.primitives.serialization import load_pem_private_key


def url(address):
    with urllib.request.urlopen(address, data=b"grant_type=client_credentials", timeout=1.5) as answer:
        json.load(answer)


def key(file):
    with open(file, "rb") as f:
        load_pem_private_key(f.read(), None)


def name(_):
    # No question leaves the machine: the C library looks no further.
    look = socket.getaddrinfo
    socket.getaddrinfo = lambda host, port, *rest: look(host, port, flags=socket.AI_NUMERICHOST)
    url("https://1234567x.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token")


for argument in sys.argv[2:] or [None]:
    try:
        {"urls": url, "keys": key, "name": name}[sys.argv[1]](argument)
        print("it worked", file=sys.stderr)
    except Exception:
        traceback.print_exc()
    print("----", file=sys.stderr)
