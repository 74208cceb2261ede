"""Publishes or calls over the HTTP bridge of a hub, with a signed request; the standard library is all it takes.

    python http_bridge.py https://hub.local:8444/publish '{"topic": "com.example.bell", "args": ["front door"]}'
    python http_bridge.py https://hub.local:8444/call '{"procedure": "com.example.add", "args": [2, 3]}'

The key is ``app`` and the secret in a file ``bridge.secret`` in the current directory, like the hub's ``ca.pem``.
"""

import hmac
import ssl
import sys
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from http.client import HTTPSConnection
from pathlib import Path
from secrets import randbelow
from urllib.parse import urlencode, urlsplit

KEY = "app"
SECRET = Path("bridge.secret").read_bytes().strip()
TRUSTED = ssl.create_default_context(cafile="ca.pem")


def sign(body: bytes) -> str:
    """Return the query that signs a request: five parameters."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    parameters = {"key": KEY, "timestamp": now, "seq": "1", "nonce": str(randbelow(2**53))}
    signature = hmac.digest(SECRET, "".join(parameters.values()).encode() + body, "sha256")
    return urlencode(parameters | {"signature": urlsafe_b64encode(signature)})


def post(url: str, body: bytes) -> str:
    """Send a request and return what the hub answers."""
    place = urlsplit(url)
    connection = HTTPSConnection(place.hostname or "localhost", place.port, timeout=60, context=TRUSTED)
    connection.request("POST", f"{place.path}?{sign(body)}", body, {"Content-Type": "application/json"})
    return connection.getresponse().read().decode()


print(post(sys.argv[1], sys.argv[2].encode()))
