"""Testaments: events that the router publishes for a session once it is gone (advanced profile, "Testament")."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from . import errors
from .errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..codec import Payload
    from ..codec.messages import PublishOptions
    from .passthru import Passed

Scope = Literal["destroyed", "detached"]


@dataclass(frozen=True, slots=True)
class Testament:
    """One event to be published."""

    topic: str
    options: PublishOptions
    payload: Payload
    passed: Passed | None = None


@dataclass(slots=True)
class Testaments:
    """The testaments of one session. The router does not resume sessions, so both scopes end together."""

    detached: list[Testament] = field(default_factory=list)
    destroyed: list[Testament] = field(default_factory=list)

    def add(self, testament: Testament, scope: Scope, most: int) -> None:
        """Keep a testament; raises ``wampi.error.limit_exceeded`` when the session has ``most`` already."""
        if len(self.detached) + len(self.destroyed) >= most:
            raise RequestError(errors.LIMIT_EXCEEDED, f"a session may have at most {most} testaments")
        self._bucket(scope).append(testament)

    def flush(self, scope: Scope) -> int:
        """Forget the testaments of one scope and return how many there were."""
        bucket = self._bucket(scope)
        count = len(bucket)
        bucket.clear()
        return count

    def __iter__(self) -> Iterator[Testament]:
        """Iterate in the order of publication: detached ones first, each scope in the order they were added."""
        yield from self.detached
        yield from self.destroyed

    def _bucket(self, scope: Scope) -> list[Testament]:
        return self.detached if scope == "detached" else self.destroyed
