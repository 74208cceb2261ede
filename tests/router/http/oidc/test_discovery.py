"""A provider that is down is not asked by everybody who comes, and is found soon after it is back."""

from itertools import pairwise
from typing import Any

from support.core import FakeClock
from twisted.internet.defer import Deferred
from wampi.router.http.oidc.discovery import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    METADATA_SECONDS,
    Discovery,
    Metadata,
)
from wampi.router.http.oidc.fetch import ProviderError

ISSUER = "https://id.example"
PUBLISHED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


class Place:
    """A provider that answers when the test says so; ``outcomes`` are what those who came were told."""

    def __init__(self) -> None:
        self.clock = FakeClock(1_795_000_000.0)
        self.asked: list[Deferred[dict[str, Any]]] = []
        self.outcomes: list[Any] = []
        self._discovery = Discovery(ISSUER, self, self.clock)  # type: ignore[arg-type]

    def get(self, _url: str) -> Deferred[dict[str, Any]]:
        self.asked.append(Deferred())
        return self.asked[-1]

    def come(self) -> None:
        self._discovery.find().addBoth(lambda outcome: self.outcomes.append(getattr(outcome, "value", outcome)))

    def fail(self) -> None:
        self.asked[-1].errback(ProviderError("it takes too long"))

    def answer(self) -> None:
        self.asked[-1].callback(PUBLISHED)


def test_all_who_come_while_it_is_asked_wait_for_the_one_answer() -> None:
    place = Place()
    for _ in range(16):
        place.come()
    assert (len(place.asked), place.outcomes) == (1, [])
    place.answer()
    assert len(place.outcomes) == 16
    assert all(isinstance(outcome, Metadata) for outcome in place.outcomes)


def test_or_for_the_one_failure() -> None:
    place = Place()
    for _ in range(16):
        place.come()
    place.fail()
    assert [str(outcome) for outcome in place.outcomes] == ["it takes too long"] * 16
    assert len(place.asked) == 1


def test_after_a_failure_everybody_is_refused_at_once_and_it_is_not_asked() -> None:
    place = Place()
    place.come()
    place.fail()
    place.clock.advance(FIRST_PAUSE_SECONDS / 2)
    place.come()
    assert len(place.asked) == 1
    assert isinstance(place.outcomes[1], ProviderError)
    assert "it has failed, and is asked again in" in str(place.outcomes[1])


def test_the_pause_doubles_from_a_second_to_half_a_minute() -> None:
    place, asked_at = Place(), []
    for _ in range(300):
        before = len(place.asked)
        place.come()
        if len(place.asked) > before:
            asked_at.append(place.clock.monotonic())
            place.fail()
        place.clock.advance(0.5)
    pauses = [later - earlier for earlier, later in pairwise(asked_at)]
    assert pauses[:7] == [FIRST_PAUSE_SECONDS, 2.0, 4.0, 8.0, 16.0, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]


def test_one_that_is_back_is_found_when_the_pause_is_over_and_the_next_failure_begins_with_a_short_one() -> None:
    place = Place()
    for _ in range(3):
        place.come()
        place.fail()
        place.clock.advance(LONGEST_PAUSE_SECONDS)
    place.come()
    place.answer()
    place.come()
    assert [isinstance(outcome, Metadata) for outcome in place.outcomes[-2:]] == [True, True]
    place.clock.advance(METADATA_SECONDS)
    place.come()
    place.fail()
    place.clock.advance(FIRST_PAUSE_SECONDS)
    place.come()
    place.answer()
    assert isinstance(place.outcomes[-1], Metadata)


def test_a_provider_that_says_something_else_than_it_should_is_left_alone_likewise() -> None:
    place = Place()
    place.come()
    place.asked[-1].callback(PUBLISHED | {"issuer": "https://evil.example"})
    place.come()
    assert len(place.asked) == 1
    assert [type(outcome) for outcome in place.outcomes] == [ProviderError] * 2
