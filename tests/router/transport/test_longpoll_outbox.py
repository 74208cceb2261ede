from collections.abc import Callable

import pytest
from wampi.router.core.limits import Limits
from wampi.router.transport.longpoll_outbox import LongPollOutbox


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def outbox(is_batched: bool = False, now: Callable[[], float] = Time(), **limits: int) -> LongPollOutbox:  # noqa: B008
    return LongPollOutbox(Limits(message_bytes=1000), now, is_batched, **limits)


def filled(is_batched: bool = False) -> LongPollOutbox:
    box = outbox(is_batched)
    for frame in (b"one", b"two", b"three"):
        box.put(frame)
    return box


def test_one_message_is_taken_at_a_time() -> None:
    box = filled()
    assert [box.take() for _ in range(3)] == [b"one", b"two", b"three"]
    assert box.size == 0


def test_in_batched_mode_all_are_taken() -> None:
    box = filled(is_batched=True)
    assert (box.take(), box.size) == (b"onetwothree", 0)


@pytest.mark.parametrize("is_batched", [False, True])
def test_what_is_put_back_comes_first_again(is_batched: bool) -> None:
    box = filled(is_batched)
    first = box.take()
    size = box.size
    box.put_back()
    assert box.size == size + len(first)
    box.put(b"four")
    assert box.take() == (first + b"four" if is_batched else first)
    box.put_back()
    box.put_back()
    assert box.size == len(b"onetwothreefour")


def test_what_has_arrived_is_not_put_back() -> None:
    box = filled()
    box.take()
    box.settle()
    box.put_back()
    assert box.take() == b"two"


@pytest.mark.parametrize("is_batched", [False, True])
def test_an_event_is_replaced_as_long_as_it_waits(is_batched: bool) -> None:
    box = outbox(is_batched)
    box.put_latest(b"old", 7)
    box.put(b"other")
    box.put_latest(b"new", 7)
    assert box.size == len(b"othernew")
    taken = box.take()
    assert taken == (b"othernew" if is_batched else b"other")
    box.put_back()
    box.put_latest(b"newest", 7)
    assert box.size == (len(b"othernewnewest") if is_batched else len(b"othernewest"))


def test_events_are_replaced_in_the_right_place_after_some_have_been_taken_and_put_back() -> None:
    box = outbox()
    box.put(b"first")
    box.put_latest(b"a1", 1)
    box.put_latest(b"b1", 2)
    box.take()
    box.put_back()
    box.put_latest(b"a2", 1)
    assert [box.take() for _ in range(3)] == [b"first", b"b1", b"a2"]
    assert box.size == 0


def test_a_limit_of_the_listener_holds_beside_that_of_the_role() -> None:
    box = LongPollOutbox(Limits(outbox_bytes=100_000), Time(), False, queue_bytes=1024)
    for number in range(11):
        box.put(bytes(100) if number else b"x")
    assert not box.is_full()
    assert box.put(bytes(100))
    assert box.is_full()


def test_messages_are_counted_without_those_that_were_replaced() -> None:
    box = outbox(queue_messages=3)
    for number in range(10):
        box.put_latest(b"%d" % number, 1)
    box.put(b"x")
    box.put(b"y")
    assert not box.is_full()
    assert box.put(b"z")
    assert box.is_full()


def test_a_reader_that_gets_something_back_stalls_from_then_on() -> None:
    time = Time()
    box = LongPollOutbox(Limits(stalled_seconds=10), time, False)
    box.put(b"x")
    box.take()
    box.pause()
    time.now = 100.0
    box.put_back()
    assert box.seconds_to_stall() == 10.0
