"""How sessions log in on a listener."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .realms import Name
from .section import Section

Authid = Annotated[str, Meta(min_length=1, max_length=128)]


class Anonymous(Section, frozen=True, kw_only=True, tag_field="type", tag="static"):
    """Anybody gets in, with this role."""

    role: Name


class WampCra(Section, frozen=True, kw_only=True):
    """WAMP-CRA, with users from one source or another."""


class StaticUser(Section, frozen=True, kw_only=True):
    """A user written into the configuration.

    With ``salt`` the secret is the derived key (base64 of PBKDF2-SHA256), else the password itself.
    """

    secret: Annotated[str, Meta(min_length=1, max_length=1024)]
    role: Name
    salt: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None
    iterations: Annotated[int, Meta(ge=1, le=10_000_000)] = 1000
    keylen: Annotated[int, Meta(ge=16, le=64)] = 32


class StaticWampCra(WampCra, frozen=True, kw_only=True, tag_field="type", tag="static"):
    """The users stand in the configuration."""

    users: dict[Authid, StaticUser]


class AccountsWampCra(WampCra, frozen=True, kw_only=True, tag_field="type", tag="accounts"):
    """The users are the accounts of ``wampi user`` and ``wampi device``."""


class Switch(Section, frozen=True, kw_only=True):
    """A way to log in that has nothing to be set: to name it is to have it."""


WEB_WAYS = ("cookie", "basic", "digest", "query")


class WebAuth(Section, frozen=True, kw_only=True):
    """The ways to log in by what an HTTP request carries, all with the accounts."""

    cookie: Switch | None = None
    basic: Switch | None = None
    digest: Switch | None = None
    query: Switch | None = None

    @property
    def web_ways(self) -> tuple[str, ...]:
        """The names of those that are there."""
        return tuple(name for name in WEB_WAYS if getattr(self, name) is not None)


class Auth(WebAuth, frozen=True, kw_only=True):
    """The ways to log in; without any nobody can."""

    anonymous: Anonymous | None = None
    wampcra: StaticWampCra | AccountsWampCra | None = None

    @property
    def is_web_only(self) -> bool:
        """Whether HELLO can do nothing for a connection whose request carried no login."""
        others = (name for name in self.__struct_fields__ if name not in WEB_WAYS)
        return bool(self.web_ways) and all(getattr(self, name) is None for name in others)
