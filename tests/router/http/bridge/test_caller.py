import pytest
from support.bridge import Bridge
from support.core import Client
from support.wamp import ERROR, INTERRUPT, INVOCATION, YIELD
from wampi.router.core.limits import Limits

ADD = {"procedure": "com.example.add", "args": [2, 3]}
CANCELS = {"callee": {"features": {"call_canceling": True}}}


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


def callee(bridge: Bridge, serializer: str = "json") -> Client:
    client = bridge.router.client(serializer, roles=CANCELS)
    client.register("com.example.add")
    return client


def invocation(client: Client) -> int:
    [[kind, request, *_]] = client.take()
    assert kind == INVOCATION
    return int(request)


def answer(bridge: Bridge, client: Client, *message: object) -> None:
    kind, *rest = message
    head = (ERROR, INVOCATION, invocation(client), {}) if kind == ERROR else (YIELD, invocation(client), {})
    client.send(*head, *rest)
    bridge.run()


def test_the_answer_is_what_the_callee_yields(bridge: Bridge) -> None:
    adder = callee(bridge)
    exchange = bridge.post("/call", ADD | {"kwargs": {"a": 1}})
    assert not exchange.is_answered
    assert adder.peer.sent[0][4:] == [[2, 3], {"a": 1}]
    answer(bridge, adder, YIELD, [5], {"exact": True})
    assert (exchange.answer.code, exchange.answer.json) == (200, {"args": [5], "kwargs": {"exact": True}})


def test_an_answer_without_arguments_has_empty_ones(bridge: Bridge) -> None:
    adder = callee(bridge)
    exchange = bridge.post("/call", ADD)
    answer(bridge, adder, YIELD)
    assert exchange.answer.json == {"args": [], "kwargs": {}}


def test_an_error_of_the_callee_is_an_answer(bridge: Bridge) -> None:
    adder = callee(bridge)
    exchange = bridge.post("/call", ADD)
    answer(bridge, adder, ERROR, "com.example.error.overflow", ["too much"], {"most": 4})
    assert (exchange.answer.code, exchange.answer.json) == (
        200, {"error": "com.example.error.overflow", "args": ["too much"], "kwargs": {"most": 4}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("procedure", "uri"),
    [
        ("com.example.nothing", "wamp.error.no_such_procedure"),
        ("com.example.forbidden", "wamp.error.not_authorized"),
        ("a..b", "wamp.error.invalid_uri"),
    ],
)
def test_a_refusal_of_the_router_is_an_error_too(bridge: Bridge, procedure: str, uri: str) -> None:
    reply = bridge.post("/call", {"procedure": procedure}).answer
    assert (reply.code, reply.json["error"], reply.json["kwargs"]) == (200, uri, {})


def test_a_payload_that_would_pass_through_is_refused_and_the_calls_of_others_go_on(bridge: Bridge) -> None:
    adder = callee(bridge)
    others = bridge.post("/call", ADD)
    passed = ADD | {"options": {"ppt_scheme": "x_custom", "ppt_serializer": "json"}}
    assert bridge.post("/call", passed).answer.code == 400
    assert bridge.post("/publish", {"topic": "com.example.topic", "options": {"ppt_scheme": "wamp"}}).answer.code == 400
    answer(bridge, adder, YIELD, [5])
    assert others.answer.json["args"] == [5]


def test_an_answer_that_json_cannot_carry_becomes_an_error(bridge: Bridge) -> None:
    adder = callee(bridge, "msgpack")
    exchange = bridge.post("/call", ADD)
    answer(bridge, adder, YIELD, [float("nan")])
    assert (exchange.answer.code, exchange.answer.json["error"]) == (200, "wamp.error.invalid_argument")


def test_bytes_come_back_as_the_specification_says(bridge: Bridge) -> None:
    adder = callee(bridge, "msgpack")
    exchange = bridge.post("/call", ADD)
    answer(bridge, adder, YIELD, [b"\1\2"])
    assert exchange.answer.json["args"] == ["\0AQI="]


# ---- time


@pytest.mark.parametrize(("asked", "seconds"), [({}, 30), ({"timeout": 2000}, 2), ({"timeout": 100_000}, 30)])
def test_a_call_that_takes_too_long_is_given_up(bridge: Bridge, asked: dict[str, int], seconds: int) -> None:
    adder = callee(bridge)
    exchange = bridge.post("/call", ADD | {"options": asked})
    request = invocation(adder)
    bridge.clock.advance(seconds - 0.1)
    assert not exchange.is_answered
    bridge.clock.advance(0.2)
    bridge.run()
    assert (exchange.answer.code, exchange.answer.json["error"]) == (504, "wamp.error.timeout")
    assert adder.take() == [[INTERRUPT, request, {"mode": "killnowait"}]]
    adder.send(YIELD, request, {}, [5])
    bridge.run()
    assert bridge.caller.under_way == set()


def test_a_client_that_goes_away_cancels_its_call(bridge: Bridge) -> None:
    adder = callee(bridge)
    exchange = bridge.post("/call", ADD)
    request = invocation(adder)
    exchange.hang_up()
    assert adder.take() == [[INTERRUPT, request, {"mode": "killnowait"}]]
    assert (bridge.caller.under_way, exchange.is_answered) == (set(), False)
    [session] = [one for one in bridge.router.realm if one.id != adder.session]
    assert session.calls == {}


def test_a_client_that_goes_away_before_the_session_has_joined_makes_no_call(bridge: Bridge) -> None:
    adder = callee(bridge)
    bridge.is_held = True
    bridge.post("/call", ADD).hang_up()
    bridge.is_held = False
    bridge.run()
    assert adder.take() == []


# ---- bounds


def test_only_so_many_calls_are_under_way_at_once(bridge: Bridge) -> None:
    adder = callee(bridge)
    first, second = bridge.post("/call", ADD), bridge.post("/call", ADD)
    refused = bridge.post("/call", ADD).answer
    assert (refused.code, refused.json["error"], refused.fields["retry-after"]) == (
        503, "wampi.error.limit_exceeded", "1",
    )  # fmt: skip
    for _, request, *_ in adder.take():
        adder.send(YIELD, request, {}, [5])
    bridge.run()
    assert [first.answer.code, second.answer.code] == [200, 200]
    assert not bridge.post("/call", ADD).is_answered


def test_when_the_session_ends_who_waits_is_told(bridge: Bridge) -> None:
    callee(bridge)
    exchange = bridge.post("/call", ADD)
    bridge.router.client().result("wamp.session.kill_by_authid", "bridge:/call")
    bridge.run()
    assert (exchange.answer.code, exchange.answer.json["error"]) == (503, "wamp.error.unavailable")
    assert bridge.caller.under_way == set()


def test_the_rate_of_the_role_holds() -> None:
    bridge = Bridge(limits=Limits(messages_per_second=1, burst=2))
    codes = [bridge.post("/call", {"procedure": "wamp.session.count"}).answer.code for _ in range(3)]
    assert codes == [200, 200, 429]
    bridge.clock.advance(1)
    assert bridge.post("/call", {"procedure": "wamp.session.count"}).answer.code == 200
