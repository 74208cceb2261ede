"""Which sessions an event may go to: black- and whitelists (advanced profile, "Subscriber Black- and Whitelisting").

The six lists are joined by "and". A list that is present but empty counts: an empty ``eligible`` means nobody.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from msgspec import UNSET, UnsetType

from ..codec.messages import PublishOptions
from .passthru import has_announced

if TYPE_CHECKING:
    from .passthru import Passed
    from .session import Session


_ENTRY_BYTES = 64
"""About what an entry of a set takes, beside the text of it."""


class Audience(Protocol):
    """Whom an event is for."""

    def admits(self, session: Session) -> bool:
        """Return whether the event may go to ``session``."""


class ReceiverFilter:
    """The lists of one publication, as sets, and what a receiver must have announced. Equal ones admit the same."""

    __slots__ = ("_eligible", "_excluded", "_feature")

    def __init__(self, options: PublishOptions, feature: str | None = None) -> None:
        self._eligible = _lists(options.eligible, options.eligible_authid, options.eligible_authrole)
        self._excluded = _lists(options.exclude, options.exclude_authid, options.exclude_authrole)
        self._feature = feature

    def admits(self, session: Session) -> bool:
        """Return whether the event may go to ``session``; exclusion wins over eligibility."""
        if self._feature is not None and not has_announced(session.subscriber, self._feature):
            return False
        return self._eligible.hold_everywhere(session) and not self._excluded.hold_somewhere(session)

    def to_map(self) -> dict[str, Any]:
        """Return what outlives the process, as plain values: not the lists of sessions."""
        sets = {
            "eligible_authid": self._eligible.authids,
            "eligible_authrole": self._eligible.authroles,
            "exclude_authid": self._excluded.authids,
            "exclude_authrole": self._excluded.authroles,
        }
        lists = {name: sorted(names) for name, names in sets.items() if names is not None}
        return {"lists": lists, "feature": self._feature}

    @classmethod
    def of_map(cls, values: dict[str, Any]) -> ReceiverFilter:
        """Return the filter that :meth:`to_map` has described."""
        return cls(PublishOptions(**values["lists"]), values["feature"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ReceiverFilter):
            return NotImplemented
        return self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[_Lists, _Lists, str | None]:
        return self._eligible, self._excluded, self._feature

    @property
    def size_bytes(self) -> int:
        """About how much memory the lists take."""
        entries = (entry for lists in (self._eligible, self._excluded) for entry in chain(*filter(None, lists)))
        return sum(_ENTRY_BYTES + (len(entry) if isinstance(entry, str) else 0) for entry in entries)


class _Lists(NamedTuple):
    """Session ids, authids and authroles; None where the publisher named none.

    Whose rights have a scope has to be eligible by that role, too, and is excluded by either.
    """

    sessions: frozenset[int] | None
    authids: frozenset[str] | None
    authroles: frozenset[str] | None

    def hold_everywhere(self, session: Session) -> bool:
        return (
            (self.sessions is None or session.id in self.sessions)
            and (self.authids is None or session.identity.authid in self.authids)
            and (self.authroles is None or self.authroles.issuperset(_roles_of(session)))
        )

    def hold_somewhere(self, session: Session) -> bool:
        return (
            (self.sessions is not None and session.id in self.sessions)
            or (self.authids is not None and session.identity.authid in self.authids)
            or (self.authroles is not None and not self.authroles.isdisjoint(_roles_of(session)))
        )


def _roles_of(session: Session) -> tuple[str, ...]:
    identity = session.identity
    return (identity.authrole,) if identity.scope is None else (identity.authrole, identity.scope)


def _lists(sessions: list[int] | UnsetType, authids: list[str] | UnsetType, authroles: list[str] | UnsetType) -> _Lists:
    return _Lists(
        frozenset(sessions) if sessions is not UNSET else None,
        frozenset(authids) if authids is not UNSET else None,
        frozenset(authroles) if authroles is not UNSET else None,
    )


def receiver_filter(options: PublishOptions, passed: Passed | None = None) -> ReceiverFilter | None:
    """Return the filter of a publication, None when it may go to all: it names no list and no form of its own."""
    feature = None if passed is None else passed.needed_to_receive
    if (
        feature is None
        and options.eligible is UNSET
        and options.exclude is UNSET
        and options.eligible_authid is UNSET
        and options.exclude_authid is UNSET
        and options.eligible_authrole is UNSET
        and options.exclude_authrole is UNSET
    ):
        return None
    return ReceiverFilter(options, feature)
