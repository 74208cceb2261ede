from functools import partial

from support.core import FakeClock
from wampi.router.transport.turn import BUDGET_SECONDS, Turn


class Visited:
    def __init__(self, on_flush=lambda: None) -> None:  # type: ignore[no-untyped-def]
        self.times = 0
        self._on_flush = on_flush

    def flush(self) -> None:
        self.times += 1
        self._on_flush()


def test_what_is_added_in_a_turn_is_visited_once_at_its_end() -> None:
    turn, visited = Turn(FakeClock()), Visited()
    turn.begin()
    turn.add(visited)
    assert visited.times == 0
    turn.end()
    turn.begin()
    turn.end()
    assert visited.times == 1


def test_what_is_added_outside_a_turn_is_visited_in_the_reactors_next() -> None:
    clock = FakeClock()
    turn, first, second = Turn(clock), Visited(), Visited()
    turn.add(first)
    turn.add(second)
    assert first.times == 0
    clock.advance(0)
    assert (first.times, second.times) == (1, 1)


def test_what_is_added_by_a_visit_waits_for_the_next_turn() -> None:
    clock = FakeClock()
    turn, later = Turn(clock), Visited()
    turn.begin()
    turn.add(Visited(lambda: turn.add(later)))
    turn.end()
    assert later.times == 0
    clock.advance(0)
    assert later.times == 1


def test_a_turn_takes_with_it_what_was_scheduled_before_it() -> None:
    clock = FakeClock()
    turn, visited = Turn(clock), Visited()
    turn.add(visited)
    turn.begin()
    turn.end()
    assert visited.times == 1
    clock.advance(0)
    assert visited.times == 1


def test_what_a_turn_has_no_time_for_is_visited_a_few_at_a_time_and_in_order() -> None:
    clock = FakeClock()
    turn = Turn(clock)
    order: list[int | str] = []

    def write(number: int) -> None:
        order.append(number)
        clock.pass_time(0.75 * BUDGET_SECONDS)
        if number == 2:
            clock.call_later(0, partial(order.append, "somebody else"))

    turn.begin()
    for number in range(5):
        turn.add(Visited(partial(write, number)))
    turn.end()
    assert order == [0, 1]
    clock.advance(0)
    assert order == [0, 1, 2, 3, "somebody else", 4]


def test_others_have_their_turn_before_those_who_are_left_over() -> None:
    clock = FakeClock()
    turn, late, other = Turn(clock), Visited(), Visited()
    turn.begin()
    turn.add(Visited(lambda: clock.pass_time(2 * BUDGET_SECONDS)))
    turn.add(late)
    turn.end()
    turn.begin()
    turn.add(other)
    turn.end()
    assert (late.times, other.times) == (0, 1)
    clock.advance(0)
    assert (late.times, other.times) == (1, 1)


def test_nothing_is_scheduled_once_nobody_is_left_over() -> None:
    clock = FakeClock()
    turn, late = Turn(clock), Visited()
    turn.begin()
    turn.add(Visited(lambda: clock.pass_time(2 * BUDGET_SECONDS)))
    turn.add(late)
    turn.end()
    clock.advance(0)
    assert late.times == 1
    assert clock.twisted.getDelayedCalls() == []
