"""What an owner can do to a node that runs: its sessions and its roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from ..core import errors
from ..core.arguments import Procedure
from ..core.errors import RequestError
from ..core.review import Gathered

if TYPE_CHECKING:
    from ..core.authorization import Permission, Role
    from ..core.realm import Realm
    from ..core.router import Router

Answer = Callable[[Any], None]

Name = Annotated[str, Meta(min_length=1, max_length=128)]


@dataclass(frozen=True, slots=True)
class Later:
    """A result that takes its time: ``begin`` is given what is to be told it."""

    begin: Callable[[Answer], None]


class Live:
    """The node as it runs. ``reload`` reads the roles of the configuration again and lets them hold."""

    def __init__(self, routers: list[Router], reload: Callable[[], None]) -> None:
        self._routers = routers
        self._reload = reload

    def session_list(self, _asker: int | None) -> list[dict[str, Any]]:
        """List the sessions of all realms, by name."""
        found = [(realm.name, session) for realm in self._realms() for session in realm.clients]
        sessions = [{"realm": realm, **session.describe()} for realm, session in found]
        return sorted(sessions, key=lambda shown: (shown["realm"], shown["authid"], shown["session"]))

    def session_kick(self, asker: int | None, session: int) -> None:
        """End one session, not one's own."""
        for realm in self._realms():
            for found in realm.clients:
                if found.id == session != asker:
                    found.end(errors.KILLED, "an owner has ended this session")
                    return
        raise RequestError(errors.NO_SUCH_SESSION, f"there is no session {session} that you could end")

    def session_kick_user(self, asker: int | None, name: Name) -> int:
        """End all sessions of somebody but one's own, and return how many there were."""
        found = [session for realm in self._realms() for session in realm.clients]
        others = [session for session in found if session.identity.authid == name and session.id != asker]
        for session in others:
            session.end(errors.KILLED, "an owner has ended this session")
        return len(others)

    def role_list(self, _asker: int | None) -> list[dict[str, Any]]:
        """List the roles of all realms, with their rules."""
        return [
            {"realm": realm.name, **_described(role)}
            for realm in self._realms()
            for role in realm.roles
            if not role.is_internal
        ]

    def role_reload(self, _asker: int | None) -> Later:
        """Read the roles of the configuration again and ask authorizers again; what has changed holds at once."""
        self._reload()
        return Later(lambda answer: self._reassess(lambda _count: answer(None)))

    def role_review(self, _asker: int | None) -> Later:
        """Ask authorizers again about all that they have allowed, and return how much was taken back."""
        return Later(self._reassess)

    def _reassess(self, done: Callable[[int], None]) -> None:
        realms = self._realms()
        together = Gathered(len(realms), done)
        for realm in realms:
            realm.reassess(together.add)

    def _realms(self) -> list[Realm]:
        return [realm for router in self._routers for realm in router.realms.values()]


def _described(role: Role) -> dict[str, Any]:
    return {"name": role.name, "owns": role.owns, "permissions": [_rule(rule) for rule in role.permissions]}


def _rule(rule: Permission) -> dict[str, Any]:
    return {"uri": rule.uri, "match": rule.match, "allow": sorted(rule.allow)}


@dataclass(frozen=True, slots=True)
class LiveOperation:
    """One thing that can be done; ``changes`` says whether it is audited."""

    call: Procedure
    changes: bool


_METHODS: Mapping[str, Callable[..., Any]] = {
    "session.list": Live.session_list,
    "session.kick": Live.session_kick,
    "session.kick_user": Live.session_kick_user,
    "role.list": Live.role_list,
    "role.reload": Live.role_reload,
    "role.review": Live.role_review,
}

LIVE: Mapping[str, LiveOperation] = {
    name: LiveOperation(Procedure(method, given=2), changes=not name.endswith(".list"))
    for name, method in _METHODS.items()
}
"""Name, which stands behind ``wampi.admin.`` in the URI -> operation."""
