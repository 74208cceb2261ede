"""The sprinkler device: zones, runs and their queue.

It decides what waters next; how long a valve may stay open is in the keeper's hands (keeper.py). One zone waters at a
time, because a house has one water supply. When a zone closes for safety the queue is emptied: what people planned
around has not happened, and no valve should open by surprise.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct
from twisted.internet.defer import Deferred

from ..component import Caller, Cause, Device, Environment
from ..errors import BusyError, DeviceFailedError, InvalidArgumentError, NotFoundError
from ..gpio import load_gpio
from ..procedures import procedure
from .guard import Guard, Listener, keeper_spawner, line_claimer
from .settings import LONGEST_RUN_SECONDS, SprinklerSettings, ZoneId, valves_of

LONGEST_QUEUE = 16

Duration = Annotated[float, Meta(ge=1, le=LONGEST_RUN_SECONDS)]
RunId = Annotated[str, Meta(min_length=1, max_length=40)]


class ZoneState(Struct, frozen=True):
    """A zone as controllers see it."""

    name: str
    open: bool
    max_seconds: float


class QueuedRun(Struct, frozen=True):
    """A run that waits for its turn."""

    run: str
    zone: str
    duration_seconds: float
    authid: str | None


class RunningRun(Struct, frozen=True):
    """The run that waters; `remaining_seconds` is filled in when the state is described."""

    run: str
    zone: str
    duration_seconds: float
    remaining_seconds: float
    authid: str | None


class SprinklerState(Struct, frozen=True):
    """The state in docs/protocol.md, "sprinkler"."""

    zones: dict[str, ZoneState]
    running: RunningRun | None = None
    queue: list[QueuedRun] = []


class Accepted(Struct, frozen=True):
    """What `run` answers."""

    run: str
    queued: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One run that was asked for."""

    id: str
    zone: str
    duration_seconds: float
    caller: Caller


class Valves(Protocol):
    """The way to the valves (guard.py)."""

    @property
    def ready(self) -> bool:
        """Whether valves can be opened."""

    def start(self) -> Deferred[None]:
        """Close all valves and get ready."""

    def stop(self) -> Deferred[None]:
        """Close all valves for good."""

    def open(self, zone: str, seconds: float, run: str) -> None:
        """Open a valve for a while."""

    def close(self, zone: str) -> None:
        """Close a valve now."""


