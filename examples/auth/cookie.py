"""Logging in over HTTPS first: the cookie that comes back admits the WebSocket, for hours and without the password.

python cookie.py wss://home.local:8443/ws anna ca.pem
"""

import json
import sys
from getpass import getpass
from urllib.request import Request, urlopen

from session import join, origin_of, trusting


def log_in(origin: str, name: str, password: str, ca_file: str) -> str:
    """Log in, and return the Cookie field for later requests."""
    body = json.dumps({"username": name, "password": password}).encode()
    request = Request(f"{origin}/auth/login", body, {"Content-Type": "application/json", "Origin": origin})
    with urlopen(request, context=trusting(ca_file)) as answer:
        return str(answer.headers["Set-Cookie"]).partition(";")[0]


def log_out(origin: str, cookie: str, ca_file: str) -> None:
    """End that login: the cookie is worth nothing from then on."""
    fields = {"Content-Type": "application/json", "Origin": origin, "Cookie": cookie}
    urlopen(Request(f"{origin}/auth/logout", b"{}", fields), context=trusting(ca_file)).close()


def main(url: str, name: str, ca_file: str) -> None:
    """Log in, use the cookie, log out."""
    password, origin = getpass(f"Password of {name}: "), origin_of(url)
    cookie = log_in(origin, name, password, ca_file)
    try:
        join(url, ca_file, {"Cookie": cookie, "Origin": origin})
    finally:
        log_out(origin, cookie, ca_file)


if __name__ == "__main__":
    main(*sys.argv[1:])
