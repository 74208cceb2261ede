"""Output of other processes as bounded lines."""

from twisted.internet.task import Clock
from wampi.router.lines import BURST, LINE_BYTES, LINES_PER_SECOND, LineBudget, LineBuffer


def test_lines_are_put_together_from_pieces() -> None:
    lines: list[str] = []
    buffer = LineBuffer(lines.append)
    for piece in (b"one\ntw", b"", b"o\r\n\n", b"thr", b"ee"):
        buffer.feed(piece)
    assert lines == ["one", "two"]
    buffer.close()
    assert lines == ["one", "two", "three"]


def test_of_a_line_without_end_only_the_beginning_is_kept() -> None:
    lines: list[str] = []
    buffer = LineBuffer(lines.append)
    for _ in range(1000):
        buffer.feed(b"x" * 1000)
    buffer.feed(b"\nnext\n")
    assert lines == ["x" * LINE_BYTES + "...", "next"]


def test_what_is_no_text_is_escaped() -> None:
    lines: list[str] = []
    LineBuffer(lines.append).feed(b"caf\xe9\n")
    assert lines == ["caf\\xe9"]


def test_a_flood_is_cut_and_counted() -> None:
    lines: list[str] = []
    clock = Clock()
    budget = LineBudget(lines.append, clock.seconds)
    for number in range(10_000):
        budget.pass_on(str(number))
    assert len(lines) == BURST
    clock.advance(1.0)
    budget.pass_on("after a second")
    assert lines[-2:] == [f"({10_000 - BURST:.0f} lines left out)", "after a second"]
    for _ in range(10_000):
        budget.pass_on("again")
    assert len(lines) == BURST + 1 + LINES_PER_SECOND


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    lines: list[str] = []
    now = [1000.0]
    budget = LineBudget(lines.append, lambda: now[0])
    now[0] = 0.0
    for _ in range(300):
        budget.pass_on("x")
    assert len(lines) == BURST
