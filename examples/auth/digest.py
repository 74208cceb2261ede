"""HTTP Digest on the WebSocket's own request (RFC 7616, SHA-256): the password itself does not travel.

python digest.py wss://home.local:8443/ws ca.pem anna password.txt
"""

import hashlib
import secrets
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from given import arguments, secret
from hub import Headers, visit
from over_https import origin_of, send


def challenge(origin: str, ca_file: str) -> dict[str, str]:
    """Ask for something that needs a login, and return the parameters of the Digest challenge."""
    try:
        send(f"{origin}/auth/ticket", ca_file, {})
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


if __name__ == "__main__":
    given = arguments("authid", "password_file")
    origin, target = origin_of(given.url), urlsplit(given.url).path
    offered = challenge(origin, given.ca_file)
    field = authorization("GET", target, given.authid, secret(given.password_file), offered)
    raise SystemExit(visit(given.url, given.ca_file, Headers({"Authorization": field, "Origin": origin})))
