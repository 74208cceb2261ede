"""WAMP-CRA: sign a challenge with a key that is derived from the password.

python wampcra.py wss://home.local:8443/ws ca.pem anna password.txt
"""

from typing import Any

from autobahn.wamp.auth import compute_wcs, derive_key
from autobahn.wamp.types import Challenge
from given import arguments, secret
from hub import Way, visit


class Cra(Way):
    """A name and a password, or the key of a device."""

    method = "wampcra"

    def __init__(self, authid: str, password: str) -> None:
        self.authid = authid
        self._password = password

    def answer(self, challenge: Challenge, transport: Any) -> str:
        """Sign the challenge as it came; a password is salted and stretched, the random key of a device is not."""
        extra, key = challenge.extra, self._password.encode()
        if "salt" in extra:
            key = derive_key(key, extra["salt"], extra["iterations"], extra["keylen"])
        return compute_wcs(key, extra["challenge"].encode()).decode()


if __name__ == "__main__":
    given = arguments("authid", "password_file")
    raise SystemExit(visit(given.url, given.ca_file, Cra(given.authid, secret(given.password_file))))
