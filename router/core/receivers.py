"""Which sessions an event may go to: black- and whitelists (advanced profile, "Subscriber Black- and Whitelisting").

The six lists are joined by "and". A list that is present but empty counts: an empty ``eligible`` means nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

if TYPE_CHECKING:
    from ..codec.messages import PublishOptions
    from .session import Session


class ReceiverFilter:
    """The lists of one publication, as sets."""

    __slots__ = ("_eligible", "_excluded")

    def __init__(self, options: PublishOptions) -> None:
        self._eligible = _Lists(options.eligible, options.eligible_authid, options.eligible_authrole)
        self._excluded = _Lists(options.exclude, options.exclude_authid, options.exclude_authrole)

    def admits(self, session: Session) -> bool:
        """Return whether the lists let the event go to ``session``; exclusion wins over eligibility."""
        return self._eligible.holds_everywhere(session) and not self._excluded.holds_somewhere(session)


class _Lists:
    """Session ids, authids and authroles; UNSET where the publisher named none."""

    __slots__ = ("_authids", "_authroles", "_sessions")

    def __init__(
        self,
        sessions: list[int] | UnsetType,
        authids: list[str] | UnsetType,
        authroles: list[str] | UnsetType,
    ) -> None:
        self._sessions = frozenset(sessions) if sessions is not UNSET else None
        self._authids = frozenset(authids) if authids is not UNSET else None
        self._authroles = frozenset(authroles) if authroles is not UNSET else None

    def holds_everywhere(self, session: Session) -> bool:
        return (
            (self._sessions is None or session.id in self._sessions)
            and (self._authids is None or session.identity.authid in self._authids)
            and (self._authroles is None or session.identity.authrole in self._authroles)
        )

    def holds_somewhere(self, session: Session) -> bool:
        return (
            (self._sessions is not None and session.id in self._sessions)
            or (self._authids is not None and session.identity.authid in self._authids)
            or (self._authroles is not None and session.identity.authrole in self._authroles)
        )


def receiver_filter(options: PublishOptions) -> ReceiverFilter | None:
    """Return the filter of a publication, None when it names no list at all."""
    if (
        options.eligible is UNSET
        and options.exclude is UNSET
        and options.eligible_authid is UNSET
        and options.exclude_authid is UNSET
        and options.eligible_authrole is UNSET
        and options.exclude_authrole is UNSET
    ):
        return None
    return ReceiverFilter(options)
