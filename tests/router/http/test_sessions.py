"""WAMP sessions that live on a web login are looked after for as long as they last."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from wampi.router.core.authentication import Principal
from wampi.router.core.ports import TransportDetails
from wampi.router.core.session import Identity
from wampi.router.http.sessions import WATCH_SECONDS, WatchedSessions, WebSessions

ANNA = Principal("anna", "resident", "cookie", "accounts", "cookie:1", since=5.0)
BEN = Principal("ben", "resident", "basic", "accounts", "password", since=5.0)


@dataclass
class FakeSession:
    """What the watch looks at of a session."""

    transport: TransportDetails
    identity: Identity


def session(principal: Principal | None, method: str | None = None) -> FakeSession:
    authmethod = method or (principal.method if principal is not None else "wampcra")
    return FakeSession(TransportDetails(principal=principal), Identity("anna", "resident", authmethod, "accounts"))


@dataclass
class House:
    """Sessions, and what has become of their principals; nobody else's are asked for."""

    live: list[Any]
    now: dict[Principal, Principal | None] = field(default_factory=dict)
    problem: Exception | None = None

    def __post_init__(self) -> None:
        self.clock, self.log = FakeClock(), KeptLog()
        self.asked: list[Principal] = []
        self.expelled: list[tuple[str, str]] = []
        sessions = WebSessions(self)  # type: ignore[arg-type]
        self.watched = WatchedSessions(
            sessions, lambda: self.live, lambda *who: self.expelled.append(who), self.clock, self.log
        )
        self.watched.start()

    def submit(
        self, work: Callable[[Any], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
    ) -> None:
        if self.problem is not None:
            failed(self.problem)
        else:
            done(work(self))

    @property
    def web(self) -> "House":
        return self

    def confirm(self, principal: Principal) -> Principal | None:
        self.asked.append(principal)
        return self.now.get(principal, principal)


def test_every_minute_each_login_is_looked_at_once() -> None:
    house = House([session(ANNA), session(ANNA), session(BEN)])
    house.clock.advance(WATCH_SECONDS - 1)
    assert house.asked == []
    house.clock.advance(1)
    assert sorted(one.authid for one in house.asked) == ["anna", "ben"]
    house.clock.advance(WATCH_SECONDS)
    assert len(house.asked) == 4
    assert house.expelled == []


@pytest.mark.parametrize("now", [None, replace(ANNA, authrole="guest")])
def test_a_login_that_is_over_or_means_another_role_ends_its_sessions(now: Principal | None) -> None:
    house = House([session(ANNA), session(BEN)], {ANNA: now})
    house.clock.advance(WATCH_SECONDS)
    assert house.expelled == [("anna", "cookie:1")]


def test_sessions_that_logged_in_otherwise_do_not_hang_on_a_cookie_that_came_along() -> None:
    house = House([session(None), session(ANNA, "wampcra")], {ANNA: None})
    house.clock.advance(WATCH_SECONDS)
    assert house.asked == []
    assert house.expelled == []


def test_when_the_accounts_fail_nobody_is_ended_and_it_is_tried_again() -> None:
    house = House([session(ANNA)], {ANNA: None}, problem=RuntimeError("locked"))
    house.clock.advance(WATCH_SECONDS)
    assert house.expelled == []
    assert house.log.lines[0][0] == "web logins not looked at"
    house.problem = None
    house.clock.advance(WATCH_SECONDS)
    assert house.expelled == [("anna", "cookie:1")]


def test_after_the_stop_nobody_is_looked_at() -> None:
    house = House([session(ANNA)])
    house.watched.stop()
    house.watched.stop()
    house.clock.advance(2 * WATCH_SECONDS)
    assert house.asked == []
