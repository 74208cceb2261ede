"""Whether somebody subscribes to a topic: asked of the router, again whenever the answer may differ.

A subscription matters whether it names the topic, a prefix of it or a pattern, so the answer is left to the
router (`wamp.subscription.match`); its creation and deletion events only say when to ask. Many events
become one question. Specification: WAMP advanced profile, "Subscription Meta API".
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger
from twisted.python.failure import Failure


class MetaSession(Protocol):
    """The part of a session that is needed here."""

    def call(self, procedure: str, *args: object) -> Deferred[Any]:
        """Call a procedure."""

    def subscribe(self, handler: Callable[..., None], topic: str) -> Deferred[Any]:
        """Subscribe to a topic."""

    def is_attached(self) -> bool:
        """Whether the session is joined."""


class Demand:
    """Watches topics for a session: topic -> who is told whether it has a subscriber."""

    def __init__(self, session: MetaSession, watched: Mapping[str, Callable[[bool], None]], log: Logger) -> None:
        self._session = session
        self._watched = watched
        self._log = log
        self._asking = False
        self._ask_again = False

    def subscribe(self) -> list[Deferred[Any]]:
        """Hear of subscriptions that come and go."""
        topics = ("wamp.subscription.on_create", "wamp.subscription.on_delete")
        return [self._session.subscribe(self._something_changed, topic) for topic in topics]

    def ask(self) -> None:
        """Ask the router about every watched topic and tell the listeners."""
        if self._asking:
            self._ask_again = True
            return
        if not self._session.is_attached():
            return
        self._asking = True
        answers = [
            self._session.call("wamp.subscription.match", topic).addCallback(self._tell, listener)
            for topic, listener in self._watched.items()
        ]
        done = gatherResults(answers, consumeErrors=True)
        done.addErrback(self._unanswered)
        done.addCallback(self._asked)

    def _something_changed(self, *_: object, **__: object) -> None:
        self.ask()

    def _tell(self, subscriptions: object, listener: Callable[[bool], None]) -> None:
        if self._session.is_attached():
            listener(bool(subscriptions))

    def _unanswered(self, failure: Failure) -> None:
        if self._session.is_attached():
            error = getattr(failure.value, "subFailure", failure)
            self._log.warn("cannot ask who subscribes: {reason}", reason=error.getErrorMessage())

    def _asked(self, _: object) -> None:
        self._asking = False
        if self._ask_again:
            self._ask_again = False
            self.ask()
