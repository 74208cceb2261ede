"""Subscriptions: who wants the events of which topic or pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .timestamps import iso8601

if TYPE_CHECKING:
    from ..codec.messages import Match
    from .session import Session


class Subscription:
    """All sessions that subscribed to one topic or pattern share one subscription and its id.

    ``latest`` holds those receivers that want only the newest undelivered event. A permanent subscription stays when
    its last receiver leaves.
    """

    __slots__ = ("created", "id", "is_permanent", "latest", "match", "receivers", "topic")

    def __init__(self, id: int, topic: str, match: Match, created: float, is_permanent: bool = False) -> None:
        self.id = id
        self.topic = topic
        self.match = match
        self.created = created
        self.is_permanent = is_permanent
        # an ordered set: sessions in the order in which they subscribed
        self.receivers: dict[Session, None] = {}
        self.latest: set[Session] = set()

    @property
    def is_over(self) -> bool:
        """Whether nobody needs it any more."""
        return not self.receivers and not self.is_permanent

    def covers(self, topic: str) -> bool:
        """Return whether an event of ``topic`` belongs to this subscription."""
        if self.match == "exact":
            return topic == self.topic
        if self.match == "prefix":
            return topic.startswith(self.topic)
        ours, theirs = self.topic.split("."), topic.split(".")
        return len(ours) == len(theirs) and all(a in ("", b) for a, b in zip(ours, theirs, strict=True))

    def describe(self) -> dict[str, Any]:
        """Return the details that the subscription meta API has of it."""
        return {"id": self.id, "created": iso8601(self.created), "uri": self.topic, "match": self.match}
