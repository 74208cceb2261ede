from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.core import FakeClock
from wampi.router.core.limits import Limits
from wampi.router.transport.outbox import CHUNK_BYTES, Outbox

LIMITS = Limits(message_bytes=100, outbox_bytes=1000, stalled_seconds=10.0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def outbox(clock: FakeClock) -> Outbox:
    return Outbox(LIMITS, clock.monotonic)


def taken(outbox: Outbox) -> bytes:
    data = b""
    while outbox.size:
        data += outbox.take()
    return data


def test_frames_leave_in_order_and_in_one_piece(outbox: Outbox) -> None:
    for frame in (b"one", b"two", b"three"):
        outbox.put(frame)
    assert outbox.take() == b"onetwothree"
    assert outbox.size == 0


def test_only_what_begins_to_wait_needs_a_visit(outbox: Outbox) -> None:
    assert [outbox.put(b"one"), outbox.put(b"two")] == [True, False]
    outbox.take()
    assert outbox.put(b"three")


def test_a_single_frame_is_passed_on_without_a_copy(outbox: Outbox) -> None:
    frame = bytes(500)
    outbox.put(frame)
    assert outbox.take() is frame


def test_more_than_the_capacity_is_too_much(outbox: Outbox) -> None:
    outbox.pause()
    for _ in range(10):
        outbox.put(bytes(100))
    assert not outbox.is_full()
    assert outbox.put(b"x")
    assert outbox.is_full()


def test_there_is_room_for_four_messages_of_the_largest_that_the_peer_may_send(clock: FakeClock) -> None:
    outbox = Outbox(replace(LIMITS, message_bytes=1000), clock.monotonic)
    for _ in range(4):
        outbox.put(bytes(1000))
    assert not outbox.is_full()
    outbox.put(b"x")
    assert outbox.is_full()


def test_there_is_room_for_four_messages_of_the_largest_that_came(outbox: Outbox) -> None:
    for _ in range(4):
        outbox.put(bytes(5000))
    assert not outbox.is_full()
    outbox.put(b"x")
    assert outbox.is_full()


def test_other_limits_hold_at_once(outbox: Outbox) -> None:
    for _ in range(15):
        outbox.put(bytes(100))
    assert outbox.is_full()
    outbox.configure(replace(LIMITS, outbox_bytes=2000))
    assert not outbox.is_full()


def test_the_newest_event_takes_the_place_of_the_older_one_at_the_tail(outbox: Outbox) -> None:
    outbox.put_latest(b"old.", 7)
    outbox.put(b"other.")
    outbox.put_latest(b"new.", 7)
    assert outbox.size == len(b"other.new.")
    assert outbox.take() == b"other.new."


def test_subscriptions_do_not_replace_each_other(outbox: Outbox) -> None:
    outbox.put_latest(b"a", 1)
    outbox.put_latest(b"b", 2)
    assert outbox.take() == b"ab"


def test_an_event_that_has_left_is_not_replaced(outbox: Outbox) -> None:
    outbox.put_latest(b"a", 1)
    assert outbox.take() == b"a"
    outbox.put_latest(b"b", 1)
    assert outbox.take() == b"b"


def test_an_event_that_has_begun_to_leave_is_sent_whole(outbox: Outbox) -> None:
    old, new = b"o" * (CHUNK_BYTES + 10), b"n" * 10
    outbox.put_latest(old, 1)
    first = outbox.take()
    outbox.put_latest(new, 1)
    assert first + taken(outbox) == old + new


def test_a_large_frame_leaves_in_chunks(outbox: Outbox) -> None:
    frame = bytes(range(256)) * 2048
    outbox.put(frame)
    outbox.put(b"tail")
    chunks = []
    while outbox.size:
        chunks.append(outbox.take())
    assert b"".join(chunks) == frame + b"tail"
    assert max(map(len, chunks)) <= CHUNK_BYTES


def test_a_stream_of_latest_events_does_not_grow_while_the_reader_stalls(outbox: Outbox) -> None:
    outbox.pause()
    for number in range(10_000):
        outbox.put(b"") if number == 0 else None
        outbox.put_latest(b"%06d" % number, 1)
    assert outbox.size == 6
    assert not outbox.is_full()
    assert len(outbox._frames) < 1000
    assert outbox.take() == b"009999"


def test_replacing_events_does_not_hide_a_stalled_reader(outbox: Outbox, clock: FakeClock) -> None:
    outbox.pause()
    for _ in range(11):
        outbox.put_latest(b"frame", 1)
        clock.advance(1.0)
    seconds = outbox.seconds_to_stall()
    assert seconds is not None
    assert seconds <= 0


def test_a_reader_stalls_only_while_something_waits(outbox: Outbox, clock: FakeClock) -> None:
    outbox.pause()
    clock.advance(100.0)
    assert outbox.seconds_to_stall() is None
    outbox.put(b"x")
    assert outbox.seconds_to_stall() == 10.0
    clock.advance(4.0)
    assert outbox.seconds_to_stall() == 6.0
    outbox.resume()
    assert outbox.seconds_to_stall() is None


def test_what_waited_before_the_pause_counts_from_the_pause(outbox: Outbox, clock: FakeClock) -> None:
    outbox.put(b"x")
    clock.advance(3.0)
    outbox.pause()
    clock.advance(1.0)
    assert outbox.seconds_to_stall() == 9.0


def test_what_waits_is_forgotten_but_for_a_frame_that_has_begun_to_leave(outbox: Outbox) -> None:
    large = bytes(range(256)) * (CHUNK_BYTES // 128)
    outbox.put(large)
    outbox.put(b"waits")
    outbox.put_latest(b"waits, too", 7)
    first = outbox.take()
    outbox.forget_waiting()
    assert outbox.size == len(large) - len(first)
    outbox.put(b"goodbye")
    rest = b""
    while outbox.size:
        rest += outbox.take()
    assert first + rest == large + b"goodbye"


def test_what_waits_is_forgotten_and_what_comes_then_is_not(outbox: Outbox, clock: FakeClock) -> None:
    outbox.pause()
    outbox.put(b"waits")
    outbox.put_latest(b"waits, too", 7)
    outbox.forget_waiting()
    assert (outbox.size, outbox.seconds_to_stall()) == (0, None)
    assert outbox.put_latest(b"new", 7)
    assert outbox.take() == b"new"


def test_a_cleared_outbox_is_like_new(outbox: Outbox) -> None:
    outbox.pause()
    outbox.put_latest(b"x", 1)
    outbox.clear()
    assert (outbox.size, outbox.seconds_to_stall()) == (0, None)
    assert outbox.put_latest(b"y", 1)
    assert outbox.take() == b"y"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 300_000)),
        st.tuples(st.just("latest"), st.integers(1, 3), st.integers(1, 300_000)),
        st.tuples(st.just("take")),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_is_put_in_comes_out_in_order_but_for_what_was_replaced(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    """A model that marks frames: number, subscription, bytes that have left."""
    outbox = Outbox(replace(LIMITS, outbox_bytes=10**9), FakeClock().monotonic)
    model: list[tuple[int | None, bytes]] = []
    started, out = 0, b""
    for number, step in enumerate(steps):
        if step[0] == "take":
            if outbox.size:
                data = outbox.take()
                out += data
                size = started + len(data)
                while model and size >= len(model[0][1]):
                    expected = model.pop(0)[1]
                    size -= len(expected)
                assert not model or size < len(model[0][1])
                started = size
            continue
        frame = (b"%d," % number) * (step[-1] // 4 + 1)
        if step[0] == "put":
            outbox.put(frame)
            model.append((None, frame))
        else:
            outbox.put_latest(frame, step[1])
            kept = [entry for place, entry in enumerate(model) if entry[0] != step[1] or (place == 0 and started)]
            model = [*kept, (step[1], frame)]
        assert outbox.size == sum(len(entry[1]) for entry in model) - started
    rest = b"".join(entry[1] for entry in model)[started:]
    assert taken(outbox) == rest