class Sprinkler(Device[SprinklerState]):
    """A sprinkler with its zones. It is told by the keeper what its valves really do, and publishes that."""

    Settings = SprinklerSettings
    kind = "sprinkler"

    def __init__(
        self,
        settings: SprinklerSettings,
        environment: Environment,
        make_valves: Callable[[Listener], Valves] | None = None,
        make_id: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        zones = {id_: ZoneState(one.name, False, one.max_seconds) for id_, one in settings.zones.items()}
        super().__init__(settings.id, settings.name, SprinklerState(zones), environment)
        self.driver = settings.driver
        self._valves = (make_valves or _real_valves(settings, environment))(self)
        self._make_id = make_id
        self._current: Run | None = None
        self._watering: Run | None = None
        self._opened_seconds = 0.0
        self._queue: list[Run] = []
        self._close_cause: Cause | None = None
        self._waiting: list[Deferred[dict[str, object]]] = []

    def start(self) -> Deferred[None]:
        """Start the keeper; all valves are closed when this is done."""
        return self._valves.start()

    def stop(self) -> Deferred[None]:
        """Close all valves and end the keeper."""
        self._queue.clear()
        return self._valves.stop()

    @procedure
    def run(self, caller: Caller, zone: ZoneId, duration_seconds: Duration) -> Accepted:
        """Water a zone for a while, now or when its turn comes."""
        limit = self._zone(zone).max_seconds
        if duration_seconds > limit:
            raise InvalidArgumentError(
                f"duration_seconds must be a number from 1 to {limit:g} in zone {zone}, not {duration_seconds:g}"
            )
        if not self._valves.ready:
            raise DeviceFailedError("the valve keeper is being started again; try in a moment")
        if len(self._queue) >= LONGEST_QUEUE:
            raise BusyError(f"the queue is full: {LONGEST_QUEUE} runs wait already")
        wanted = Run(self._make_id(), zone, duration_seconds, caller)
        self._queue.append(wanted)
        self._advance()
        queued = self._current is not wanted
        if queued:
            self._show(Cause.command(caller))
        return Accepted(wanted.id, queued)

    @procedure("stop")
    def stop_zone(self, caller: Caller, zone: ZoneId) -> dict[str, object] | Deferred[dict[str, object]]:
        """End a zone's run and take its queued runs out."""
        self._zone(zone)
        cause = Cause.command(caller)
        self._drop(lambda one: one.zone == zone, cause)
        return self._end(self._current is not None and self._current.zone == zone, cause)

    @procedure
    def cancel(self, caller: Caller, run: RunId) -> dict[str, object] | Deferred[dict[str, object]]:
        """Take one run out of the queue, or end it."""
        cause = Cause.command(caller)
        is_current = self._current is not None and self._current.id == run
        if not self._drop(lambda one: one.id == run, cause) and not is_current:
            raise NotFoundError(f"there is no run {run!a} now")
        return self._end(is_current, cause)

    @procedure
    def stop_all(self, caller: Caller) -> dict[str, object] | Deferred[dict[str, object]]:
        """Close every valve and empty the queue."""
        cause = Cause.command(caller)
        self._drop(lambda one: True, cause)
        return self._end(self._current is not None, cause)

    def keeper_ready(self) -> None:
        """Valves can be opened."""
        self.set_fault(None)

    def keeper_lost(self, reason: str) -> None:
        """The keeper is gone; the valves have been closed from here."""
        self._finish(Cause("safety"))
        self.set_fault(reason)

    def opened(self, zone: str, run: str) -> None:
        """A valve has opened."""
        if self._current is None or self._current.id != run:
            self._valves.close(zone)
            return
        self._opened_seconds = self.environment.clock.seconds()
        self.set_fault(None)
        self._watering = self._current
        self._show(Cause.command(self._current.caller))

    def closed(self, zone: str, run: str, why: str) -> None:
        """A valve has closed."""
        if self._current is None or self._current.id != run:
            return
        if why == "deadline":
            self._finish(Cause.command(self._current.caller))
        elif why == "request":
            self._finish(self._close_cause or Cause("safety"))
        else:
            self._finish(Cause("safety"))

    def refused(self, zone: str, run: str, reason: str) -> None:
        """A valve could not be opened."""
        self.set_fault(f"the valve of zone {zone} cannot be opened: {reason}")
        if self._current is not None and self._current.id == run:
            self._finish(Cause("safety"))

    def failed(self, zone: str, reason: str) -> None:
        """A valve does not close."""
        self.set_fault(f"the valve of zone {zone} does not close: {reason}")

    def describe_state(self) -> dict[str, object]:
        """The state, with the seconds that remain at this moment."""
        described = super().describe_state()
        running = described["running"]
        if isinstance(running, dict):
            elapsed = self.environment.clock.seconds() - self._opened_seconds
            running["remaining_seconds"] = max(0.0, running["duration_seconds"] - elapsed)
        return described

    def _zone(self, zone: str) -> ZoneState:
        try:
            return self.state.zones[zone]
        except KeyError:
            known = ", ".join(self.state.zones)
            raise NotFoundError(f"there is no zone {zone!a}; the zones are {known}") from None

    def _advance(self) -> None:
        """Begin the next run if nothing waters; the state follows when its valve has opened."""
        if self._current is None and self._queue:
            self._current = self._queue.pop(0)
            self._close_cause = None
            self._valves.open(self._current.zone, self._current.duration_seconds, self._current.id)

    def _drop(self, unwanted: Callable[[Run], bool], cause: Cause) -> bool:
        """Take runs out of the queue; returns whether there were any."""
        kept = [one for one in self._queue if not unwanted(one)]
        dropped = len(kept) < len(self._queue)
        self._queue = kept
        if dropped:
            self._show(cause)
        return dropped

    def _end(self, is_wanted: bool, cause: Cause) -> dict[str, object] | Deferred[dict[str, object]]:
        """Close the valve of the current run, and answer with the state once it is closed."""
        if not is_wanted or self._current is None:
            return self.describe_state()
        self._close_cause = cause
        answer: Deferred[dict[str, object]] = Deferred()
        self._waiting.append(answer)
        self._valves.close(self._current.zone)
        return answer

    def _finish(self, cause: Cause) -> None:
        """The current run is over and its valve closed."""
        self._current = self._watering = None
        if cause.why == "safety":
            self._queue.clear()
        self._show(cause)
        waiting, self._waiting = self._waiting, []
        for answer in waiting:
            answer.callback(self.describe_state())
        self._advance()

    def _show(self, cause: Cause) -> None:
        """Publish what waters and what waits."""
        watering = self._watering
        open_zone = watering.zone if watering else None
        zones = {zone: msgspec.structs.replace(one, open=zone == open_zone) for zone, one in self.state.zones.items()}
        running = None
        if watering is not None:
            seconds = watering.duration_seconds
            running = RunningRun(watering.id, watering.zone, seconds, seconds, watering.caller.authid)
        queue = [QueuedRun(one.id, one.zone, one.duration_seconds, one.caller.authid) for one in self._queue]
        self.change(cause, zones=zones, running=running, queue=queue)


def _real_valves(settings: SprinklerSettings, environment: Environment) -> Callable[[Listener], Valves]:
    """Valves behind a keeper process.

    Raises:
        SetupError: the driver's library is missing. It is loaded here, too, to be there when the keeper dies.
    """
    valves = valves_of(settings)
    directory = environment.data_dir / "lines"
    if settings.driver == "rpi_gpio":
        load_gpio()
    spawn = keeper_spawner(environment.processes, settings.driver, valves, directory)
    claim = line_claimer(settings.driver, valves, directory)
    return lambda listener: Guard(environment.clock, spawn, claim, listener, environment.log)
