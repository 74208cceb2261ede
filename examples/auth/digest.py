"""HTTP Digest on the WebSocket's own request (RFC 7616, SHA-256): the password itself does not travel.

python digest.py wss://home.local:8443/ws anna ca.pem
"""

import hashlib
import secrets
import sys
from getpass import getpass
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, parse_http_list, parse_keqv_list, urlopen

from session import join, origin_of, trusting


def challenge(origin: str, ca_file: str) -> dict[str, str]:
    """Ask for something that needs a login, and return the parameters of the Digest challenge."""
    try:
        urlopen(Request(f"{origin}/auth/ticket", method="POST"), context=trusting(ca_file))
    except HTTPError as error:
        for line in error.headers.get_all("WWW-Authenticate", []):
            if line.startswith("Digest "):
                return parse_keqv_list(parse_http_list(line.removeprefix("Digest ")))
    raise SystemExit("the hub offers no Digest")


def sha256(text: str) -> str:
    """Return H(text)."""
    return hashlib.sha256(text.encode()).hexdigest()


def authorization(method: str, target: str, name: str, password: str, offered: dict[str, str]) -> str:
    """Return the Authorization field for one request."""
    realm, nonce, cnonce, count = offered["realm"], offered["nonce"], secrets.token_urlsafe(16), "00000001"
    a1, a2 = sha256(f"{name}:{realm}:{password}"), sha256(f"{method}:{target}")
    response = sha256(f"{a1}:{nonce}:{count}:{cnonce}:auth:{a2}")
    return (
        f'Digest username="{name}", realm="{realm}", nonce="{nonce}", uri="{target}", algorithm=SHA-256, '
        f'qop=auth, nc={count}, cnonce="{cnonce}", response="{response}"'
    )


def main(url: str, name: str, ca_file: str) -> None:
    """Log in by a digest of name, password and the hub's nonce."""
    password, origin = getpass(f"Password of {name}: "), origin_of(url)
    field = authorization("GET", urlsplit(url).path, name, password, challenge(origin, ca_file))
    join(url, ca_file, {"Authorization": field, "Origin": origin})


if __name__ == "__main__":
    main(*sys.argv[1:])
