"""A ticket in the query, for clients that can set nothing but the address: good for one WebSocket and half a minute.

python ticket_in_query.py wss://home.local:8443/ws anna ca.pem
"""

import base64
import json
import sys
from getpass import getpass
from urllib.request import Request, urlopen

from session import join, origin_of, trusting


def take_ticket(origin: str, name: str, password: str, ca_file: str) -> str:
    """Return a ticket for one WebSocket in the realm `home`."""
    pair = base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
    fields = {"Content-Type": "application/json", "Authorization": f"Basic {pair}"}
    request = Request(f"{origin}/auth/ticket", json.dumps({"realm": "home"}).encode(), fields)
    with urlopen(request, context=trusting(ca_file)) as answer:
        return str(json.load(answer)["ticket"])


def main(url: str, name: str, ca_file: str) -> None:
    """Take a ticket, and spend it."""
    ticket = take_ticket(origin_of(url), name, getpass(f"Password of {name}: "), ca_file)
    join(f"{url}?ticket={ticket}", ca_file, {})


if __name__ == "__main__":
    main(*sys.argv[1:])
