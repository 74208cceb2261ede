"""Choosing the method: the first of those that the client offers and that this listener has.

Every login passes here, whatever its method. Source: advanced profile, "Authentication".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..core import errors
from ..core.authentication import Deny
from .carried import is_carried

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Authenticator, Decide

_OFFERED_BY_SILENCE = ("anonymous",)
_LOGGED_CHARACTERS = 100


class Methods:
    """Several methods behind one :class:`Authenticator`."""

    def __init__(self, methods: Mapping[str, Authenticator]) -> None:
        # name of the method in HELLO.Details.authmethods -> method
        self._methods = dict(methods)

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Hand the applicant to the method that the client prefers.

        Who names none is let in by what the connection's HTTP request carried, and is anonymous if that was nothing.
        """
        offered = applicant.authmethods or (*_carried_method(applicant), *_OFFERED_BY_SILENCE)
        for name in offered:
            method = self._methods.get(name)
            if method is not None and is_carried(applicant, name) and _is_possible(method, applicant):
                method.authenticate(applicant, decide)
                return
        names = ", ".join(offered)[:_LOGGED_CHARACTERS]
        decide(
            Deny(
                reason=f"no method in common, offered were: {names}",
                uri=errors.NO_MATCHING_AUTH_METHOD,
                message="None of the authentication methods that you offer is accepted here.",
            )
        )


def _carried_method(applicant: Applicant) -> tuple[str, ...]:
    principal = applicant.transport.principal
    return () if principal is None else (principal.method,)


def _is_possible(method: Authenticator, applicant: Applicant) -> bool:
    """Return whether the connection has what a method needs; most need nothing."""
    asks: Callable[[Applicant], bool] = getattr(method, "is_possible", lambda _applicant: True)
    return asks(applicant)
