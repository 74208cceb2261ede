"""Grants in time: they begin and end by the time of day, and a clock that is wrong gives nobody anything."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.administration import ROLES, FakeNode
from support.core import Client
from support.store import PASSWORD
from support.wamp import RESULT, SUBSCRIBE
from wampi.router.administration.grants import LOOK_SECONDS, TOLERANCE_SECONDS, GrantKeeper, permissions_of
from wampi.router.core.authorization import Role
from wampi.router.core.review import SILENCE_SECONDS
from wampi.router.store.grants import Verb

RUN, GARDEN = "wampi.sprinkler.garden.run", "wampi.sprinkler.garden"
DAY = 86_400.0


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FakeNode]:
    node = FakeNode(tmp_path).start()
    node.accounts.add_person("anna", "guest", PASSWORD)
    device = node.join("garden", "resident")
    device.register(RUN)
    device.register(f"{GARDEN}.health")
    yield node
    node.accounts.close()


@pytest.fixture
def anna(node: FakeNode) -> Client:
    return node.join("anna", "guest")


def grant(node: FakeNode, starts: float | None = None, ends: float | None = None, verb: Verb = "operate") -> int:
    """Grant the garden, from and until so many seconds from now."""
    now = node.times.now
    starts_at, ends_at = (None if seconds is None else now + seconds for seconds in (starts, ends))
    made = node.accounts.grants.add("anna", GARDEN, verb, "olga", starts_at, ends_at)
    node.grants.reload()
    return made.id


def may(client: Client, procedure: str = RUN) -> bool:
    client.take()
    client.call(procedure)
    return [message[4] for message in client.take() if message[0] == 8] == []


def set_clock(node: FakeNode, now: float) -> None:
    """Set the time of day, and let the hub look at it."""
    node.times.now = now
    node.clock.twisted.advance(LOOK_SECONDS)


def after_restart(node: FakeNode, now: float) -> None:
    """Start the hub again, at some time of day."""
    node.grants.stop()
    node.times.now = now
    node.grants = GrantKeeper(node.worker, [node.router], node.clock, node.kept)
    node.realm.set_grants({})
    node.grants.reload()


@pytest.mark.parametrize("provider", ["dynamic", "static"])
def test_a_grant_is_for_the_account_and_not_for_whom_somebody_else_calls_the_same(
    node: FakeNode, anna: Client, provider: str
) -> None:
    before = node.join("anna", "guest", provider=provider)
    grant(node)
    after = node.join("anna", "guest", provider=provider)
    assert [may(client) for client in (anna, before, after)] == [True, False, False]


def test_the_neighbour_may_water_the_garden_until_sunday(node: FakeNode, anna: Client) -> None:
    assert not may(anna)
    grant(node, ends=2 * DAY)
    assert may(anna)
    anna.subscribe(f"{GARDEN}.state")
    node.clock.advance(2 * DAY - 1)
    assert may(anna)
    node.clock.advance(1.0)
    assert not may(anna)
    assert anna.error(SUBSCRIBE, {}, f"{GARDEN}.state") == "wamp.error.not_authorized"


def test_a_call_under_way_ends_with_the_grant(node: FakeNode, anna: Client) -> None:
    grant(node, ends=10.0)
    request = anna.call(RUN)
    node.clock.advance(10.0)
    assert [(m[0], m[2], m[4]) for m in anna.take()] == [(8, request, "wamp.error.not_authorized")]


def test_a_grant_that_is_taken_back_is_answered_when_an_authorizer_that_hangs_keeps_nothing_alive(
    tmp_path: Path,
) -> None:
    node = FakeNode(tmp_path, (*ROLES, Role("child", authorizer="com.example.authorize"))).start()
    node.realm.authorizer = Hanging()
    node.accounts.add_person("anna", "child", PASSWORD)
    made = grant(node)
    anna, olga = node.join("anna", "child"), node.join("olga", "owner")
    anna.subscribe(f"{GARDEN}.state")
    request = olga.call("wampi.admin.grant.revoke", [], {"grant": made})
    node.run()
    assert olga.take() == []
    node.clock.advance(SILENCE_SECONDS)
    node.run()
    assert [message[:2] for message in olga.take()] == [[RESULT, request]]
    olga.publish(f"{GARDEN}.state")
    assert anna.take() == []
    node.accounts.close()


class Hanging:
    """An authorizer that never answers."""

    def ask(self, procedure: str, args: list[Any], decide: Callable[[Any], None]) -> None:
        pass


def test_a_grant_begins_on_time_and_not_before(node: FakeNode, anna: Client) -> None:
    grant(node, starts=DAY, ends=2 * DAY)
    node.clock.advance(DAY - 0.01)
    assert not may(anna)
    node.clock.advance(0.01)
    assert may(anna)


def test_to_view_is_to_ask_and_to_subscribe_and_nothing_more(node: FakeNode, anna: Client) -> None:
    grant(node, verb="view")
    anna.subscribe(f"{GARDEN}.state")
    assert may(anna, f"{GARDEN}.health")
    assert not may(anna)
    assert anna.error(64, {}, RUN) == "wamp.error.not_authorized"
    assert anna.error(16, {"acknowledge": True}, f"{GARDEN}.state") == "wamp.error.not_authorized"


def test_a_grant_of_all_devices_of_a_kind_is_for_each_of_them() -> None:
    asked = {(one.uri, one.match) for one in permissions_of("wampi.camera.", "view")}
    assert ("wampi.camera..snapshot", "wildcard") in asked
    assert ("wampi.camera.", "prefix") in asked


def test_a_clock_that_is_put_forward_ends_a_grant_within_a_second(node: FakeNode, anna: Client) -> None:
    grant(node, ends=2 * DAY)
    set_clock(node, node.times.now + 3 * DAY)
    assert not may(anna)


def test_a_clock_that_is_put_back_revives_nothing(node: FakeNode, anna: Client) -> None:
    grant(node, ends=DAY)
    before = node.times.now
    node.clock.advance(DAY)
    set_clock(node, before)
    assert not may(anna)
    after_restart(node, before)
    assert not may(anna)
    assert node.accounts.grants.list() == []


def test_in_1970_no_grant_holds_and_when_the_clock_is_right_it_does_again(node: FakeNode, anna: Client) -> None:
    grant(node)
    now = node.times.now
    after_restart(node, 5.0)
    assert not may(anna)
    set_clock(node, now + 100.0)
    assert may(anna)


def test_a_clock_that_is_behind_what_the_hub_has_known_suspends_grants_that_have_begun(
    node: FakeNode, anna: Client
) -> None:
    grant(node, starts=-10 * DAY, ends=10 * DAY)
    now = node.times.now
    node.clock.advance(DAY)
    after_restart(node, now)  # the time at which it was last stopped, as a Pi without a clock has it
    assert not may(anna)
    assert any("the clock is behind" in event for event, _ in node.kept.lines)
    set_clock(node, now + DAY)
    assert may(anna)


def test_a_clock_that_is_set_back_a_little_is_no_matter(node: FakeNode, anna: Client) -> None:
    grant(node, starts=-DAY)
    node.clock.advance(100.0)
    set_clock(node, node.times.now - TOLERANCE_SECONDS + 1.0)
    assert may(anna)


def test_who_makes_a_grant_vouches_for_the_clock(node: FakeNode, anna: Client) -> None:
    grant(node, starts=-100 * DAY)
    now = node.times.now
    set_clock(node, now + 3650 * DAY)  # somebody's mistake
    node.clock.advance(700.0)
    set_clock(node, now)
    assert not may(anna)
    grant(node, ends=DAY)
    assert may(anna)


def test_grants_that_cannot_be_read_are_in_force_for_nobody(node: FakeNode, anna: Client) -> None:
    grant(node)
    node.worker.is_broken = True
    node.grants.reload()
    assert not may(anna)
    node.worker.is_broken = False
    node.clock.advance(10.0)
    assert may(anna)


def test_an_end_that_cannot_be_written_down_is_an_end_all_the_same(node: FakeNode, anna: Client) -> None:
    grant(node, ends=DAY)
    node.worker.is_broken = True
    node.clock.advance(DAY)
    assert not may(anna)


def test_without_grants_nothing_is_looked_at(node: FakeNode) -> None:
    node.audit.flush()
    assert node.clock.twisted.getDelayedCalls() == []


def test_nothing_is_looked_at_after_the_stop(node: FakeNode) -> None:
    grant(node, ends=DAY)
    node.grants.stop()
    node.grants.reload()
    node.audit.flush()
    assert node.clock.twisted.getDelayedCalls() == []
