"""Long-poll by its requests: opening, receiving, sending, closing, and whose transport it is."""

import json
from typing import Any

import pytest
from support.http_line import Answer
from support.longpoll import LongPollHouse
from support.transport import CODECS, PLENTY, FakeTlsTransport, FakeTransport, call
from twisted.internet.address import UNIXAddress
from wampi.router.codec import Outgoing, shared
from wampi.router.codec.messages import Call
from wampi.router.core.limits import Limits
from wampi.router.transport.connections import ConnectionLimits
from wampi.router.transport.longpoll import new_transport_id
from wampi.router.transport.longpoll_transport import MOST_SENDS_LEFT, LongPollOptions

SERIALIZERS = ("json", "msgpack", "cbor", "ubjson")
NO_SUCH_TRANSPORT = (404, b"there is no such transport\n")


@pytest.fixture
def house() -> LongPollHouse:
    return LongPollHouse()


def event(number: int, size: int = 0) -> Outgoing:
    return Outgoing((36, 1, number, {"x": "x" * size} if size else {}))


def say(house: LongPollHouse, *numbers: int) -> None:
    """Let the router send messages in one turn."""
    house.turn.begin()
    for number in numbers:
        house.links[-1].peer.send(event(number))
    house.turn.end()


def numbers(answers: list[Answer]) -> list[int]:
    return [answer.json[2] for answer in answers]


def requests(house: LongPollHouse) -> list[int]:
    return [message.request for message in house.links[0].messages if isinstance(message, Call)]


def plain(answer: Answer) -> tuple[int, bytes]:
    return answer.status, answer.body


# ---- opening


@pytest.mark.parametrize("batched", ["", ".batched"])
@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_a_transport_speaks_the_protocol_that_was_asked_for(
    house: LongPollHouse, serializer: str, batched: str
) -> None:
    path = house.open(f"wamp.2.{serializer}{batched}")
    assert path == "/lp/t1"
    details = house.links[0].peer.details
    assert (details.type, details.peer, details.address) == ("longpoll", "tcp:192.0.2.7:51234", "192.0.2.7")
    assert details.extra == {"protocol": f"wamp.2.{serializer}{batched}"}
    assert house.links[0].peer.codec is CODECS[serializer]


def test_the_first_protocol_of_the_client_that_is_spoken_here_is_taken(house: LongPollHouse) -> None:
    [answer] = house.ask("/lp/open?x=382913", '{"protocols": ["wamp.2.xml", "wamp.2.cbor", "wamp.2.json"], "more": 1}')
    assert answer.json == {"protocol": "wamp.2.cbor", "transport": "t1"}
    assert answer.fields["content-type"] == "application/json"
    assert answer.fields["cache-control"] == "no-store"


def test_only_the_serializers_of_the_path_are_offered() -> None:
    house = LongPollHouse(codecs=("cbor",))
    [answer] = house.ask("/lp/open", '{"protocols": ["wamp.2.json"]}')
    assert plain(answer) == (400, b"offer one of the protocols wamp.2.cbor, wamp.2.cbor.batched\n")
    assert house.links == []


@pytest.mark.parametrize(
    "body",
    ["", "{}", "[]", "nonsense", '{"protocols": "wamp.2.json"}', '{"protocols": [7]}', "[" * 4000, '{"a":' * 800],
)
def test_an_opening_that_is_none_is_refused(house: LongPollHouse, body: str) -> None:
    [answer] = house.ask("/lp/open", body)
    assert answer.status == 400
    assert answer.body.count(b"\n") == 1
    assert (house.links, house.factory.transports) == ([], {})


def test_an_opening_is_small(house: LongPollHouse) -> None:
    assert house.ask("/lp/open", " " * 4097)[0].status == 413


def test_ids_have_more_than_128_random_bits_and_fit_into_a_path() -> None:
    ids = {new_transport_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(one) == 32 and one.replace("-", "").replace("_", "").isalnum() for one in ids)


