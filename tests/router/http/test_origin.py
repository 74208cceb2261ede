"""Pages of other sites, at each place where a browser could be made to ask for something."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.store import PASSWORD
from support.web import ANNA, COOKIE, FORM_COOKIE, WebHub, basic, web_configuration
from websockets.exceptions import InvalidStatus


@pytest.fixture(scope="module")
def hub_configuration() -> dict[str, Any]:
    node = web_configuration()
    bridged = {"type": "caller", "realm": "home", "role": "resident"}
    node["workers"][0]["transports"][0]["paths"]["call"] = bridged
    return node


def websocket(hub: WebHub, origin: str) -> int:
    try:
        with hub.socket(cookie=hub.log_in(), origin=origin) as client:
            client.join()
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def posted(path: str, body: object, **headers: str) -> Callable[[WebHub, str], int]:
    def ask(hub: WebHub, origin: str) -> int:
        data = json.dumps(body).encode()
        return hub.ask("POST", path, data, {"Content-Type": "application/json", "Origin": origin, **headers}).status

    return ask


def form(hub: WebHub, origin: str) -> int:
    shown = hub.ask("GET", "/auth/login")
    token = shown.body.decode().partition('name="token" value="')[2].partition('"')[0]
    fields = {"token": token, "username": ANNA, "password": PASSWORD}
    assert FORM_COOKIE in shown.cookies
    return hub.send_form("/auth/login", fields, cookies=shown.cookies, headers={"Origin": origin}).status


def logout(hub: WebHub, origin: str) -> int:
    return hub.send_json("/auth/logout", {}, cookies={COOKIE: hub.log_in()}, headers={"Origin": origin}).status


PLACES: dict[str, tuple[int, Callable[[WebHub, str], int]]] = {
    "a WebSocket": (101, websocket),
    "long-poll": (200, posted("/lp/open", {"protocols": ["wamp.2.json"]}, **basic(ANNA, PASSWORD))),
    "the login by its form": (303, form),
    "the login by a script": (200, posted("/auth/login", {"username": ANNA, "password": PASSWORD})),
    "a ticket": (200, posted("/auth/ticket", {"realm": "home"}, **basic(ANNA, PASSWORD))),
    "the logout": (200, logout),
    "the bridge": (200, posted("/call", {"procedure": "wampi.no_such"})),
}
"""Place -> the status for the hub's own page, and how to ask there."""

OTHERS = [
    "null", "https://evil.test", "http://localhost:PORT", "https://localhost", "https://localhost:443",
    "https://localhost:1PORT", "https://localhost:PORT.evil.test", "https://localhost.evil.test:PORT",
    "https://evil-localhost:PORT", "https://sub.localhost:PORT", "https://127.0.0.1:PORT", "https://localhost:PORT/",
    "https://localhost:PORT@evil.test", "https://localhost:PORT https://evil.test", "wss://localhost:PORT",
    "https://LOCALHOST:PORT", "https://localhost.:PORT", "file://", "*", "https://*",
]  # fmt: skip
"""Origins that are not the hub's own, or not as browsers write it."""


@pytest.mark.parametrize("place", PLACES)
def test_an_origin_that_is_not_this_scheme_host_and_port_gets_nothing_anywhere(hub: WebHub, place: str) -> None:
    own, ask = PLACES[place]
    assert ask(hub, hub.origin) == own
    origins = [origin.replace("PORT", str(hub.port)) for origin in OTHERS]
    assert {origin: ask(hub, origin) for origin in origins} == dict.fromkeys(origins, 403)
