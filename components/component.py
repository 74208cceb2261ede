"""The base of every component: what it is made of, apart from the network.

A *component* is a process; a *device* is what a controller sees: a kind, an id, a name, procedures and one
state. Neither knows WAMP's sessions. A device publishes through the `Port` that it is given while the
component is joined (session.py), keeps its state while it is not, and is tested with a port that remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, Protocol, TypeVar

import msgspec
from msgspec import Meta, Struct

from .procedures import Procedure, procedure, procedures_of

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IReactorProcess, IReactorTime
    from twisted.logger import Logger

    from .worker import Worker

DeviceId = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[0-9a-z_]+$")]
"""The `<id>` of a device in its URIs."""

Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""What people call a device."""

Why = Literal["command", "schedule", "safety", "start", "lost"]
StateT = TypeVar("StateT", bound=Struct)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the router vouches for it."""

    authid: str | None = None
    authrole: str | None = None
    session: int | None = None


class Cause(Struct, frozen=True):
    """Why a state changed (docs/protocol.md, "State")."""

    why: Why
    authid: str | None = None
    authrole: str | None = None

    @classmethod
    def command(cls, caller: Caller) -> Cause:
        """Somebody asked for it."""
        return cls("command", caller.authid, caller.authrole)


class Health(Struct, frozen=True):
    """What `health` answers."""

    driver: str
    uptime_seconds: float
    fault: str | None


class Port(Protocol):
    """The way out to the router, as long as there is one."""

    @property
    def behind(self) -> bool:
        """Whether earlier data still waits to be taken by the connection."""

    def publish_state(self, topic: str, event: Mapping[str, object]) -> None:
        """Publish a retained, acknowledged state event."""

    def publish(self, topic: str, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        """Publish an event that nobody acknowledges."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a component gets from its process.

    Attributes:
        clock: a reactor whose seconds are monotonic: setting the machine's clock moves nothing.
        processes: starts processes.
        worker: takes blocking work off the reactor thread.
        wall_time: seconds since 1970, for what people read.
        data_dir: a directory of the component's own, mode 0700.
        log: the component's log.
        give_up: ends the process with an error, because only a new one can help.
    """

    clock: IReactorTime
    processes: IReactorProcess
    worker: Worker
    wall_time: Callable[[], float]
    data_dir: Path
    log: Logger
    give_up: Callable[[str], None]


class NoSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a component that has none."""


class Component:
    """What a component process runs: devices, and the hardware behind them.

    A subclass names its `Settings`, a struct that the process makes from the configuration's `extra`, and
    is made with `(settings, environment)`. Raising `SetupError` there or in `start` ends the process with
    one line.
    """

    Settings: ClassVar[type[Struct]] = NoSettings

    @property
    def devices(self) -> Sequence[Device[Any]]:
        """The devices, in the order in which they are registered."""
        raise NotImplementedError

    def start(self) -> Deferred[None] | None:
        """Take the hardware. Called once, before the router is reached."""

    def stop(self) -> Deferred[None] | None:
        """Leave the hardware safe. Called once, before the router is left."""


