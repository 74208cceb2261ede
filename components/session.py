"""Devices on a WAMP session: the one file that speaks Autobahn's session API.

Joining logs in with WAMP-CRA, leaves a testament for each device, registers its procedures and publishes
its state; then the devices publish through the `SessionPort` until the session ends. A session is used
once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from autobahn.twisted.wamp import ApplicationSession
from autobahn.wamp import auth
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import (
    CallDetails,
    Challenge,
    CloseDetails,
    PublishOptions,
    RegisterOptions,
    SessionDetails,
)
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from .component import Caller, Component, Device
from .demand import Demand
from .errors import CallError, DeviceFailedError
from .logs import describe_failure

_DETAILS = "__details"
_STATE = PublishOptions(acknowledge=True, retain=True)


@dataclass(frozen=True, slots=True)
class Login:
    """Who a component is to the router. The key signs challenges; it is never sent or logged."""

    realm: str
    authid: str
    key: str

    def __repr__(self) -> str:
        """Without the key."""
        return f"Login({self.realm!r}, {self.authid!r})"


class Listener(Protocol):
    """Who is told what becomes of a session."""

    def joined(self) -> None:
        """The devices are registered and their states published."""

    def refused(self, reason: str) -> None:
        """The router ended the session, or did not let it begin; the connection closes next."""


@implementer(IPushProducer)
class Pressure:
    """Notices when the transport has more to send than it can get rid of."""

    def __init__(self) -> None:
        self.behind = False

    def pauseProducing(self) -> None:  # noqa: N802
        """The transport's buffer is over its mark."""
        self.behind = True

    def resumeProducing(self) -> None:  # noqa: N802
        """The buffer has been sent."""
        self.behind = False

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone."""
        self.behind = True


class SessionPort:
    """What devices publish through while the session lasts."""

    def __init__(self, session: DeviceSession, pressure: Pressure, log: Logger) -> None:
        self._session = session
        self._pressure = pressure
        self._log = log

    @property
    def behind(self) -> bool:
        """Whether the transport still has earlier data to send."""
        return self._pressure.behind

    def publish_state(self, topic: str, event: Mapping[str, object]) -> None:
        """Publish a retained state event, and log it if the router does not take it."""
        if self._session.is_attached():
            done = self._session.publish(topic, options=_STATE, **event)
            done.addErrback(self._not_taken, topic)

    def publish(self, topic: str, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        """Publish an event without acknowledgement."""
        if self._session.is_attached():
            self._session.publish(topic, *args, **kwargs)

    def _not_taken(self, failure: Failure, topic: str) -> None:
        self._log.warn("the router did not take {topic}: {reason}", topic=topic, reason=_reason(failure))


class DeviceSession(ApplicationSession):
    """One session of a component."""

    def __init__(self, login: Login, component: Component, listener: Listener, log: Logger) -> None:
        super().__init__()
        self._login = login
        self._component = component
        self._listener = listener
        self._component_log = log
        self._pressure = Pressure()
        self._demand: Demand | None = None
        self._wire: Any = None

    def onConnect(self) -> None:  # noqa: N802
        """The transport is open: say HELLO."""
        self._wire = self._transport
        self._wire.registerProducer(self._pressure, True)
        self.join(self._login.realm, authmethods=["wampcra"], authid=self._login.authid)

    def onChallenge(self, challenge: Challenge) -> str:  # noqa: N802
        """Sign the challenge as the router sent it (WAMP advanced profile, "WAMP-CRA").

        Raises:
            CallError: the challenge is not one that a device's random key answers.
        """
        text = challenge.extra.get("challenge")
        if challenge.method != "wampcra" or not isinstance(text, str) or "salt" in challenge.extra:
            raise CallError("the router sent a challenge that is not unsalted WAMP-CRA")
        signature: bytes = auth.compute_wcs(self._login.key, text)
        return signature.decode("ascii")

    def onJoin(self, details: SessionDetails) -> None:  # noqa: N802
        """Put the devices on the session; if that fails, leave, so that it is tried again from the start."""
        done = gatherResults(self._set_up(), consumeErrors=True)
        done.addCallbacks(lambda _: self._ready(), self._set_up_failed)

    def onLeave(self, details: CloseDetails) -> None:  # noqa: N802
        """The session ended."""
        self._release()
        if details.reason not in (CloseDetails.REASON_DEFAULT, "wamp.close.goodbye_and_out"):
            self._listener.refused(f"{details.reason} {details.message or ''}".strip())
        if self._transport is not None and self._transport.isOpen():
            self.disconnect()

    def onDisconnect(self) -> None:  # noqa: N802
        """The transport is gone."""
        self._release()
        super().onDisconnect()

    def onUserError(self, fail: Failure, msg: str) -> None:  # noqa: N802
        """Errors that Autobahn would log with a traceback: what callers are told is not an error of ours."""
        if not isinstance(fail.value, ApplicationError | CallError):
            self._component_log.error("{reason}", reason=describe_failure(fail))

    def finish(self) -> None:
        """Leave the realm in order; the transport closes after the router's GOODBYE."""
        self._stop_producing()
        if self.is_attached():
            self.leave()
        elif self._transport is not None and self._transport.isOpen():
            self.disconnect()

    def _set_up(self) -> list[Deferred[Any]]:
        """All that a joined session needs, in order; WAMP keeps the order, so no answer is waited for."""
        steps: list[Deferred[Any]] = []
        watched: dict[str, Callable[[bool], None]] = {}
        for device in self._component.devices:
            steps.append(self._leave_testament(device))
            for name in device.procedures():
                endpoint = self._endpoint(device, name)
                options = RegisterOptions(details_arg=_DETAILS)
                steps.append(self.register(endpoint, device.prefix + name, options=options))
            watched |= {device.prefix + event: listener for event, listener in device.watched.items()}
        if watched:
            self._demand = Demand(self, watched, self._component_log)
            steps += self._demand.subscribe()
        return steps

    def _leave_testament(self, device: Device[Any]) -> Deferred[Any]:
        """Have the router say that the device is gone (WAMP advanced profile, "Session Testament")."""
        done: Deferred[Any] = self.call(
            "wamp.session.add_testament",
            device.prefix + "state",
            [],
            device.lost_event(),
            publish_options={"retain": True},
        )
        return done

    def _ready(self) -> None:
        if not self.is_attached():
            return
        port = SessionPort(self, self._pressure, self._component_log)
        for device in self._component.devices:
            device.attach(port)
        if self._demand is not None:
            self._demand.ask()
        self._listener.joined()
        self._describe_devices()

    def _describe_devices(self) -> None:
        """Let controllers look up what the devices offer (WAMP advanced profile, "Interface Reflection").

        They work without: a router that does not want to know is not asked why.
        """
        for device in self._component.devices:
            for name, schema in device.described():
                self.call("wamp.reflect.define", device.prefix + name, schema).addErrback(lambda _: None)

    def _set_up_failed(self, failure: Failure) -> None:
        first = getattr(failure.value, "subFailure", failure)
        self._listener.refused(f"cannot set up the devices: {_reason(first)}")
        self.finish()

    def _release(self) -> None:
        self._stop_producing()
        for device in self._component.devices:
            device.detach()

    def _stop_producing(self) -> None:
        if self._wire is not None:
            self._wire.unregisterProducer()
            self._wire = None

    def _endpoint(self, device: Device[Any], name: str) -> Callable[..., Deferred[object]]:
        def endpoint(*args: object, **kwargs: object) -> Deferred[object]:
            details = kwargs.pop(_DETAILS)
            assert isinstance(details, CallDetails)
            caller = Caller(details.caller_authid, details.caller_authrole, details.caller)
            done = maybeDeferred(device.call, name, args, kwargs, caller)
            done.addCallbacks(_to_wire, self._call_failed, errbackArgs=(device.prefix + name,))
            return done

        return endpoint

    def _call_failed(self, failure: Failure, procedure: str) -> object:
        """Turn an exception into the error that the caller is told; what is a bug of ours goes to the log."""
        if not self.is_attached():
            return None
        error = failure.value
        if not isinstance(error, CallError):
            self._component_log.error(
                "{procedure} failed: {reason}", procedure=procedure, reason=describe_failure(failure)
            )
            error = DeviceFailedError("the device could not do it; its log says why")
        raise ApplicationError(error.uri, str(error))


def _to_wire(result: object) -> object:
    return msgspec.to_builtins(result, builtin_types=(bytes,))


def _reason(failure: Failure) -> str:
    """What the router said, in one line."""
    error = failure.value
    if isinstance(error, ApplicationError):
        return f"{error.error} {error.error_message() if error.args else ''}".strip()
    return failure.getErrorMessage() or type(error).__name__
