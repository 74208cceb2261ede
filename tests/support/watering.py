"""A sprinkler that waters as soon as it runs, so that a test of dying needs no router."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from wampi.components import Caller
from wampi.components.sprinkler import Sprinkler


class Watering(Sprinkler):
    """Runs the first zone for as long as it may."""

    def start(self) -> Deferred[None]:
        return super().start().addCallback(self._water)

    def _water(self, _: None) -> None:
        zone, about = next(iter(self.state.zones.items()))
        self.run(Caller(), zone, about.max_seconds)
