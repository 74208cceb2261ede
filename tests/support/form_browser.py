"""A browser for pages that need no script."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from support.store import PASSWORD
from support.web import COOKIE

if TYPE_CHECKING:
    from support.web import Response, WebHub


class Browser:
    """A browser without scripts: keeps cookies, sends back the forms that it is shown."""

    def __init__(self, hub: WebHub) -> None:
        self._hub = hub
        self.cookies: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        self.text = ""

    def open(self, path: str) -> Response:
        return self._keep(self._hub.ask("GET", path, cookies=self.cookies))

    def send(self, path: str, **fields: str) -> Response:
        return self._keep(self._hub.send_form(path, self.fields | fields, cookies=self.cookies))

    def log_in(self, name: str, password: str = PASSWORD, then: str = "/", **more: str) -> Response:
        self.open(f"/auth/login?again=1&next={then}")
        return self.send("/auth/login", username=name, password=password, **more)

    def _keep(self, answer: Response) -> Response:
        self.cookies |= answer.cookies
        self.text = answer.body.decode()
        found = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', self.text)
        self.fields = {name: html.unescape(value) for name, value in found}
        return answer


def logged_in(hub: WebHub, name: str) -> Browser:
    """Return a browser of somebody whom there is, just logged in."""
    browser = Browser(hub)
    assert browser.log_in(name, then="/auth/account").status == 303
    return browser


def who(hub: WebHub, cookie: str | None) -> str | None:
    """Return whom a cookie stands for; None when that is nobody."""
    answer = hub.ask("GET", "/auth/session", cookies={} if cookie is None else {COOKIE: cookie})
    assert answer.status == 200
    name: str | None = answer.json["authid"]
    return name
