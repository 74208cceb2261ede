"""Trust levels: advanced profile, "Call Trust Levels" and "Publication Trust Levels"."""

from typing import Any

import pytest
from support.core import ALL, EVERYTHING, FakeRouter
from wampi.router.core.authorization import Disclosure, Permission, Role

TRUSTED = Role("trusted", EVERYTHING.permissions, trustlevel=3)
UNTRUSTED = Role("untrusted", EVERYTHING.permissions, trustlevel=0)
SHOWN = Role(
    "shown", (Permission("", "prefix", ALL, Disclosure.ALWAYS, Disclosure.ALWAYS),), trustlevel=2
)  # fmt: skip


@pytest.fixture
def fake() -> FakeRouter:
    return FakeRouter(roles=(EVERYTHING, TRUSTED, UNTRUSTED, SHOWN))


def details_of(fake: FakeRouter, role: str, **options: Any) -> list[dict[str, Any]]:
    """Return the details of an invocation and of an event that a session of the role caused."""
    other, sender = fake.client(), fake.client(role=role)
    other.ask(64, {}, "com.procedure")
    other.ask(32, {}, "com.topic")
    other.take()
    sender.send(48, 1, options, "com.procedure").send(16, 2, options, "com.topic")
    return [message[3] for message in other.take()]


@pytest.mark.parametrize(("role", "level"), [("trusted", 3), ("untrusted", 0)])
def test_calls_and_events_show_the_trust_level_of_the_role(fake: FakeRouter, role: str, level: int) -> None:
    assert details_of(fake, role) == [{"trustlevel": level}] * 2


def test_without_a_level_nothing_is_shown(fake: FakeRouter) -> None:
    assert details_of(fake, "everything") == [{}, {}]


def test_the_level_is_the_configurations_and_never_the_senders(fake: FakeRouter) -> None:
    assert details_of(fake, "untrusted", trustlevel=9) == [{"trustlevel": 0}] * 2


@pytest.mark.parametrize(("role", "options"), [("shown", {}), ("trusted", {"disclose_me": True})])
def test_it_stands_beside_what_is_disclosed(fake: FakeRouter, role: str, options: dict[str, Any]) -> None:
    invocation, event = details_of(fake, role, **options)
    assert "trustlevel" in invocation and "caller_authrole" in invocation
    assert "trustlevel" in event and "publisher_authrole" in event
