"""Workers: the router, containers with components, and guests."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from .components import ClassComponent
from .realms import Realm
from .section import Section
from .transports import Listener, Path

Argument = Annotated[str, Meta(max_length=4096)]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_\-]{1,64}$")]


class Environment(Section, frozen=True, kw_only=True):
    """The environment of a process: what it inherits from the node, and what is set besides."""

    inherit: bool | tuple[str, ...] = True
    vars: dict[str, Argument] = {}


class ContainerOptions(Section, frozen=True, kw_only=True):
    """Options of a container."""

    pythonpath: tuple[Path, ...] = ()
    env: Environment = Environment()


class GuestOptions(Section, frozen=True, kw_only=True):
    """Options of a guest."""

    workdir: Path | None = None
    env: Environment = Environment()
    stdout: Literal["log", "close"] = "log"
    stderr: Literal["log", "close"] = "log"


class Worker(Section, frozen=True, kw_only=True):
    """A part of the node."""

    id: Id | None = None


class RouterWorker(Worker, frozen=True, kw_only=True, tag_field="type", tag="router"):
    """Realms and listeners; they live in the node's own process."""

    realms: tuple[Realm, ...] = ()
    transports: tuple[Listener, ...] = ()


class ContainerWorker(Worker, frozen=True, kw_only=True, tag_field="type", tag="container"):
    """Components, each in a process of its own."""

    components: tuple[ClassComponent, ...] = ()
    options: ContainerOptions = ContainerOptions()


class GuestWorker(Worker, frozen=True, kw_only=True, tag_field="type", tag="guest"):
    """Any program, started and watched by the node."""

    executable: Path
    arguments: tuple[Argument, ...] = ()
    options: GuestOptions = GuestOptions()