class Device(Component, Generic[StateT]):
    """One device. It may be a component by itself, or one of several that a component has."""

    kind: ClassVar[str]
    driver: str = "none"

    def __init__(self, device_id: str, name: str, state: StateT, environment: Environment) -> None:
        self.id = device_id
        self.name = name
        self.state = state
        self.fault: str | None = None
        self.environment = environment
        self._started_seconds = environment.clock.seconds()
        self._sequence = 1
        self._port: Port | None = None

    @property
    def devices(self) -> Sequence[Device[Any]]:
        """The device itself."""
        return (self,)

    @property
    def prefix(self) -> str:
        """What every URI of the device begins with, the dot included."""
        return f"wampi.{self.kind}.{self.id}."

    @classmethod
    @cache
    def procedures(cls) -> dict[str, Procedure]:
        """The declared procedures by name."""
        return procedures_of(cls)

    @property
    def watched(self) -> Mapping[str, Callable[[bool], None]]:
        """Events made only while somebody subscribes: event name -> who is told when that changes."""
        return {}

    def described(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """What the device offers: the end of each URI, and what is there (docs/protocol.md, "Reflection")."""
        for name, declared in self.procedures().items():
            yield name, declared.describe()
        yield "state", {"type": "topic", "description": f"The state of {self.name}, retained."}
        for event in self.watched:
            yield (
                event,
                {"type": "topic", "description": f"The {event} of {self.name}, made while somebody subscribes."},
            )

    def call(self, name: str, args: Sequence[object], kwargs: Mapping[str, object], caller: Caller) -> object:
        """Check the arguments and call the procedure `name`; returns its result or a Deferred of it.

        Raises:
            CallError: the arguments are wrong, or the device refuses.
        """
        declared = self.procedures()[name]
        bound = declared.bind(args, kwargs)
        return getattr(self, declared.method)(caller, **bound)

    @procedure
    def health(self, caller: Caller) -> Health:
        """How the device is."""
        return Health(self.driver, self.environment.clock.seconds() - self._started_seconds, self.fault)

    def change(self, cause: Cause, **changes: object) -> StateT:
        """Change fields of the state, publish it if that made a difference, and return it."""
        changed = [key for key, value in changes.items() if getattr(self.state, key) != value]
        if changed:
            self.state = msgspec.structs.replace(self.state, **changes)
            self._publish_state(cause, changed)
        return self.state

    def set_fault(self, fault: str | None, cause: Cause | None = None) -> None:
        """Say in one sentence what is broken, or with None that all is well again."""
        if fault != self.fault:
            self.fault = fault
            self._publish_state(cause or Cause("safety"), [])

    def emit(self, event: str, *args: object, **kwargs: object) -> None:
        """Publish an event of the device; it is lost while the router cannot be reached.

        Autobahn keeps the names `topic` and `options` for itself; `kwargs` cannot have them.
        """
        if self._port is not None:
            self._port.publish(self.prefix + event, args, kwargs)

    def offer(self, event: str, *args: object, **kwargs: object) -> bool:
        """Publish an event unless earlier ones still wait to be sent; returns whether it went out."""
        if self._port is None or self._port.behind:
            return False
        self._port.publish(self.prefix + event, args, kwargs)
        return True

    @property
    def behind(self) -> bool:
        """Whether what `offer` was given last is still on its way, or there is no way at all."""
        return self._port is None or self._port.behind

    def attach(self, port: Port) -> None:
        """The component has joined: publish through `port` from now on, the whole state first."""
        self._port = port
        self._announce(Cause("start"), list(self.state.__struct_fields__))

    def detach(self) -> None:
        """The connection is gone."""
        self._port = None
        for listener in self.watched.values():
            listener(False)

    def describe_state(self) -> dict[str, object]:
        """The state as builtin types, as it goes on the wire."""
        described: dict[str, object] = msgspec.to_builtins(self.state, builtin_types=(bytes,))
        return described

    def lost_event(self) -> dict[str, object]:
        """The event that the router publishes when the component is gone (its testament)."""
        return self._event(None, Cause("lost"), [], 0)

    def _publish_state(self, cause: Cause, changed: list[str]) -> None:
        self._sequence += 1
        self._announce(cause, changed)

    def _announce(self, cause: Cause, changed: list[str]) -> None:
        if self._port is not None:
            event = self._event(self.describe_state(), cause, changed, self._sequence)
            self._port.publish_state(self.prefix + "state", event)

    def _event(
        self, state: dict[str, object] | None, cause: Cause, changed: list[str], sequence: int
    ) -> dict[str, object]:
        return {
            "kind": self.kind,
            "id": self.id,
            "name": self.name,
            "available": state is not None,
            "state": state,
            "changed": changed,
            "cause": msgspec.to_builtins(cause),
            "fault": self.fault if state is not None else None,
            "sequence": sequence,
            "published_at": self.environment.wall_time() if state is not None else None,
        }
