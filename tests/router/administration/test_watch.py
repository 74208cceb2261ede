"""What has let a session in is looked at again for as long as the session lasts; the accounts here are real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.administration import FakeNode
from support.core import Client
from support.store import OTHER_PASSWORD, PASSWORD
from support.wamp import GOODBYE
from wampi.router.administration.watch import MOST_AT_ONCE, WATCH_SECONDS
from wampi.router.core.authentication import Accept, Applicant, Decide, Principal
from wampi.router.core.ports import TransportDetails
from wampi.router.store.accounts import Accounts
from wampi.router.store.errors import StoreError
from wampi.router.store.web import Lifetimes

HALF_AN_HOUR = 30 * 60.0
HOURS = 6 * 3600.0
DAY = 86_400.0
KEY = b"k" * 32


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FakeNode]:
    """A node in whose accounts Anna is, and what she can log in with: token 1, keys 1 and 2."""
    made = FakeNode(tmp_path)
    accounts = made.accounts
    accounts.add_person("anna", "resident", PASSWORD)
    accounts.add_person("otto", "owner", PASSWORD)
    accounts.tokens.add("anna", "script", expires_at=made.times.now + DAY)
    accounts.public_keys.add("anna", "cryptosign", KEY, "laptop")
    accounts.public_keys.add("anna", "certificate", KEY, "phone")
    made.watch.start()
    yield made
    made.accounts.close()


class Login:
    """Lets in by what is written down here."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept

    def authenticate(self, _applicant: Applicant, decide: Decide) -> None:
        decide(self._accept)


def join(node: FakeNode, credential: str, method: str = "ticket", **more: Any) -> Client:
    """Anna's session, or another's, let in by a credential and not by a request."""
    authid = more.pop("authid", "anna")
    accept = Accept(authid, "resident", method, more.pop("provider", "accounts"), credential=credential)
    client = node.attach("json", Login(accept), **more)
    client.join(authid=authid)
    return client


def join_carried(node: FakeNode, principal: Principal, method: str | None = None) -> Client:
    """Anna's session, on a connection whose request has proven something."""
    details = TransportDetails(principal=principal)
    return join(node, principal.credential, method or principal.method, details=details)


def cookie(node: FakeNode, **lifetimes: float) -> Principal:
    return node.accounts.web.open_session("anna", node.times.now, Lifetimes(**lifetimes))[1]


def is_over(client: Client) -> bool:
    return [message[2] for message in client.take() if message[0] == GOODBYE] == ["wampi.close.revoked"]


def is_over_after(node: FakeNode, client: Client, seconds: float) -> bool:
    """Whether a session has ended when so much time has passed; it is looked at in between, if not every minute."""
    while seconds > 0:
        step = min(seconds, HOURS)
        node.clock.advance(step)
        seconds -= step
    return is_over(client)


def test_every_login_is_looked_at_again_at_least_every_half_hour() -> None:
    assert WATCH_SECONDS <= HALF_AN_HOUR


@pytest.mark.parametrize("credential", ["password", "key", "token:1", "key:1", "certificate:2", "certificate"])
def test_a_session_whose_login_is_still_good_goes_on(node: FakeNode, credential: str) -> None:
    assert not is_over_after(node, join(node, credential), HALF_AN_HOUR)


@pytest.mark.parametrize("credential", ["password", "key", "token:1", "key:1", "certificate:2", "certificate"])
@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.set_enabled("anna", False),
        lambda accounts: accounts.set_role("anna", "guest"),
        lambda accounts: accounts.remove("anna"),
    ],
    ids=["disabled", "another role", "removed"],
)
def test_whatever_another_process_does_to_an_account_ends_its_sessions(
    node: FakeNode, credential: str, change: Callable[[Accounts], None]
) -> None:
    session = join(node, credential)
    change(node.accounts)
    assert is_over_after(node, session, WATCH_SECONDS)


@pytest.mark.parametrize(
    ("credential", "change"),
    [
        ("token:1", lambda accounts: accounts.tokens.revoke(1)),
        ("key:1", lambda accounts: accounts.public_keys.remove(1)),
        ("certificate:2", lambda accounts: accounts.public_keys.remove(2)),
    ],
)
def test_a_token_or_key_that_another_process_takes_back_ends_what_it_has_let_in_and_nothing_else(
    node: FakeNode, credential: str, change: Callable[[Accounts], None]
) -> None:
    session, other = join(node, credential), join(node, "password")
    change(node.accounts)
    assert is_over_after(node, session, WATCH_SECONDS)
    assert not is_over(other)


def test_a_token_that_runs_out_ends_the_session_that_it_has_let_in_by_whatever_way(node: FakeNode) -> None:
    by_ticket = join(node, "token:1")
    carried = Principal("anna", "resident", "bearer", "accounts", "token:1", since=node.times.now)
    by_bearer = join_carried(node, carried)
    assert not is_over_after(node, by_ticket, DAY - WATCH_SECONDS)
    assert not is_over(by_bearer)
    assert is_over_after(node, by_ticket, WATCH_SECONDS)
    assert is_over(by_bearer)


