"""The router's own sessions: they answer, they call, and they come back."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from support.core import AcceptAnyone, Client, FakeRouter
from support.transport import CODECS
from support.wamp import CALL, INVOCATION, YIELD
from wampi.router.core.errors import RequestError
from wampi.router.transport.inside import Answer, Caller, InsideSession
from wampi.router.transport.turn import Turn


class Room(FakeRouter):
    """A realm with a session of the router's own that answers `com.echo`."""

    def __init__(self) -> None:
        super().__init__()
        self.callers: list[Caller] = []
        self.answers: list[Answer] = []
        attach = partial(self.router.attach, authenticator=AcceptAnyone())
        self.inside = InsideSession(attach, CODECS["msgpack"], Turn(self.clock), self.clock, "home")
        self.inside.register("com.echo", self._echo)
        self.inside.register("com.later", self._later)
        self.inside.start()
        self.run()

    def _echo(self, caller: Caller, args: list[Any], kwargs: dict[str, Any], answer: Answer) -> None:
        self.callers.append(caller)
        if not args:
            raise RequestError("com.error.nothing", "say something")
        answer([args, kwargs])

    def _later(self, _caller: Caller, _args: list[Any], _kwargs: dict[str, Any], answer: Answer) -> None:
        self.answers.append(answer)

    def run(self, seconds: float = 0.0) -> None:
        for _ in range(5):
            self.clock.advance(seconds / 5)
        for _ in range(5):
            self.clock.advance(0)

    def ask(self, client: Client, *message: Any) -> list[Any]:
        client.take()
        client.request(CALL, *message)
        self.run()
        [answer] = client.take()
        return answer


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    yield room
    room.inside.stop()


def test_it_answers_with_who_has_called(room: Room) -> None:
    client = room.client(authid="ann")
    assert room.ask(client, {}, "com.echo", [1, "x"], {"a": None})[3] == [[[1, "x"], {"a": None}]]
    assert room.callers == [Caller(client.session, "ann", "everything")]


def test_an_error_is_an_error_and_what_cannot_be_sent_is_one_too(room: Room) -> None:
    client = room.client()
    assert room.ask(client, {}, "com.echo")[4:] == ["com.error.nothing", ["say something"]]
    client.call("com.later")
    room.run()
    room.answers[0]({1: "a key that is no text"})
    room.run()
    assert client.take()[0][4] == "wamp.error.invalid_argument"


def test_an_answer_counts_once_and_comes_when_it_comes(room: Room) -> None:
    client = room.client()
    client.call("com.later")
    room.run()
    assert client.take() == []
    for number in (1, 2):
        room.answers[0](number)
    room.run()
    assert [message[3] for message in client.take()] == [[1]]


def test_it_calls_and_is_told_the_result_or_the_error(room: Room) -> None:
    callee = room.client()
    callee.register("com.work")
    outcomes: list[Any] = []
    for _ in range(2):
        room.inside.call("com.work", [7], {"k": 8}, outcomes.append, outcomes.append, 5.0)
    room.inside.call("com.nobody", [], {}, outcomes.append, outcomes.append, 5.0)
    room.run()
    first, second = callee.take()
    assert (first[0], first[4:]) == (INVOCATION, [[7], {"k": 8}])
    callee.send(YIELD, first[1], {}, ["result"])
    callee.send(YIELD, second[1], {})
    room.run()
    error, *results = outcomes
    assert (error.uri, results) == ("wamp.error.no_such_procedure", ["result", None])
    assert room.clock.twisted.getDelayedCalls() == []


def test_a_call_whose_arguments_cannot_be_sent_has_failed_at_once(room: Room) -> None:
    failed: list[RequestError] = []
    room.inside.call("com.ask", [2**64], {}, failed.append, failed.append, 5.0)
    assert [error.uri for error in failed] == ["wamp.error.invalid_argument"]


def test_a_call_that_takes_too_long_has_failed_and_is_cancelled(room: Room) -> None:
    callee = room.client(roles={"callee": {"features": {"call_canceling": True}}})
    callee.register("com.slow")
    failures: list[Any] = []
    room.inside.call("com.slow", [], {}, failures.append, failures.append, 5.0)
    room.run(5.0)
    [failure] = failures
    assert failure.uri == "wamp.error.timeout"
    invocation, interrupt = callee.take()
    assert interrupt[:2] == [69, invocation[1]]
    callee.send(YIELD, invocation[1], {}, ["too late"])
    room.run()
    assert len(failures) == 1


def test_it_comes_back_when_somebody_has_ended_it_and_its_calls_have_failed(room: Room) -> None:
    client = room.client()
    client.register("com.slow")
    failures: list[Any] = []
    room.inside.call("com.slow", [], {}, failures.append, failures.append, 60.0)
    client.call("com.later")
    room.run()
    client.take()
    client.result("wamp.session.kill_all")
    room.run()
    assert [failure.uri for failure in failures] == ["wamp.error.canceled"]
    room.inside.call("com.slow", [], {}, failures.append, failures.append, 60.0)
    assert len(failures) == 2
    room.answers[0]("an answer for a session that is gone")
    room.run(5.0)
    assert room.ask(client, {}, "com.echo", [1])[3] == [[[1], {}]]


def test_after_the_stop_it_stays_away(room: Room) -> None:
    room.inside.stop()
    room.run(5.0)
    assert room.realm.sessions == {}
    assert room.clock.twisted.getDelayedCalls() == []


def test_a_procedure_that_is_taken_is_tried_again() -> None:
    room = Room()
    other = room.client(authid="other")
    room.inside.stop()
    room.run(1.0)
    other.register("com.echo")
    attach = partial(room.router.attach, authenticator=AcceptAnyone())
    again = InsideSession(attach, CODECS["msgpack"], Turn(room.clock), room.clock, "home")
    again.register("com.echo", room._echo)
    again.start()
    room.run(1.0)
    client = room.client()
    client.call("com.echo")
    assert other.take()[0][0] == INVOCATION
    other.leave()
    room.run(1.0)
    assert room.ask(client, {}, "com.echo", [1])[3] == [[[1], {}]]
    again.stop()
    room.run(1.0)
