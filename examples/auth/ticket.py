"""WAMP ticket: send a token, which `wampi token add` has made.

python ticket.py wss://home.local:8443/ws ca.pem anna token.txt
"""

from typing import Any

from autobahn.wamp.types import Challenge
from given import arguments, secret
from hub import Way, visit


class Ticket(Way):
    """A name and a token."""

    method = "ticket"

    def __init__(self, authid: str, token: str) -> None:
        self.authid = authid
        self._token = token

    def answer(self, challenge: Challenge, transport: Any) -> str:
        """Return the token itself; the TLS connection keeps it secret."""
        return self._token


if __name__ == "__main__":
    given = arguments("authid", "token_file")
    raise SystemExit(visit(given.url, given.ca_file, Ticket(given.authid, secret(given.token_file))))
