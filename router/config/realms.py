"""Realms, roles and permissions."""

from typing import Annotated, Literal

from msgspec import Meta

from .limits import RoleLimits
from .section import Section

Match = Literal["exact", "prefix", "wildcard"]
Name = Annotated[str, Meta(min_length=1, max_length=128)]


class Allow(Section, frozen=True, kw_only=True):
    """What a permission allows; what is left out is not allowed."""

    call: bool = False
    register: bool = False
    publish: bool = False
    subscribe: bool = False


class Disclose(Section, frozen=True, kw_only=True):
    """Whether the other side learns who called or published: true always, false never, left out if it asks for it."""

    caller: bool | None = None
    publisher: bool | None = None


class Permission(Section, frozen=True, kw_only=True):
    """One rule of a role."""

    uri: str
    match: Match = "exact"
    allow: Allow = Allow()
    disclose: Disclose = Disclose()
    cache: bool = False
    """Taken for Crossbar's sake: the rules stand in the file, so the answers are always kept."""


class Role(Section, frozen=True, kw_only=True):
    """A role: what its sessions may do and use."""

    name: Name
    permissions: tuple[Permission, ...] = ()
    limits: RoleLimits = RoleLimits()
    trustlevel: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    owns: str | None = None
    """The URI prefix of a device, under which nobody else may register."""
    authorizer: str | None = None
    """A procedure that decides in place of the permissions."""


class RealmOptions(Section, frozen=True, kw_only=True):
    """Options of a realm."""

    uri_check: Literal["loose", "strict"] = "loose"
    """The rules for URIs: the specification's loose ones, or its strict ones (lower case, digits, underscore)."""


class TopicPattern(Section, frozen=True, kw_only=True):
    """Topics for which every subscription keeps the newest undelivered event only."""

    uri: str
    match: Match = "exact"


class ProcedurePattern(Section, frozen=True, kw_only=True):
    """Procedures of which it is written down who called them."""

    uri: str
    match: Match = "exact"


class HistoryTopic(Section, frozen=True, kw_only=True):
    """Topics whose last events are kept, for ``wamp.subscription.get_events``."""

    uri: str
    match: Match = "exact"
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 100


class Store(Section, frozen=True, kw_only=True, rename={"event_history": "event-history"}):
    """Where a realm keeps past events: in memory until the node stops, or in a file of the data directory."""

    type: Literal["memory", "sqlite"] = "memory"
    event_history: tuple[HistoryTopic, ...] = ()


class Realm(Section, frozen=True, kw_only=True):
    """A routing domain; sessions of different realms never meet."""

    name: Name
    roles: tuple[Role, ...] = ()
    options: RealmOptions = RealmOptions()
    latest: tuple[TopicPattern, ...] = ()
    audit: tuple[ProcedurePattern, ...] = ()
    store: Store | None = None
