from support.core import FakeClock
from wampi.router.transport.turn import Turn


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
