"""The console: the way in of whoever is at the hub itself, in a realm that is for that alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..core.authentication import Accept, Deny
from ..core.authorization import Permission, Role
from ..datadir import OWNER
from .procedures import PREFIX

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide

CONSOLE = "console"
"""The realm and the way in of whoever is at the hub itself."""


class ConsoleLogin:
    """Lets in who runs as the same user as the node: such a process can read all its files anyway.

    The kernel says who is at the other end of a UNIX socket (unix(7), SO_PEERCRED).
    """

    def __init__(self, uid: int, name: Callable[[int], str]) -> None:
        self._uid = uid
        self._name = name

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Accept, or deny."""
        uid = applicant.transport.uid
        if uid != self._uid:
            decide(Deny(f"{CONSOLE}: user {uid} is not the one that runs the hub"))
            return
        decide(Accept(self._name(self._uid), OWNER, authmethod=CONSOLE, authprovider="node"))


def console_role() -> Role:
    """Return the role of whoever is at the hub itself, in the realm that is for that alone."""
    return Role(OWNER, (Permission(PREFIX, "prefix", frozenset({"call"})),))
