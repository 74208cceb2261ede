"""What changes the accounts needs a login of the last ten minutes, where a session rests on one that may be older."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.administration import FROM_OUTSIDE, FakeNode
from support.core import AcceptAnyone, Client
from support.store import PASSWORD
from wampi.router.administration.live import LIVE
from wampi.router.administration.operations import OPERATIONS
from wampi.router.core.authentication import Principal
from wampi.router.freshness import FRESH_SECONDS

REAUTHENTICATE = "wampi.error.reauthentication_required"
CHANGES = [name for name, operation in OPERATIONS.items() if operation.changes]
REST = [*(name for name in OPERATIONS if name not in CHANGES), *LIVE]
BEN = {"name": "ben", "password": PASSWORD}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FakeNode]:
    node = FakeNode(tmp_path).start()
    yield node
    node.accounts.close()


def by_cookie(
    node: FakeNode,
    age: float = 0.0,
    way: str = "cookie",
    role: str = "owner",
    credential: str = "cookie:7",
    is_vouched: bool = False,
) -> Client:
    """Olga, on a connection that began with a cookie whose login is so many seconds old."""
    since = node.times.now - age
    carried = Principal("olga", role, way, "accounts", "cookie:7", since, is_vouched=is_vouched)
    details = replace(FROM_OUTSIDE, principal=carried)
    client = node.attach("json", AcceptAnyone(role, credential), details=details)
    client.join(authid="olga")
    return client


def test_what_changes_something_is_what_is_audited_as_such() -> None:
    assert {"user.add", "user.role", "token.add", "passkey.remove", "identity.link", "totp.remove"} <= set(CHANGES)
    assert {"user.list", "user.get", "audit.list", "session.list", "session.kick", "session.kick_user"} <= set(REST)


@pytest.mark.parametrize("operation", CHANGES)
@pytest.mark.parametrize("way", ["cookie", "query"])
def test_with_an_old_login_nothing_is_changed(node: FakeNode, operation: str, way: str) -> None:
    olga = by_cookie(node, FRESH_SECONDS + 1, way)
    assert node.ask(olga, operation) == REAUTHENTICATE


@pytest.mark.parametrize("operation", REST)
def test_with_an_old_login_all_is_read_and_sessions_are_ended(node: FakeNode, operation: str) -> None:
    fresh, old = by_cookie(node), by_cookie(node, FRESH_SECONDS + 1)
    without_arguments = [node.ask(client, operation) for client in (fresh, old)]
    assert without_arguments[1] != REAUTHENTICATE
    assert type(without_arguments[0]) is type(without_arguments[1])


def test_a_login_is_fresh_for_ten_minutes_on_a_connection_that_lasts(node: FakeNode) -> None:
    olga = by_cookie(node)
    node.clock.advance(FRESH_SECONDS)
    assert node.ask(olga, "user.add", **BEN)["name"] == "ben"
    node.clock.advance(1.0)
    assert node.ask(olga, "user.role", name="ben", role="owner") == REAUTHENTICATE
    assert node.accounts.get("ben").role == "resident"


def test_it_says_what_to_do_and_is_in_the_audit_trail(node: FakeNode) -> None:
    olga = by_cookie(node, FRESH_SECONDS + 1)
    olga.call("wampi.admin.user.add", [], BEN)
    node.run()
    [error] = olga.take()
    assert error[4:] == [
        REAUTHENTICATE,
        ["log in again, by password or passkey: this needs a login of the last 10 minutes"],
    ]
    [entry] = node.entries("refused")
    assert (entry["what"], entry["who"], entry["way"]) == ("wampi.admin.user.add", "olga", "anonymous")
    assert entry["details"] == {"reason": "the login is too old"}


def test_the_word_of_a_provider_is_no_fresh_login(node: FakeNode) -> None:
    olga = by_cookie(node, is_vouched=True)
    assert node.ask(olga, "user.add", **BEN) == REAUTHENTICATE


def test_a_clock_that_was_put_back_makes_no_login_fresh(node: FakeNode) -> None:
    olga = by_cookie(node)
    node.times.now -= 3600.0
    assert node.ask(olga, "user.add", **BEN) == REAUTHENTICATE


@pytest.mark.parametrize("credential", ["password", "key:3", "token:3", "certificate:3"])
def test_who_has_proven_himself_on_the_connection_may_change_things_for_as_long_as_it_lasts(
    node: FakeNode, credential: str
) -> None:
    olga = node.join("olga", "owner", credential)
    node.clock.advance(30 * 86_400.0)
    assert node.ask(olga, "user.add", **BEN)["name"] == "ben"


def test_also_where_the_browser_has_sent_an_old_cookie_along(node: FakeNode) -> None:
    olga = by_cookie(node, FRESH_SECONDS + 1, credential="password")
    assert node.ask(olga, "user.add", **BEN)["name"] == "ben"


def test_who_is_no_owner_is_not_told_to_log_in_again(node: FakeNode) -> None:
    eve = by_cookie(node, FRESH_SECONDS + 1, role="resident")
    assert node.ask(eve, "user.add", **BEN) == "wamp.error.not_authorized"


def test_what_needs_a_fresh_login_says_so_where_it_is_described(node: FakeNode) -> None:
    olga = by_cookie(node, FRESH_SECONDS + 1)
    said = {
        name: olga.result("wamp.reflection.procedure.describe", f"wampi.admin.{name}").get("errors")
        for name in (*CHANGES, *REST)
    }
    assert said == {name: [REAUTHENTICATE] for name in CHANGES} | dict.fromkeys(REST)
    assert olga.result("wamp.reflection.error.describe", REAUTHENTICATE)["description"].endswith(".")
