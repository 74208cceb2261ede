"""A ticket in the query, for clients that can set nothing but the address: good for one WebSocket and half a minute.

python ticket_in_query.py wss://home.local:8443/ws ca.pem anna password.txt
"""

import base64
import json

from given import arguments, secret
from hub import Headers, visit
from over_https import origin_of, post


def take_ticket(origin: str, name: str, password: str, ca_file: str) -> str:
    """Return a ticket for one WebSocket in the realm `home`."""
    pair = base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
    with post(f"{origin}/auth/ticket", ca_file, {"Authorization": f"Basic {pair}"}, {"realm": "home"}) as answer:
        return str(json.load(answer)["ticket"])


if __name__ == "__main__":
    given = arguments("authid", "password_file")
    ticket = take_ticket(origin_of(given.url), given.authid, secret(given.password_file), given.ca_file)
    raise SystemExit(visit(f"{given.url}?ticket={ticket}", given.ca_file, Headers({})))
