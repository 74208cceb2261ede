"""An authenticator: a procedure that the hub asks about logins. It keeps its people in a file of its own.

    python authenticator.py wss://home.local:8443/ws ca.pem doorman doorman.key people.json

The file says what each way's logins are worth (docs/auth/dynamic.md has one).
"""

import json
from pathlib import Path
from typing import Any

from callee import serve
from given import arguments

PROCEDURE = "com.example.authenticate"


class Doorman:
    """Knows the people of a file."""

    def __init__(self, people: dict[str, Any]) -> None:
        self._people = people

    def authenticate(self, _realm: str, authid: str | None, details: dict[str, Any]) -> Any:
        """Return who somebody is, or what proves it; null for those who are not to come in."""
        method = details["authmethod"]
        if method == "tls":
            return self._people["tls"].get(details["transport"]["peer_cert"]["sha256"])
        if method == "anonymous":
            return self._people["anonymous"]
        return self._people.get(method, {}).get(authid)


if __name__ == "__main__":
    given = arguments("authid", "key_file", "people_file")
    people = json.loads(Path(given.people_file).read_text(encoding="utf-8"))
    serve(given, PROCEDURE, Doorman(people).authenticate)
