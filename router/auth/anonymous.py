"""Sessions without a login: a fixed role, and a random name that nobody chose."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..core.authentication import Accept

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide


METHOD = "anonymous"


def random_name() -> str:
    """Return a name that nobody chose."""
    return f"anonymous_{secrets.token_hex(8)}"


class Anonymous:
    """Lets everyone in with one role. The authid that a client asks for is not given: it would look like a login."""

    def __init__(self, role: str, name: Callable[[], str] = random_name) -> None:
        self._role = role
        self._name = name

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Accept."""
        decide(Accept(self._name(), self._role, authmethod=METHOD, authprovider="static"))
