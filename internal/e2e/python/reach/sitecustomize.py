"""With this folder on PYTHONPATH, a program's connections to NetSuite's hosts
go to $EMULATOR instead, and none to other hosts. Names stay as they are, in the
request and where the certificate is checked, with $EMULATOR_CA; the program is
not changed.
"""

import os
import socket

_create_connection = socket.create_connection


def create_connection(address, *rest, **named):
    if not address[0].endswith(".netsuite.com"):
        raise OSError(f"{address[0]} is not NetSuite's")
    host, _, port = os.environ["EMULATOR"].rpartition(":")
    return _create_connection((host, int(port)), *rest, **named)


socket.create_connection = create_connection
# Not in the environment of every program, because curl reads it too.
os.environ["SSL_CERT_FILE"] = os.environ["EMULATOR_CA"]
