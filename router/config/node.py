"""The whole configuration of a node."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from .limits import NodeLimits
from .section import Section
from .workers import ContainerWorker, GuestWorker, Id, RouterWorker


class Controller(Section, frozen=True, kw_only=True):
    """The node's process."""

    id: Id | None = None
    limits: NodeLimits = NodeLimits()


class Node(Section, frozen=True, kw_only=True):
    """A configuration, as it stands in the file."""

    version: Literal[2]
    schema: str | None = field(default=None, name="$schema")
    controller: Controller = Controller()
    workers: tuple[RouterWorker | ContainerWorker | GuestWorker, ...]

    @property
    def routers(self) -> list[RouterWorker]:
        """The router workers."""
        return [worker for worker in self.workers if isinstance(worker, RouterWorker)]
