"""What a page carries from the first factor to the second."""

from support.core import FakeClock
from wampi.router.http.second_steps import SECONDS, FirstStep, SecondSteps


def test_it_is_read_by_who_was_given_it_within_five_minutes() -> None:
    clock = FakeClock()
    steps, step = SecondSteps(b"k" * 32, clock), FirstStep("anna", clock.time(), "password")
    token = steps.token("cookie", step)
    clock.advance(SECONDS)
    assert steps.read("cookie", token) == step
    clock.advance(1)
    assert steps.read("cookie", token) is None


def test_it_is_no_good_elsewhere_or_changed() -> None:
    clock = FakeClock()
    steps = SecondSteps(b"k" * 32, clock)
    token = steps.token("cookie", FirstStep("anna", clock.time(), "password"))
    others = steps.token("cookie", FirstStep("otto", clock.time(), "password"))
    mixed = f"{others.partition('.')[0]}.{token.partition('.')[2]}"
    assert steps.read("another", token) is None
    assert steps.read(None, token) is None
    assert SecondSteps(b"o" * 32, clock).read("cookie", token) is None
    for changed in (mixed, "", ".", "é.é", f"{token}0", token.partition(".")[0]):
        assert steps.read("cookie", changed) is None
