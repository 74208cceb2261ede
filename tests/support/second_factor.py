"""People whose account asks for a code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from support.authenticator_app import AuthenticatorApp
from support.store import PASSWORD

if TYPE_CHECKING:
    from support.web import WebHub


class Person:
    """An account with a second factor, and the app that makes its codes."""

    def __init__(self, hub: WebHub, name: str) -> None:
        self.name = name
        with hub.accounts as accounts:
            accounts.add_person(name, "owner", PASSWORD)
            self.app = AuthenticatorApp(accounts.second_factors.begin(name))
            self.recovery = accounts.second_factors.confirm(name, self.app.code(time.time()))

    def code(self) -> str:
        """A code that has not been used, once: the hub takes the one of the next half minute, too."""
        return self.app.code(time.time() + 30)
