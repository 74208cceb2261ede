"""Where credentials come from: the users that stand in a configuration, and several sources one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..credentials import (
    Credential,
    CredentialSource,
    Dialect,
    Holder,
    Lookup,
    ScramCredential,
    ScramLookup,
    Shape,
)

PROVIDER = "static"


@dataclass(frozen=True, slots=True)
class StaticUser:
    """A user of the configuration. With a salt, ``secret`` is the derived key in base64 already, as in Crossbar."""

    secret: str = field(repr=False)
    role: str
    salt: str | None = None
    iterations: int = 1000
    keylen: int = 32


class StaticUsers:
    """The users that stand in a configuration."""

    def __init__(self, users: Mapping[str, StaticUser]) -> None:
        # authid -> credential
        self._credentials = {authid: _credential(authid, user) for authid, user in users.items()}
        self._shapes = frozenset(credential.shape for credential in self._credentials.values())

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        """Call ``done`` at once."""
        done(Lookup(self._credentials.get(authid), self._shapes))


class StaticHolders:
    """Tickets, keys and certificates that stand in a configuration."""

    def __init__(self, holders: Mapping[bytes, Holder]) -> None:
        # SHA-256, or public key -> whose it is
        self._holders = dict(holders)

    def find_holder(
        self, proof: bytes, done: Callable[[Holder | None], None], failed: Callable[[Exception], None]
    ) -> None:
        """Call ``done`` at once."""
        done(self._holders.get(proof))


class StaticScram:
    """SCRAM keys that stand in a configuration, by dialect."""

    def __init__(self, credentials: Mapping[Dialect, Mapping[str, ScramCredential]]) -> None:
        # dialect -> authid -> keys
        self._credentials = credentials

    def find_scram(
        self,
        authid: str,
        dialect: Dialect,
        done: Callable[[ScramLookup], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Call ``done`` at once."""
        known = self._credentials.get(dialect, {})
        done(ScramLookup(known.get(authid), frozenset(credential.shape for credential in known.values())))


class Sources:
    """Several sources as one: the first that knows a name decides about it.

    All are asked in any case, so that the time taken does not tell which of them knew the name, or whether one did.
    """

    def __init__(self, sources: Sequence[CredentialSource]) -> None:
        self._sources = tuple(sources)

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        """Call ``done`` when all sources have answered, ``failed`` when one of them could not."""
        self._find_from(0, Lookup(None, frozenset()), authid, done, failed)

    def _find_from(
        self,
        index: int,
        so_far: Lookup,
        authid: str,
        done: Callable[[Lookup], None],
        failed: Callable[[Exception], None],
    ) -> None:
        if index == len(self._sources):
            done(so_far)
            return

        def go_on(found: Lookup) -> None:
            together = Lookup(so_far.credential or found.credential, so_far.shapes | found.shapes)
            self._find_from(index + 1, together, authid, done, failed)

        self._sources[index].find(authid, go_on, failed)


def _credential(authid: str, user: StaticUser) -> Credential:
    shape = partial(Shape, PROVIDER, user.role)
    return Credential(
        authid=authid,
        authrole=user.role,
        shape=shape() if user.salt is None else shape(len(user.salt), user.iterations, user.keylen),
        key=user.secret.encode(),
        salt=user.salt,
    )
