"""Topics of which the configuration says that only the newest undelivered event matters."""

import pytest
from support.core import EVERYTHING, FakeRouter
from wampi.router.core.patterns import covers


@pytest.fixture
def home() -> FakeRouter:
    return FakeRouter(roles=[EVERYTHING], latest=[("com.camera..frames", "wildcard")])


@pytest.mark.parametrize(
    ("topic", "options", "is_latest"),
    [
        ("com.camera.porch.frames", {}, True),
        ("com.camera..frames", {"match": "wildcard"}, True),
        ("com.camera.porch.frames", {"_outbox": "kick"}, False),
        ("com.camera.porch.state", {}, False),
        ("com.camera", {"match": "prefix"}, False),
        ("com...frames", {"match": "wildcard"}, False),
        ("com...frames", {"match": "wildcard", "_outbox": "latest"}, True),
    ],
)
def test_a_subscription_that_a_pattern_covers_keeps_the_newest_unless_it_says_otherwise(
    home: FakeRouter, topic: str, options: dict[str, str], is_latest: bool
) -> None:
    subscriber, publisher = home.client(), home.client()
    subscription = subscriber.subscribe(topic, **options)
    published = topic if "match" not in options else "com.camera.porch.frames"
    publisher.publish(published, [1])
    assert subscriber.peer.latest == ([subscription] if is_latest else [])
    assert len(subscriber.take()) == 1


@pytest.mark.parametrize(
    ("general", "pattern", "expected"),
    [
        (("a.b", "exact"), ("a.b", "exact"), True),
        (("a.b", "exact"), ("a.b", "prefix"), False),
        (("a.", "prefix"), ("a.b", "exact"), True),
        (("a.", "prefix"), ("a.b", "prefix"), True),
        (("a.", "prefix"), ("a", "prefix"), False),
        (("a.", "prefix"), ("a..c", "wildcard"), True),
        (("a.b", "prefix"), ("a..c", "wildcard"), False),
        (("", "prefix"), ("..", "wildcard"), True),
        (("a..c", "wildcard"), ("a.b.c", "exact"), True),
        (("a..c", "wildcard"), ("a..c", "wildcard"), True),
        (("a..c", "wildcard"), ("a..", "wildcard"), False),
        (("a..", "wildcard"), ("a..c", "wildcard"), True),
        (("a..c", "wildcard"), ("a.b.c", "prefix"), False),
        (("a..c", "wildcard"), ("a.b.c.d", "exact"), False),
    ],
)
def test_a_pattern_covers_another_when_it_matches_all_that_the_other_does(
    general: tuple[str, str], pattern: tuple[str, str], expected: bool
) -> None:
    assert covers(*general, *pattern) is expected  # type: ignore[arg-type]
