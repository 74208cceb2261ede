"""Black- and whitelists: six lists, each of which is there, empty, or absent."""

from itertools import product
from typing import Any

import pytest
from msgspec import UNSET
from support.core import EVERYTHING, FakeRouter
from wampi.router.auth.fixed import FixedIdentity
from wampi.router.codec.messages import PublishOptions
from wampi.router.core.authentication import Accept
from wampi.router.core.authorization import Role
from wampi.router.core.receivers import receiver_filter

LISTS = ("eligible", "eligible_authid", "eligible_authrole", "exclude", "exclude_authid", "exclude_authrole")
ADMIN = Role("admin", EVERYTHING.permissions)


def received(**options: Any) -> set[str]:
    """Return who of ann, bob and the admin eve gets an event; "ann" and so on in ``eligible`` stand for session ids."""
    home = FakeRouter([EVERYTHING, ADMIN])
    clients = {
        name: home.client(authid=name, role="admin" if name == "eve" else "everything")
        for name in ("ann", "bob", "eve")
    }
    for client in clients.values():
        client.subscribe("com.topic")
    for key in ("eligible", "exclude"):
        if key in options:
            options[key] = [clients[name].session if name in clients else 4711 for name in options[key]]
    home.client().publish("com.topic", **options)
    return {name for name, client in clients.items() if client.take()}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"ann", "bob", "eve"}),
        ({"eligible": ["ann"]}, {"ann"}),
        ({"eligible": []}, set()),
        ({"eligible": ["nobody"]}, set()),
        ({"eligible": ["ann", "nobody"]}, {"ann"}),
        ({"eligible_authid": ["bob", "nobody"]}, {"bob"}),
        ({"eligible_authid": []}, set()),
        ({"eligible_authrole": ["admin"]}, {"eve"}),
        ({"eligible_authrole": []}, set()),
        ({"exclude": ["ann"]}, {"bob", "eve"}),
        ({"exclude": ["nobody"]}, {"ann", "bob", "eve"}),
        ({"exclude": []}, {"ann", "bob", "eve"}),
        ({"exclude_authid": ["ann", "bob"]}, {"eve"}),
        ({"exclude_authrole": ["everything"]}, {"eve"}),
        ({"exclude_authid": [], "exclude_authrole": []}, {"ann", "bob", "eve"}),
        ({"eligible": ["ann", "bob"], "exclude": ["ann"]}, {"bob"}),
        ({"eligible": ["ann", "eve"], "eligible_authrole": ["everything"]}, {"ann"}),
        ({"eligible_authid": ["ann"], "eligible_authrole": ["admin"]}, set()),
        ({"eligible_authrole": ["everything"], "exclude_authid": ["bob"]}, {"ann"}),
        ({"eligible": ["ann"], "exclude_authrole": ["everything"]}, set()),
    ],
)
def test_who_gets_the_event(options: dict[str, Any], expected: set[str]) -> None:
    assert received(**options) == expected


@pytest.mark.parametrize(
    ("options", "is_received"),
    [
        ({}, True),
        ({"eligible_authrole": ["admin"]}, False),
        ({"eligible_authrole": ["everything"]}, False),
        ({"eligible_authrole": ["admin", "everything"]}, True),
        ({"exclude_authrole": ["admin"]}, False),
        ({"exclude_authrole": ["everything"]}, False),
        ({"exclude_authrole": ["other"]}, True),
    ],
)
def test_what_is_for_a_role_is_for_nobody_whose_scope_is_another(options: dict[str, Any], is_received: bool) -> None:
    home = FakeRouter([EVERYTHING, ADMIN])
    narrow = home.attach(authenticator=FixedIdentity(Accept("eve", "admin", "bearer", "accounts", scope="everything")))
    narrow.join()
    narrow.subscribe("com.topic")
    home.client().publish("com.topic", **options)
    assert bool(narrow.take()) is is_received


def test_all_combinations_of_lists_are_joined_by_and() -> None:
    home = FakeRouter()
    session = home.realm.sessions[home.client(authid="ann").session]
    ours: dict[str, Any] = {"": session.id, "_authid": "ann", "_authrole": "everything"}
    for choice in product(("absent", "ours", "theirs", "empty"), repeat=6):
        lists: Any = {
            key: {"ours": [ours[suffix]], "theirs": [0 if suffix == "" else "x"], "empty": []}.get(kind, UNSET)
            for key, kind, suffix in zip(LISTS, choice, ("", "_authid", "_authrole") * 2, strict=True)
        }
        receivers = receiver_filter(PublishOptions(**lists))
        expected = all(kind in ("absent", "ours") for kind in choice[:3]) and "ours" not in choice[3:]
        assert (receivers is None or receivers.admits(session)) == expected, lists


def test_a_publication_without_lists_needs_no_filter() -> None:
    assert receiver_filter(PublishOptions()) is None
    for key in LISTS:
        empty: Any = {key: []}
        assert receiver_filter(PublishOptions(**empty)) is not None


def test_the_publisher_stays_excluded_even_when_it_is_on_the_list(home: FakeRouter) -> None:
    client = home.client(authid="ann")
    client.subscribe("com.topic")
    client.publish("com.topic", eligible_authid=["ann"])
    assert client.take() == []
    client.publish("com.topic", eligible_authid=["ann"], exclude_me=False)
    assert len(client.take()) == 1


@pytest.mark.parametrize("match", ["exact", "prefix", "wildcard"])
def test_the_lists_hold_for_patterns_and_for_the_latest_too(home: FakeRouter, match: str) -> None:
    ann, bob, publisher = home.client(authid="ann"), home.client(authid="bob"), home.client()
    for client in (ann, bob):
        client.subscribe("com.topic", match=match, _outbox="latest")
    publisher.publish("com.topic", exclude_authid=["bob"])
    assert (len(ann.take()), len(bob.take())) == (1, 0)


def test_filters_with_the_same_lists_are_equal() -> None:
    def of(**lists: Any) -> Any:
        return receiver_filter(PublishOptions(**lists))

    assert of(eligible=[1, 2]) == of(eligible=[2, 1, 1])
    assert hash(of(eligible=[1, 2])) == hash(of(eligible=[2, 1]))
    assert of(eligible=[1]) != of(exclude=[1])
    assert of(eligible=[]) != of(exclude=[])
    assert of(eligible=[1]) != "eligible"


def test_the_size_of_a_filter_grows_with_its_lists() -> None:
    small, large = (
        receiver_filter(PublishOptions(exclude=list(range(n)), eligible_authid=["x" * n])) for n in (1, 1000)
    )
    assert small is not None
    assert large is not None
    assert large.size_bytes > 60 * 1000 > 2000 > small.size_bytes > 0
