"""The registry: which sessions answer the calls of which procedures (basic profile, "Registering Procedures")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ..codec import Outgoing
from . import errors
from .errors import RequestError
from .patterns import PatternIndex
from .registrations import Registration
from .uris import is_reserved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..codec.messages import Match, Register, Unregister
    from .ports import Clock, Ids
    from .session import Session

REGISTER, REGISTERED = 64, 65
UNREGISTER, UNREGISTERED = 66, 67


class Announce(Protocol):
    """Publishes a meta event."""

    def __call__(self, topic: str, args: list[Any]) -> None:
        """Publish ``args`` to ``topic``."""


class Registry:
    """The registrations of one realm."""

    def __init__(self, ids: Ids, clock: Clock, announce: Announce, audited: Iterable[tuple[str, Match]] = ()) -> None:
        self._ids = ids
        self._clock = clock
        self._announce = announce
        self.index: PatternIndex[Registration] = PatternIndex()
        self._audited: PatternIndex[bool] = PatternIndex()
        for uri, match in audited:
            self._audited.add(uri, match, True)
        # registration id -> registration
        self._by_id: dict[int, Registration] = {}
        self.on_register: Callable[[Registration], None] = lambda _registration: None
        """Told that somebody answers a procedure or pattern from now on, after REGISTERED has been sent."""

    # ---- requests of a callee --------------------------------------------------------------------------------

    def register(self, session: Session, message: Register) -> None:
        """Answer REGISTER with REGISTERED or ERROR."""
        try:
            session.guard.check_register(message.procedure, message.options.match)
            _check_room(session)
            registration = self._join(session, message)
        except RequestError as error:
            session.send_error(REGISTER, message.request, error)
            return
        session.send(Outgoing((REGISTERED, message.request, registration.id)))
        self._announce("wamp.registration.on_register", [session.id, registration.id])
        self.on_register(registration)

    def unregister(self, session: Session, message: Unregister) -> None:
        """Answer UNREGISTER with UNREGISTERED or ERROR; calls that are under way still end as usual."""
        registration = session.registrations.get(message.registration)
        if registration is None:
            session.refuse(
                UNREGISTER,
                message.request,
                errors.NO_SUCH_REGISTRATION,
                "this session has no such registration",
            )
            return
        session.send(Outgoing((UNREGISTERED, message.request)))
        self._part(session, registration)

    # ---- from within the router ------------------------------------------------------------------------------

    def find(self, procedure: str) -> Registration | None:
        """Return the registration that a call of the procedure goes to.

        Pattern registrations whose callee may not serve this very procedure are passed over.
        """
        exact = self.index.exact.get(procedure)
        if exact is not None or not self.index.has_patterns or is_reserved(procedure):
            return exact
        for registration in self.index.matching(procedure):
            if all(callee.guard.serves(procedure) for callee in registration.callees):
                return registration
        return None

    def is_audited(self, procedure: str) -> bool:
        """Return whether calls of a procedure are to be written down."""
        return self._audited.best(procedure) is not None

    def get(self, id: int) -> Registration | None:
        """Return a registration by its id."""
        return self._by_id.get(id)

    def revoke(self, session: Session, registration: Registration, reason: str) -> None:
        """Take a registration from a callee, and tell it if it has said that it can be told.

        Source: advanced profile, "Registration Revocation".
        """
        if session.callee is not None and session.callee.registration_revocation:
            details = {"registration": registration.id, "reason": reason}
            session.send(Outgoing((UNREGISTERED, 0, details)))
        self._part(session, registration)

    def leave(self, session: Session) -> None:
        """Take out all registrations of a session that is gone."""
        for registration in list(session.registrations.values()):
            self._part(session, registration)

    # ---- details ---------------------------------------------------------------------------------------------

    def _join(self, session: Session, message: Register) -> Registration:
        """Make the session a callee of the registration, which is made where there is none."""
        options = message.options
        registration = self.index.get(message.procedure, options.match)
        if registration is not None and options.force_reregister and _is_owner(session, registration):
            for callee in list(registration.callees):
                self.revoke(callee, registration, errors.REREGISTERED)
            registration = None
        if registration is None:
            registration = self._create(session, message)
        elif registration.invoke == "single" or options.invoke != registration.invoke:
            raise RequestError(errors.PROCEDURE_ALREADY_EXISTS, f"{message.procedure!a} is registered already")
        elif session in registration.callees:
            raise RequestError(errors.PROCEDURE_ALREADY_EXISTS, "this session has registered it already")
        if session.guard.owns(message.procedure):
            options.disclose_caller = True
        registration.callees[session] = options
        session.registrations[registration.id] = registration
        return registration

    def _create(self, session: Session, message: Register) -> Registration:
        options = message.options
        registration = Registration(
            self._ids.router_id(), message.procedure, options.match, options.invoke, self._clock.time()
        )
        registration.is_audited = options.match != "exact" or self.is_audited(message.procedure)
        self.index.add(message.procedure, options.match, registration)
        self._by_id[registration.id] = registration
        self._announce("wamp.registration.on_create", [session.id, registration.describe()])
        return registration

    def _part(self, session: Session, registration: Registration) -> None:
        del session.registrations[registration.id]
        registration.remove(session)
        self._announce("wamp.registration.on_unregister", [session.id, registration.id])
        if not registration.callees:
            self.index.remove(registration.procedure, registration.match)
            del self._by_id[registration.id]
            self._announce("wamp.registration.on_delete", [session.id, registration.id])


def _is_owner(session: Session, registration: Registration) -> bool:
    """Return whether all callees are the session's own account, which alone may force them out."""
    return all(callee.identity.authid == session.identity.authid for callee in registration.callees)


def _check_room(session: Session) -> None:
    most = session.limits.registrations
    if len(session.registrations) >= most:
        raise RequestError(errors.LIMIT_EXCEEDED, f"a session may have at most {most} registrations")
