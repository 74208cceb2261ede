"""Who a long-poll transport is opened by, where the request can say so."""

from typing import Any

import pytest
from support.longpoll import LongPollHouse
from wampi.router.core.authentication import Principal
from wampi.router.transport.head import BadRequest
from wampi.router.transport.knock import Judged, Knock

ANNA = Principal("anna", "resident", "basic", "accounts", "password", since=5.0)
OPENING = '{"protocols": ["wamp.2.json"]}'


class FakeGate:
    """Keeps what it is asked; ``outcome`` is what it answers at once."""

    def __init__(self, outcome: Any = "later") -> None:
        self.outcome = outcome
        self.asked: list[tuple[Knock, Judged]] = []

    def judge(self, knock: Knock, judged: Judged) -> None:
        self.asked.append((knock, judged))
        if self.outcome != "later":
            judged(self.outcome)


def test_a_transport_knows_by_whom_it_was_opened() -> None:
    gate = FakeGate(ANNA)
    house = LongPollHouse(gate=gate)
    [answer] = house.ask("/lp/open", OPENING, "Authorization: Basic x")
    assert answer.status == 200
    assert house.links[0].peer.details.principal is ANNA
    knock, _ = gate.asked[0]
    assert (knock.head.fields["authorization"], knock.address, knock.secure) == (["Basic x"], "192.0.2.7", False)


def test_a_request_that_does_not_say_may_log_in_by_hello() -> None:
    house = LongPollHouse(gate=FakeGate(None))
    house.open()
    assert house.links[0].peer.details.principal is None


def test_a_refusal_is_an_answer_with_its_challenges_and_no_transport() -> None:
    refusal = BadRequest(401, "The login was refused.", challenges=("Basic realm=wampi", "Digest realm=wampi"))
    house = LongPollHouse(gate=FakeGate(refusal))
    line = house.line()
    line.send(b"POST /lp/open HTTP/1.1\r\nHost: hub.test\r\nContent-Length: 30\r\n\r\n" + OPENING.encode())
    data = line.transport.take()
    assert data.startswith(b"HTTP/1.1 401 ")
    assert data.count(b"WWW-Authenticate: ") == 2
    assert data.endswith(b"\r\n\r\nThe login was refused.\n")
    assert house.factory.transports == {}


def test_who_is_asked_for_a_protocol_that_is_not_served_is_not_asked_who_it_is() -> None:
    gate = FakeGate(ANNA)
    house = LongPollHouse(gate=gate)
    assert house.ask("/lp/open", '{"protocols": ["chat"]}')[0].status == 400
    assert gate.asked == []


def test_a_decision_may_take_a_while_but_not_for_ever() -> None:
    gate = FakeGate()
    house = LongPollHouse(gate=gate)
    line, slow = house.line(), house.line()
    assert line.ask("/lp/open", OPENING) == slow.ask("/lp/open", OPENING) == []
    house.clock.advance(9)
    gate.asked[0][1](ANNA)
    assert line.answers()[0].status == 200
    house.clock.advance(2)
    assert slow.transport.is_aborted


def test_nobody_gets_a_transport_who_is_gone_when_it_is_decided() -> None:
    gate = FakeGate()
    house = LongPollHouse(gate=gate)
    line = house.line()
    line.ask("/lp/open", OPENING)
    line.lose()
    gate.asked[0][1](ANNA)
    assert (house.links, house.factory.transports) == ([], {})


@pytest.mark.parametrize("query", ["?password=x", "?token=x"])
def test_no_secret_belongs_into_an_address(query: str) -> None:
    assert LongPollHouse().ask(f"/lp/open{query}", OPENING)[0].status == 400
