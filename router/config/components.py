"""Components, and how they reach the router."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from .auth import Authid
from .realms import Name
from .section import Section
from .transports import Path


class ConnectingTls(Section, frozen=True, kw_only=True):
    """TLS towards a router: the authorities to trust; without any, those of the system."""

    ca_certificates: tuple[Path, ...] = ()


class ConnectingEndpoint(Section, frozen=True, kw_only=True):
    """Where a router is."""


class ConnectingTcp(ConnectingEndpoint, frozen=True, kw_only=True, tag_field="type", tag="tcp"):
    """A TCP port, with TLS."""

    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65_535)]
    tls: ConnectingTls | None = None


class ConnectingUnix(ConnectingEndpoint, frozen=True, kw_only=True, tag_field="type", tag="unix"):
    """A UNIX socket."""

    path: Path


class ConnectingTransport(Section, frozen=True, kw_only=True, tag_field="type", tag="websocket"):
    """WebSocket towards a router; ``url`` matters for its path only."""

    endpoint: ConnectingTcp | ConnectingUnix
    url: str | None = None


class ComponentWampCra(Section, frozen=True, kw_only=True):
    """The identity of a component; its key is in a file, ``keys/AUTHID.key`` by default."""

    authid: Authid
    role: Name | None = None
    key_file: Path | None = None


class ComponentAuth(Section, frozen=True, kw_only=True):
    """How a component logs in."""

    wampcra: ComponentWampCra


class Component(Section, frozen=True, kw_only=True):
    """Something that runs in a container worker."""


class ClassComponent(Component, frozen=True, kw_only=True, tag_field="type", tag="class"):
    """A class on the component base; ``classname`` is its full dotted name."""

    classname: str
    realm: Name
    transport: ConnectingTransport
    auth: ComponentAuth
    id: str | None = None
    extra: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """What its process and its directory are called: the id, else the authid."""
        return self.id or self.auth.wampcra.authid

    @property
    def key_file(self) -> str:
        """Where its key is, relative to the data directory."""
        return self.auth.wampcra.key_file or f"keys/{self.auth.wampcra.authid}.key"