# ---- receiving


def test_a_receive_waits_until_there_is_a_message(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    assert line.ask(f"{path}/receive") == []
    say(house, 7)
    [answer] = line.answers()
    assert (answer.status, answer.json, answer.fields["content-type"]) == (200, [36, 1, 7, {}], "application/json")


def test_a_receive_gets_what_waits_already_one_message_at_a_time(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    say(house, 1, 2, 3)
    assert [numbers(line.ask(f"{path}/receive")) for _ in range(4)] == [[1], [2], [3], []]


def test_messages_that_come_while_a_receive_waits_are_given_one_at_a_time(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    say(house, 1, 2)
    assert numbers(line.answers()) == [1]
    assert numbers(line.ask(f"{path}/receive")) == [2]


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_in_batched_mode_everything_that_waits_comes_at_once(house: LongPollHouse, serializer: str) -> None:
    path = house.open(f"wamp.2.{serializer}.batched")
    say(house, 1, 2, 3)
    [answer] = house.ask(f"{path}/receive")
    payloads = [CODECS[serializer].encode(event(number)) for number in (1, 2, 3)]
    if serializer == "json":
        assert answer.body == b"".join(payload + b"\x1e" for payload in payloads)
    else:
        assert answer.body == b"".join(len(payload).to_bytes(4, "big") + payload for payload in payloads)
    assert answer.fields["content-type"] == f"application/{serializer}"


def test_a_receive_for_which_nothing_comes_ends_without_content(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    house.clock.advance(9.9)
    assert line.answers() == []
    house.clock.advance(0.2)
    assert plain(line.answers()[0]) == (204, b"")
    line.ask(f"{path}/receive")
    say(house, 1)
    assert numbers(line.answers()) == [1]


def test_there_is_one_receive_at_a_time(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    [second] = house.ask(f"{path}/receive")
    assert second.status == 400
    say(house, 1)
    assert numbers(line.answers()) == [1]


def test_an_event_that_is_replaced_while_nobody_asks_is_left_out(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    peer = house.links[0].peer
    for number in (1, 2, 3):
        peer.send_latest(event(number), subscription=1)
    peer.send(event(4))
    assert [numbers(line.ask(f"{path}/receive")) for _ in range(3)] == [[3], [4], []]


def test_a_shared_event_is_the_same_in_every_batch(house: LongPollHouse) -> None:
    for protocol in ("wamp.2.json", "wamp.2.json.batched"):
        house.open(protocol)
    message = shared((36, 1, 9, {}), None)
    for link in house.links:
        link.peer.send(message)
    assert house.ask("/lp/t1/receive")[0].body == b"[36,1,9,{}]"
    assert house.ask("/lp/t2/receive")[0].body == b"[36,1,9,{}]\x1e"


# ---- what is not lost


def test_what_comes_when_the_connection_of_a_receive_broke_waits_for_the_next(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    line.lose()
    say(house, 1, 2)
    assert numbers(house.ask(f"{path}/receive")) == [1]
    assert numbers(house.ask(f"{path}/receive")) == [2]


# ---- sending


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_a_message_that_is_sent_arrives(house: LongPollHouse, serializer: str) -> None:
    path = house.open(f"wamp.2.{serializer}")
    message = json.loads(call(1, args=["x"]))
    [answer] = house.ask(f"{path}/send", CODECS[serializer].dump(message))
    assert plain(answer) == (204, b"")
    assert requests(house) == [1]


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_the_messages_of_a_batch_arrive_in_order(house: LongPollHouse, serializer: str) -> None:
    path = house.open(f"wamp.2.{serializer}.batched")
    payloads = [CODECS[serializer].dump(json.loads(call(number))) for number in range(1, 4)]
    if serializer == "json":
        body = b"".join(payload + b"\x1e" for payload in payloads)
    else:
        body = b"".join(len(payload).to_bytes(4, "big") + payload for payload in payloads)
    assert house.ask(f"{path}/send", body)[0].status == 204
    assert requests(house) == [1, 2, 3]


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        ("wamp.2.json", b"nonsense"),
        ("wamp.2.json", b""),
        ("wamp.2.json", b"[99]"),
        ("wamp.2.json", call(1) + b"\x1e"),
        ("wamp.2.json.batched", b""),
        ("wamp.2.json.batched", call(1)),
        ("wamp.2.cbor", call(1)),
        ("wamp.2.cbor.batched", b""),
        ("wamp.2.msgpack.batched", b"\x00\x00\x00\x09x"),
    ],
)
def test_a_body_that_is_no_message_ends_the_session_and_abort_can_be_fetched(
    house: LongPollHouse, protocol: str, body: bytes
) -> None:
    path = house.open(protocol)
    [answer] = house.ask(f"{path}/send", body)
    assert answer.status == 400
    assert len(house.links[0].violations) == 1
    [abort] = house.ask(f"{path}/receive")
    assert b"wamp.error.protocol_violation" in abort.body
    house.clock.advance(0)
    assert plain(house.ask(f"{path}/send", call(2))[0]) == NO_SUCH_TRANSPORT
    assert plain(house.ask(f"{path}/receive")[0]) == NO_SUCH_TRANSPORT
    assert house.links[0].times_lost == 1
    assert house.factory.transports == {}


def test_a_message_that_is_too_large_is_refused_at_its_head_and_ends_the_session() -> None:
    house = LongPollHouse(Limits(message_bytes=1000))
    path, line = house.open(), house.line()
    say(house, 1)
    line.send(b"POST " + path.encode() + b"/send HTTP/1.1\r\nHost: hub.test\r\nContent-Length: 1001\r\n\r\n")
    assert line.answers()[0].status == 413
    assert house.links[0].times_lost == 1
    assert numbers(house.ask(f"{path}/receive")) == [1]
    assert plain(house.ask(f"{path}/receive")[0]) == NO_SUCH_TRANSPORT


def test_the_size_of_a_message_is_that_of_the_role_once_it_has_logged_in(house: LongPollHouse) -> None:
    path = house.open()
    house.links[0].peer.set_limits(Limits(message_bytes=100_000))
    assert house.ask(f"{path}/send", call(1, args=["x" * 90_000]))[0].status == 204


def test_a_client_that_sends_too_fast_waits_for_its_answer_and_loses_nothing() -> None:
    house = LongPollHouse(Limits(messages_per_second=10.0, burst=3))
    path = house.open("wamp.2.json.batched")
    first, second = house.line(), house.line()
    batch = b"".join(call(number) + b"\x1e" for number in range(1, 6))
    assert first.ask(f"{path}/send", batch) == []
    assert second.ask(f"{path}/send", call(6) + b"\x1e") == []
    assert requests(house) == [1, 2, 3]
    house.clock.advance(0.25)
    assert requests(house) == [1, 2, 3, 4, 5]
    assert first.answers()[0].status == 204
    assert second.answers() == []
    house.clock.advance(0.1)
    assert requests(house) == [1, 2, 3, 4, 5, 6]
    assert second.answers()[0].status == 204
    assert house.links[0].violations == []


def test_a_send_that_waits_is_done_although_its_connection_breaks() -> None:
    house = LongPollHouse(Limits(messages_per_second=10.0, burst=1))
    path, line = house.open(), house.line()
    line.ask(f"{path}/send", call(1))
    line.ask(f"{path}/send", call(2))
    line.lose()
    house.clock.advance(0.2)
    assert requests(house) == [1, 2]


def test_who_sends_too_fast_and_hangs_up_each_time_is_ended_before_it_fills_the_memory() -> None:
    house = LongPollHouse(Limits(messages_per_second=10.0, burst=1))
    path, patient = house.open(), house.line()
    house.ask(f"{path}/send", call(1))
    patient.ask(f"{path}/send", call(2))
    for number in range(MOST_SENDS_LEFT):
        line = house.line()
        line.ask(f"{path}/send", call(3 + number))
        line.lose()
    house.clock.advance(0)
    assert house.factory.transports
    for _ in range(2):
        line = house.line()
        line.ask(f"{path}/send", call(30))
        line.lose()
    house.clock.advance(0)
    assert not house.factory.transports
    assert house.links[0].times_lost == 1
    assert plain(patient.answers()[0]) == NO_SUCH_TRANSPORT
    assert "connection kicked" in [event for event, _ in house.log.lines]


def test_sends_that_wait_when_the_session_ends_are_told_so() -> None:
    house = LongPollHouse(Limits(messages_per_second=10.0, burst=1))
    path, line = house.open(), house.line()
    house.ask(f"{path}/send", call(1))
    line.ask(f"{path}/send", call(2))
    house.links[0].peer.send(event(1))
    house.links[0].peer.close()
    house.clock.advance(0)
    assert plain(line.answers()[0]) == NO_SUCH_TRANSPORT
    house.clock.advance(1)
    assert requests(house) == [1]


# ---- closing


def test_a_client_closes_and_a_receive_that_waits_ends(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    assert plain(house.ask(f"{path}/close")[0]) == (204, b"")
    assert plain(line.answers()[0]) == (204, b"")
    assert house.links[0].times_lost == 1
    for action in ("receive", "send", "close"):
        assert plain(house.ask(f"{path}/{action}", call(1))[0]) == NO_SUCH_TRANSPORT


def test_what_the_router_said_last_can_be_fetched_and_then_there_is_no_transport(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    peer = house.links[0].peer
    for number in (1, 2):
        peer.send(event(number))
    peer.close()
    peer.send(event(3))
    house.clock.advance(0)
    assert [numbers(line.ask(f"{path}/receive")) for _ in range(2)] == [[1], [2]]
    house.clock.advance(0)
    assert plain(line.ask(f"{path}/receive")[0]) == NO_SUCH_TRANSPORT
    assert house.links[0].times_lost == 1


def test_who_is_cut_can_fetch_the_last_word_and_nothing_that_waited(house: LongPollHouse) -> None:
    path, peer = house.open(), house.links[0].peer
    peer.send(event(1))
    assert numbers(house.ask(f"{path}/receive")) == [1]
    peer.send(event(2))
    peer.cut(0.8)
    peer.send(event(3))
    assert numbers(house.ask(f"{path}/receive")) == [3]
    house.clock.advance(0.8)
    house.clock.advance(0)
    assert house.links[0].times_lost == 1
    assert plain(house.ask(f"{path}/receive")[0]) == NO_SUCH_TRANSPORT


def test_what_nobody_fetches_in_time_is_gone(house: LongPollHouse) -> None:
    path = house.open()
    house.links[0].peer.send(event(1))
    house.links[0].peer.close()
    house.clock.advance(4.9)
    assert house.links[0].times_lost == 0
    house.clock.advance(0.2)
    assert house.links[0].times_lost == 1
    assert plain(house.ask(f"{path}/receive")[0]) == NO_SUCH_TRANSPORT
    assert house.log.lines[:-1] == []


def test_a_receive_that_waits_when_the_router_ends_the_session_is_told_so(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    house.links[0].peer.close()
    house.clock.advance(0)
    assert plain(line.answers()[0]) == NO_SUCH_TRANSPORT


# ---- clients that do not ask


def test_a_client_that_does_not_ask_is_ended(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    house.clock.advance(10)
    for _ in range(29):
        house.clock.advance(1)
        house.ask(f"{path}/send", call(1))
    assert house.links[0].times_lost == 0
    house.clock.advance(1.1)
    house.clock.advance(0)
    assert house.links[0].times_lost == 1
    assert plain(house.ask(f"{path}/receive")[0]) == NO_SUCH_TRANSPORT
    assert house.log.lines[0][1]["reason"] == "it did not ask for messages any more"


def test_a_client_that_asks_stays_however_long_nothing_comes(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    for _ in range(50):
        line.ask(f"{path}/receive")
        house.clock.advance(10)
        assert line.answers()[0].status == 204
        house.clock.advance(4)
    assert house.links[0].times_lost == 0


def test_a_client_that_takes_nothing_has_stalled() -> None:
    house = LongPollHouse(Limits(stalled_seconds=10))
    house.open()
    say(house, 1)
    house.clock.advance(9.9)
    assert house.links[0].times_lost == 0
    house.clock.advance(10.1)
    house.clock.advance(0)
    assert house.links[0].times_lost == 1


@pytest.mark.parametrize(
    ("limits", "options"),
    [
        (Limits(outbox_bytes=4096, message_bytes=1024), LongPollOptions()),
        (PLENTY, LongPollOptions(queue_bytes=4096)),
        (PLENTY, LongPollOptions(queue_messages=4)),
    ],
)
def test_only_so_much_waits_for_a_client(limits: Limits, options: LongPollOptions) -> None:
    house = LongPollHouse(limits, options)
    path = house.open()
    house.links[0].peer.set_limits(limits)
    for number in range(1, 5):
        house.links[0].peer.send(event(number, size=900))
    house.clock.advance(0)
    assert house.links[0].times_lost == 0
    house.links[0].peer.send(event(5, size=900))
    house.clock.advance(0)
    assert house.links[0].times_lost == 1
    assert plain(house.ask(f"{path}/receive")[0]) == NO_SUCH_TRANSPORT


# ---- whose it is


@pytest.mark.parametrize("action", ["receive", "send", "close", "", "other", "receive/x"])
@pytest.mark.parametrize("transport", ["nobodys", "t1x", "", "%74%31"])
def test_every_wrong_id_gets_the_same_answer(house: LongPollHouse, transport: str, action: str) -> None:
    house.open()
    assert plain(house.ask(f"/lp/{transport}/{action}", call(1))[0]) == NO_SUCH_TRANSPORT


def test_what_has_been_is_like_what_never_was(house: LongPollHouse) -> None:
    path = house.open()
    house.ask(f"{path}/close")
    assert house.ask(f"{path}/receive") == house.ask("/lp/never/receive")


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", ["/lp/open", "/lp/t1/receive", "/lp/never/receive", "/lp"])
def test_there_is_nothing_but_post(house: LongPollHouse, method: str, path: str) -> None:
    house.open()
    [answer] = house.ask(path, method=method)
    assert (answer.status, answer.fields["allow"]) == (405, "POST")


ORIGIN = "Origin: http://hub.test"


@pytest.mark.parametrize(("opened_by", "asked_by"), [([ORIGIN], []), ([], [ORIGIN])])
def test_a_transport_serves_nobody_but_the_origin_that_opened_it(
    house: LongPollHouse, opened_by: list[str], asked_by: list[str]
) -> None:
    path, line = house.open("wamp.2.json", *opened_by), house.line()
    for action in ("receive", "send", "close"):
        assert plain(house.ask(f"{path}/{action}", call(1), *asked_by)[0]) == NO_SUCH_TRANSPORT
    assert line.ask(f"{path}/receive", b"", *opened_by) == []


def test_a_page_of_another_origin_may_do_nothing(house: LongPollHouse) -> None:
    path = house.open()
    for action in ("/lp/open", f"{path}/receive", f"{path}/send"):
        assert house.ask(action, "{}", "Origin: https://evil.example")[0].status == 403


def test_no_id_stands_in_the_log() -> None:
    house = LongPollHouse(Limits(message_bytes=1024))
    house.factory._new_id = lambda: "s3cret"
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    line.lose()
    house.ask(f"{path}/receive", method="GET")
    house.ask(f"{path}/other")
    house.ask(f"{path}/receive", b"", "Upgrade: websocket", "Connection: Upgrade", method="GET")
    house.ask(f"{path}/receive", b"", "Origin: https://evil.example")
    house.ask(f"{path}/send", bytes(2000))
    house.clock.advance(100)
    house.ask(f"{path}/send", call(1))
    assert len(house.log.lines) >= 6
    assert "s3cret" not in repr(house.log.lines)


# ---- how many


def test_a_transport_has_a_place_until_it_ends() -> None:
    house = LongPollHouse(connections=ConnectionLimits(per_address=4, pending=10, total=10))
    opener = house.line()
    paths = []
    for number in range(3):
        [answer] = opener.ask("/lp/open", '{"protocols": ["wamp.2.json"]}')
        paths.append(f"/lp/{answer.json['transport']}")
        assert house.connections.total == 2 + number
    assert plain(opener.ask("/lp/open", '{"protocols": ["wamp.2.json"]}')[0]) == (
        503,
        b"there are too many connections\n",
    )
    opener.ask(f"{paths[0]}/close")
    assert opener.ask("/lp/open", '{"protocols": ["wamp.2.json"]}')[0].status == 200


def test_a_transport_is_pending_until_it_has_logged_in_and_its_connections_are_not(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    opened = house.connections.pending
    line.ask(f"{path}/receive")
    assert house.connections.pending == opened - 1
    house.links[0].peer.set_limits(PLENTY)
    assert house.connections.pending == opened - 2
    say(house, 1)
    assert house.connections.pending == opened - 1


def test_a_login_cannot_be_bound_to_one_of_many_tls_connections(house: LongPollHouse) -> None:
    house.line(FakeTlsTransport()).ask("/lp/open", '{"protocols": ["wamp.2.json"]}')
    details = house.links[0].peer.details
    assert (details.secure, details.tls) == (True, None)


def test_unix_sockets_have_no_address(house: LongPollHouse) -> None:
    line = house.line(FakeTransport(UNIXAddress("")))
    line.ask("/lp/open", '{"protocols": ["wamp.2.json"]}')
    assert (house.links[0].peer.details.peer, house.links[0].peer.details.address) == ("unix", None)


@pytest.mark.parametrize("end", ["close", "expiry", "abort"])
def test_a_transport_leaves_nothing_behind(house: LongPollHouse, end: str) -> None:
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    say(house, 1)
    line.ask(f"{path}/send", call(1))
    if end == "close":
        line.ask(f"{path}/close")
    elif end == "abort":
        house.links[0].peer.close()
    line.lose()
    house.clock.advance(0)
    if end == "expiry":
        house.clock.advance(31)
        house.clock.advance(0)
    house.clock.advance(5)
    assert house.factory.transports == {}
    assert house.clock.twisted.getDelayedCalls() == []
    assert house.connections.total == 1  # the connection that opened it, which no test has ended


def test_a_link_that_fails_ends_its_transport(house: LongPollHouse) -> None:
    path = house.open()

    def fail(_: Any) -> None:
        raise ZeroDivisionError

    house.links[0].on_message = fail
    with pytest.raises(ZeroDivisionError):
        house.ask(f"{path}/send", call(1))
    assert house.factory.transports == {}


def test_what_a_client_that_is_held_sends_waits_until_it_is_released() -> None:
    house = LongPollHouse()
    path = house.open("wamp.2.json.batched")
    line = house.line()
    house.links[0].peer.hold()
    assert line.ask(f"{path}/send", call(1) + b"\x1e" + call(2) + b"\x1e") == []
    house.clock.advance(1.0)
    assert requests(house) == []
    house.links[0].peer.release()
    house.clock.advance(0)
    assert requests(house) == [1, 2]
    assert line.answers()[0].status == 204
