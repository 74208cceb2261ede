"""The router: its realms, and a link for each connection that comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import errors
from .limits import LOGIN_LIMITS, LoginLimits
from .link import Link
from .realm import DEFAULT_OPTIONS, Environment, Realm, RealmOptions
from .revocations import Revocations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .authentication import Authenticator
    from .authorization import Role
    from .ports import Peer


class Router:
    """Realms by name, and the links to all connections.

    A listener attaches each connection with the authenticator that its configuration names.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        # name -> realm
        self.realms: dict[str, Realm] = {}
        self._links: set[Link] = set()
        self._revocations = Revocations(environment.clock)
        self._is_closing = False

    def add_realm(self, name: str, roles: Iterable[Role], options: RealmOptions = DEFAULT_OPTIONS) -> Realm:
        """Make a realm; raises ``ValueError`` when there is one of that name."""
        if name in self.realms:
            raise ValueError(f"there is a realm {name!r} already")
        self.realms[name] = realm = Realm(name, roles, self._environment, options)
        return realm

    def attach(
        self,
        peer: Peer,
        authenticator: Authenticator,
        strict_request_ids: bool = False,
        login_limits: LoginLimits = LOGIN_LIMITS,
    ) -> Link:
        """Return the link for a new connection; its time to say HELLO runs from now.

        With ``strict_request_ids`` a request id that is not the last one plus one is a protocol violation.
        """
        link = Link(
            self.realms,
            peer,
            authenticator,
            self._environment,
            self._revocations,
            self._links.discard,
            strict_request_ids,
            login_limits,
        )
        self._links.add(link)
        if self._is_closing:
            link.dismiss(errors.SYSTEM_SHUTDOWN, "the router is stopping")
        return link

    def expel(
        self, authid: str, credential: str | None = None, spare: tuple[str, ...] = (), but: int | None = None
    ) -> list[int]:
        """End the sessions of an authid in all realms, and its logins under way; see :meth:`.Realm.expel`."""
        self._revocations.note(authid)
        return [id for realm in self.realms.values() for id in realm.expel(authid, credential, spare, but)]

    def shut_down(self) -> None:
        """End all sessions with ``wamp.close.system_shutdown``, and let no new one in."""
        self._is_closing = True
        for link in list(self._links):
            link.dismiss(errors.SYSTEM_SHUTDOWN, "the router is stopping")
