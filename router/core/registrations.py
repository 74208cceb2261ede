"""Registrations: who answers the calls of which procedure or pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .timestamps import iso8601

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..codec.messages import Invoke, Match, RegisterOptions
    from .session import Session


class Registration:
    """All callees that registered one procedure or pattern share one registration and its id.

    ``callees`` stands in the order of registration; with the policy ``single`` there is one. The value of a callee is
    what it asked for in REGISTER. ``is_audited`` says that calls of it may have to be written down.
    """

    __slots__ = ("_turn", "callees", "created", "id", "invoke", "is_audited", "match", "procedure")

    def __init__(self, id: int, procedure: str, match: Match, invoke: Invoke, created: float) -> None:
        self.id = id
        self.procedure = procedure
        self.match = match
        self.invoke = invoke
        self.created = created
        # callee -> the options it registered with, in the order of registration
        self.callees: dict[Session, RegisterOptions] = {}
        self._turn = 0
        self.is_audited = False

    def choose(self, random_below: Callable[[int], int]) -> Session:
        """Return the callee of the next call, by the policy (advanced profile, "Shared Registration")."""
        if self.invoke in ("single", "first") or len(self.callees) == 1:
            return next(iter(self.callees))
        if self.invoke == "last":
            return next(reversed(self.callees))
        if self.invoke == "random":
            return list(self.callees)[random_below(len(self.callees))]
        turn = self._turn % len(self.callees)
        self._turn = turn + 1
        return list(self.callees)[turn]

    def remove(self, callee: Session) -> None:
        """Take out a callee; whose turn is next stays so."""
        if self.invoke == "roundrobin" and list(self.callees).index(callee) < self._turn:
            self._turn -= 1
        del self.callees[callee]

    def choose_next(self, tried: set[Session], random_below: Callable[[int], int]) -> Session | None:
        """Return the callee after those that have been tried, None when there is none left to try.

        Source: advanced profile, "Call Re-Routing": after ``first`` the one registered next, after ``last`` the one
        registered before, otherwise as for any call.
        """
        left = [callee for callee in self.callees if callee not in tried]
        if not left or self.invoke == "single":
            return None
        if self.invoke == "random":
            return left[random_below(len(left))]
        if self.invoke == "roundrobin":
            return self._after_turn(left)
        return left[0] if self.invoke == "first" else left[-1]

    def _after_turn(self, left: list[Session]) -> Session:
        """Return the first of ``left`` in the order of turns, and let the turn go on behind it."""
        callees = list(self.callees)
        while True:
            callee = callees[self._turn % len(callees)]
            self._turn = self._turn % len(callees) + 1
            if callee in left:
                return callee

    def describe(self) -> dict[str, Any]:
        """Return the details that the registration meta API has of it."""
        return {
            "id": self.id,
            "created": iso8601(self.created),
            "uri": self.procedure,
            "match": self.match,
            "invoke": self.invoke,
        }
