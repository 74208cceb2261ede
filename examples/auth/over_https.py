"""What the examples do over HTTPS before there is a WebSocket."""

import json
import ssl
from http.client import HTTPResponse
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen


def origin_of(url: str) -> str:
    """The origin of the hub's own pages: a login that browsers send by themselves has to name it."""
    return f"https://{urlsplit(url).netloc}"


def send(url: str, ca_file: str, headers: dict[str, str], value: object = None) -> HTTPResponse:
    """POST JSON, trusting the hub's own authority and nobody else; raises HTTPError for what is refused."""
    body = json.dumps(value or {}).encode()
    request = Request(url, body, {"Content-Type": "application/json", **headers})
    try:
        answer: HTTPResponse = urlopen(request, context=ssl.create_default_context(cafile=ca_file))
    except HTTPError:
        raise
    except URLError as error:
        raise SystemExit(f"no connection to {url}: {error.reason}") from None
    return answer


def post(url: str, ca_file: str, headers: dict[str, str], value: object = None) -> HTTPResponse:
    """POST JSON; a refusal ends the program, with the hub's own words."""
    try:
        return send(url, ca_file, headers, value)
    except HTTPError as error:
        raise SystemExit(f"not let in: {json.load(error)['error']}") from None
