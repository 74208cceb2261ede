"""Logging in over HTTPS first: the cookie that comes back admits the WebSocket, for hours and without the password.

python cookie.py wss://home.local:8443/ws ca.pem anna password.txt
"""

from given import arguments, secret
from hub import Headers, visit
from over_https import origin_of, post


def log_in(origin: str, name: str, password: str, ca_file: str) -> str:
    """Log in, and return the Cookie field for later requests."""
    said = {"username": name, "password": password}
    with post(f"{origin}/auth/login", ca_file, {"Origin": origin}, said) as answer:
        return str(answer.headers["Set-Cookie"]).partition(";")[0]


if __name__ == "__main__":
    given = arguments("authid", "password_file")
    origin = origin_of(given.url)
    cookie = log_in(origin, given.authid, secret(given.password_file), given.ca_file)
    fields = {"Cookie": cookie, "Origin": origin}
    try:
        status = visit(given.url, given.ca_file, Headers(fields))
    finally:
        post(f"{origin}/auth/logout", given.ca_file, fields).close()  # the cookie is worth nothing from then on
    raise SystemExit(status)
