"""What the examples that answer the hub have in common: a device that logs in with its key, and has one procedure."""

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

import txaio
from autobahn.twisted.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp.types import Challenge, ComponentConfig, SessionDetails
from given import secret
from hub import REALM, trusting
from twisted.internet.defer import inlineCallbacks
from wampcra import Cra


# ruff: noqa: N802 -- the names are those of Autobahn
class Callee(ApplicationSession):
    """A session that is there to be asked."""

    way: Cra
    procedure: str
    answer: Callable[..., Any]

    def onConnect(self) -> None:
        """The connection stands: say HELLO."""
        self.join(REALM, authmethods=["wampcra"], authid=self.way.authid)

    def onChallenge(self, challenge: Challenge) -> str:
        """Say AUTHENTICATE."""
        return self.way.answer(challenge, self._transport)

    @inlineCallbacks  # type: ignore[untyped-decorator]
    def onJoin(self, details: SessionDetails) -> Any:
        """Be there."""
        yield self.register(self.answer, self.procedure)
        # Autobahn's runner has made sys.stdout a log, which is not flushed.
        print("answering", file=sys.__stdout__, flush=True)


def serve(given: Namespace, procedure: str, answer: Callable[..., Any]) -> None:
    """Answer a procedure until the program is ended: ``given`` are the hub's address, its authority, name and key."""

    def make(config: ComponentConfig) -> Callee:
        callee = Callee(config)
        callee.way = Cra(given.authid, secret(given.key_file))
        callee.procedure, callee.answer = procedure, answer
        return callee

    txaio.use_twisted()
    ApplicationRunner(given.url, REALM, ssl=trusting(given.url, given.ca_file)).run(make)
