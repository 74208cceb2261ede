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


class Auth(Section, frozen=True, kw_only=True):
    """The ways to log in; without any nobody can."""

    anonymous: Anonymous | None = None
    wampcra: StaticWampCra | AccountsWampCra | None = None