def test_a_cookies_session_ends_after_30_days_whatever_the_traffic(node: FakeNode) -> None:
    session = join_carried(node, cookie(node))
    for _ in range(29):
        session.result("wamp.session.count")
        assert not is_over_after(node, session, DAY)
    assert is_over_after(node, session, DAY + WATCH_SECONDS)


def test_a_cookie_that_nothing_lives_on_is_over_after_12_hours(node: FakeNode) -> None:
    principal = cookie(node)
    node.clock.advance(12 * 3600.0 + 1)
    assert is_over_after(node, join_carried(node, principal), WATCH_SECONDS)


def test_what_a_ticket_of_the_query_has_let_in_ends_with_the_cookie_that_took_it(node: FakeNode) -> None:
    session = join_carried(node, replace(cookie(node, total=DAY), method="query", realm="home"))
    assert is_over_after(node, session, DAY + WATCH_SECONDS)


def test_a_password_that_is_changed_ends_what_the_old_one_has_let_in_and_not_what_the_new_one_has(
    node: FakeNode,
) -> None:
    carried = Principal("anna", "resident", "basic", "accounts", "password", since=node.times.now)
    old = join_carried(node, carried)
    node.clock.advance(1.0)
    node.accounts.set_password("anna", OTHER_PASSWORD)
    new = join_carried(node, replace(carried, since=node.times.now))
    assert is_over_after(node, old, WATCH_SECONDS)
    assert not is_over(new)


def test_a_session_that_logged_in_otherwise_does_not_hang_on_a_cookie_that_came_along(node: FakeNode) -> None:
    session = join_carried(node, cookie(node, total=DAY), "wampcra")
    assert not is_over_after(node, session, DAY + WATCH_SECONDS)


def test_sessions_of_no_account_are_none_of_its_business(node: FakeNode) -> None:
    session = join(node, "", provider="static")
    node.accounts.remove("anna")
    assert not is_over_after(node, session, WATCH_SECONDS)


def test_sessions_of_one_login_are_looked_at_once(node: FakeNode) -> None:
    looked: list[Any] = []
    submit = node.worker.submit

    def noting(work: Any, done: Callable[[Any], None], failed: Any) -> None:
        submit(work, lambda found: (looked.append(found), done(found)), failed)

    node.worker.submit = noting
    principal = cookie(node)
    for _ in range(3):
        join_carried(node, principal)
        join(node, "password")
    node.clock.advance(WATCH_SECONDS)
    assert [True, True] in looked


class Line:
    """Work that waits until a test does it; what it has returned is kept: of a look, for how many logins that was."""

    def __init__(self, node: FakeNode) -> None:
        self._submit = node.worker.submit
        self._waiting: list[Callable[[], None]] = []
        self.results: list[Any] = []
        node.worker.submit = self.submit

    def submit(self, work: Any, done: Callable[[Any], None], failed: Any) -> None:
        def keep(result: Any) -> None:
            self.results.append(len(result) if isinstance(result, list) else result)
            done(result)

        self._waiting.append(lambda: self._submit(work, keep, failed))

    def do_all(self) -> None:
        """Do what waits, and what comes of it."""
        while self._waiting:
            self._waiting.pop(0)()


def test_many_logins_are_looked_at_in_pieces_between_which_others_have_their_turn(node: FakeNode) -> None:
    anna = join(node, "password")
    ghosts = [join(node, "password", authid=f"ghost{number}") for number in range(2 * MOST_AT_ONCE)]
    line = Line(node)
    node.clock.advance(WATCH_SECONDS)
    node.worker.submit(lambda _accounts: "a login", lambda _: None, pytest.fail)
    line.do_all()
    looks = [one for one in line.results if one is not None]
    assert looks == [MOST_AT_ONCE, "a login", MOST_AT_ONCE, 1]
    assert [is_over(session) for session in ghosts] == [True] * len(ghosts)
    assert not is_over(anna)


def test_a_look_that_takes_longer_than_a_minute_is_not_begun_twice(node: FakeNode) -> None:
    join(node, "password")
    line = Line(node)
    for _ in range(2):
        node.clock.advance(WATCH_SECONDS)
    line.do_all()
    assert line.results.count(1) == 1
    node.clock.advance(WATCH_SECONDS)
    line.do_all()
    assert line.results.count(1) == 2


def test_who_came_on_the_connection_of_one_that_is_over_stays(node: FakeNode) -> None:
    session = join(node, "token:99")
    line = Line(node)
    node.clock.advance(WATCH_SECONDS)
    session.send(GOODBYE, {}, "wamp.close.normal")
    session.take()
    session.join(authid="anna")
    line.do_all()
    assert session.take() == []


def test_when_the_accounts_fail_nobody_is_ended_and_it_is_tried_again(node: FakeNode) -> None:
    session = join(node, "password")
    node.accounts.remove("anna")
    node.worker.is_broken = True
    assert not is_over_after(node, session, WATCH_SECONDS)
    assert ("logins not looked at", {"reason": str(StoreError("the disk is full"))}) in node.kept.lines
    node.worker.is_broken = False
    assert is_over_after(node, session, WATCH_SECONDS)


def test_after_the_stop_nobody_is_looked_at(node: FakeNode) -> None:
    session = join(node, "password")
    node.accounts.remove("anna")
    node.watch.stop()
    node.watch.stop()
    assert not is_over_after(node, session, 2 * WATCH_SECONDS)
