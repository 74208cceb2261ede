"""How sessions log in on a listener."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..unshown import Unshown
from .realms import Name
from .section import Section

Authid = Annotated[str, Meta(min_length=1, max_length=128)]
Hash = Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$", description="32 bytes in hexadecimal")]
Salt = Annotated[str, Meta(pattern="^([0-9a-fA-F]{2}){8,64}$", description="8 to 64 bytes in hexadecimal")]
Fingerprint = Annotated[
    str,
    Meta(
        pattern="^[0-9a-fA-F]{2}(:?[0-9a-fA-F]{2}){31}$", description="a SHA-256 in hexadecimal, as OpenSSL prints it"
    ),
]


class Dynamic(Section, frozen=True, kw_only=True, rename="kebab"):
    """A procedure decides; it is called in the realm that somebody wants to join, or always in one."""

    authenticator: Annotated[str, Meta(min_length=1, max_length=255)]
    authenticator_realm: Name | None = None


class Anonymous(Section, frozen=True, kw_only=True):
    """Sessions without a login."""


class StaticAnonymous(Anonymous, frozen=True, kw_only=True, tag_field="type", tag="static"):
    """Anybody gets in, with this role."""

    role: Name


class DynamicAnonymous(Anonymous, Dynamic, frozen=True, kw_only=True, tag_field="type", tag="dynamic"):
    """A procedure decides who gets in, and with which role."""


class WampCra(Section, frozen=True, kw_only=True):
    """WAMP-CRA, with users from one source or another."""


class StaticUser(Unshown, Section, frozen=True, kw_only=True):
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


class DynamicWampCra(WampCra, Dynamic, frozen=True, kw_only=True, tag_field="type", tag="dynamic"):
    """A procedure knows the users."""


class Scram(Section, frozen=True, kw_only=True):
    """WAMP-SCRAM, with users from one source or another."""


class ScramUser(Unshown, Section, frozen=True, kw_only=True, rename="kebab"):
    """What SCRAM keeps of a password, in hexadecimal. The spelling of ``kdf`` says for which clients it is.

    ``argon2id13`` is for the method ``wamp-scram``, ``argon2id-13`` for Autobahn's ``scram``, ``pbkdf2`` for both.
    """

    role: Name
    kdf: Literal["argon2id13", "argon2id-13", "pbkdf2"]
    salt: Salt
    iterations: Annotated[int, Meta(ge=1, le=10_000_000)]
    memory: Annotated[int, Meta(ge=8, le=4 * 1024 * 1024)] | None = None
    stored_key: Hash
    server_key: Hash


class StaticScram(Scram, frozen=True, kw_only=True, tag_field="type", tag="static"):
    """The users stand in the configuration."""

    principals: dict[Authid, ScramUser]


class AccountsScram(Scram, frozen=True, kw_only=True, tag_field="type", tag="accounts"):
    """The users are the accounts of ``wampi user``."""

    kdf: Literal["argon2id13", "pbkdf2"] = "argon2id13"


class DynamicScram(Scram, Dynamic, frozen=True, kw_only=True, tag_field="type", tag="dynamic"):
    """A procedure knows the users."""


class Cryptosign(Section, frozen=True, kw_only=True):
    """WAMP-cryptosign, with keys from one source or another."""


class CryptosignUser(Section, frozen=True, kw_only=True):
    """Public keys (Ed25519, in hexadecimal) of somebody."""

    role: Name
    authorized_keys: tuple[Hash, ...]


class StaticCryptosign(Cryptosign, frozen=True, kw_only=True, tag_field="type", tag="static"):
    """The keys stand in the configuration."""

    principals: dict[Authid, CryptosignUser]


class AccountsCryptosign(Cryptosign, frozen=True, kw_only=True, tag_field="type", tag="accounts"):
    """The keys are those of ``wampi key``."""


class DynamicCryptosign(Cryptosign, Dynamic, frozen=True, kw_only=True, tag_field="type", tag="dynamic"):
    """A procedure knows the users."""


class Ticket(Section, frozen=True, kw_only=True):
    """WAMP tickets, from one source or another."""


class TicketUser(Unshown, Section, frozen=True, kw_only=True):
    """The ticket of somebody, in the clear."""

    ticket: Annotated[str, Meta(min_length=1, max_length=1024)]
    role: Name


class StaticTicket(Ticket, frozen=True, kw_only=True, tag_field="type", tag="static"):
    """The tickets stand in the configuration."""

    principals: dict[Authid, TicketUser]


class AccountsTicket(Ticket, frozen=True, kw_only=True, tag_field="type", tag="accounts"):
    """The tickets are the tokens of ``wampi token``."""


class DynamicTicket(Ticket, Dynamic, frozen=True, kw_only=True, tag_field="type", tag="dynamic"):
    """A procedure knows the users."""


class Tls(Section, frozen=True, kw_only=True):
    """TLS client certificates, with identities from one source or another; those of ``revoked`` are good no more."""


class TlsUser(Section, frozen=True, kw_only=True, rename="kebab"):
    """The certificate of somebody; without its SHA-256, any whose common name is the authid."""

    role: Name
    certificate_sha256: Fingerprint | None = None


class StaticTls(Tls, frozen=True, kw_only=True, tag_field="type", tag="static"):
    """The identities stand in the configuration."""

    principals: dict[Authid, TlsUser]
    revoked: tuple[Fingerprint, ...] = ()


class AccountsTls(Tls, frozen=True, kw_only=True, tag_field="type", tag="accounts"):
    """The identities are accounts: by the certificates of ``wampi key``, or by the name in the certificate."""

    identity: Literal["fingerprint", "common-name"] = "fingerprint"
    revoked: tuple[Fingerprint, ...] = ()


class DynamicTls(Tls, Dynamic, frozen=True, kw_only=True, tag_field="type", tag="dynamic"):
    """A procedure knows whose a certificate is."""

    revoked: tuple[Fingerprint, ...] = ()


class Switch(Section, frozen=True, kw_only=True):
    """A way to log in that has nothing to be set: to name it is to have it."""


WEB_WAYS = ("cookie", "basic", "digest", "bearer", "query")


class WebAuth(Section, frozen=True, kw_only=True):
    """The ways to log in by what an HTTP request carries, all with the accounts."""

    cookie: Switch | None = None
    basic: Switch | None = None
    digest: Switch | None = None
    bearer: Switch | None = None
    query: Switch | None = None

    @property
    def web_ways(self) -> tuple[str, ...]:
        """The names of those that are there."""
        return tuple(name for name in WEB_WAYS if getattr(self, name) is not None)


class Auth(WebAuth, frozen=True, kw_only=True):
    """The ways to log in; without any nobody can."""

    anonymous: StaticAnonymous | DynamicAnonymous | None = None
    wampcra: StaticWampCra | AccountsWampCra | DynamicWampCra | None = None
    scram: StaticScram | AccountsScram | DynamicScram | None = None
    cryptosign: StaticCryptosign | AccountsCryptosign | DynamicCryptosign | None = None
    ticket: StaticTicket | AccountsTicket | DynamicTicket | None = None
    tls: StaticTls | AccountsTls | DynamicTls | None = None

    @property
    def is_web_only(self) -> bool:
        """Whether HELLO can do nothing for a connection whose request carried no login."""
        others = (name for name in self.__struct_fields__ if name not in WEB_WAYS)
        return bool(self.web_ways) and all(getattr(self, name) is None for name in others)

    @property
    def ways(self) -> dict[str, Section]:
        """Name -> settings, of the ways that there are here."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: way for name, way in named.items() if way is not None}
