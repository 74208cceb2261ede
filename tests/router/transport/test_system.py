import time

from twisted.internet.task import Clock
from wampi.router.transport.system import RandomIds, ReactorClock, run_on_monotonic_time


def test_calls_are_made_by_the_reactor() -> None:
    reactor, calls = Clock(), []
    timer = ReactorClock(reactor).call_later(3.0, lambda: calls.append(1))
    assert timer.active()
    reactor.advance(3.0)
    assert calls == [1]
    assert not timer.active()


def test_the_clock_tells_durations_and_the_time_of_day() -> None:
    clock = ReactorClock(Clock())
    assert abs(clock.monotonic() - time.monotonic()) < 1
    assert abs(clock.time() - time.time()) < 1


def test_a_reactor_can_be_made_to_measure_by_a_clock_that_never_jumps() -> None:
    from twisted.internet.epollreactor import EPollReactor

    reactor = EPollReactor()
    run_on_monotonic_time(reactor)
    call = reactor.callLater(60, lambda: None)
    assert abs(call.getTime() - time.monotonic() - 60) < 1
    assert abs(reactor.seconds() - time.monotonic()) < 1
    call.cancel()


def test_global_ids_fill_the_whole_range_of_2_to_the_53() -> None:
    ids = RandomIds()
    drawn = [ids.global_id() for _ in range(20_000)]
    assert len(set(drawn)) == len(drawn)
    assert all(1 <= number <= 2**53 for number in drawn)
    counts = [sum(number >> 50 == part for number in drawn) for part in range(8)]
    assert all(2200 < count < 2800 for count in counts), counts


def test_router_ids_count_up() -> None:
    ids = RandomIds()
    assert [ids.router_id() for _ in range(3)] == [1, 2, 3]
