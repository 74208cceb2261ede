"""Logging in over the core: what goes over the wire, from HELLO to WELCOME or ABORT."""

import json
from typing import Any

import pytest
from autobahn.wamp.auth import compute_wcs, derive_key
from support.core import ALL_ROLES, EVERYTHING, Client, FakeRouter
from wampi.router.auth.anonymous import Anonymous
from wampi.router.auth.checks import Checks
from wampi.router.auth.decoys import Decoys
from wampi.router.auth.methods import Methods
from wampi.router.auth.sources import StaticUser, StaticUsers
from wampi.router.auth.throttle import Throttle
from wampi.router.auth.wampcra import WampCra

USERS = {
    "hans": StaticUser(derive_key("correct horse", "c2FsdHNhbHQ", 100, 32).decode(), "everything", "c2FsdHNhbHQ", 100),
    "lost": StaticUser("secret", "a role that no realm has"),
}
ABORT, CHALLENGE, WELCOME = 3, 4, 2


class House:
    """A router where users of a configuration log in, and where anonymous sessions may be allowed."""

    def __init__(self, users: dict[str, StaticUser] | None = None, anonymous: bool = False) -> None:
        self.router = FakeRouter([EVERYTHING])
        source = StaticUsers(USERS if users is None else users)
        clock, log = self.router.clock, self.router.log
        cra = WampCra(source, Decoys(b"k" * 32), Checks(Throttle(clock, log), clock, log))
        self.methods = Methods({"wampcra": cra} | ({"anonymous": Anonymous("everything")} if anonymous else {}))

    def hello(self, **details: Any) -> tuple[Client, list[Any]]:
        client = self.router.attach(authenticator=self.methods)
        client.send(1, "home", {"roles": ALL_ROLES, **details})
        [answer] = client.take()
        return client, answer

    def challenge(self, authid: str) -> tuple[Client, dict[str, Any]]:
        client, answer = self.hello(authid=authid, authmethods=["wampcra"])
        assert answer[:2] == [CHALLENGE, "wampcra"]
        return client, answer[2]

    def log_in(self, authid: str, password: str) -> list[Any]:
        client, extra = self.challenge(authid)
        return answer(client, extra, password)


def answer(client: Client, extra: dict[str, Any], password: str) -> list[Any]:
    key = password.encode()
    if "salt" in extra:
        key = derive_key(password, extra["salt"], extra["iterations"], extra["keylen"])
    client.send(5, compute_wcs(key, extra["challenge"]).decode(), {})
    [message] = client.take()
    return message


def test_the_right_password_is_welcomed_with_the_session_that_the_challenge_named() -> None:
    house = House()
    client, extra = house.challenge("hans")
    welcome = answer(client, extra, "correct horse")
    assert welcome[0] == WELCOME
    assert welcome[1] == json.loads(extra["challenge"])["session"]
    identity = {"authid": "hans", "authrole": "everything", "authmethod": "wampcra", "authprovider": "static"}
    assert identity.items() <= welcome[2].items()


def test_an_unknown_user_and_a_wrong_password_are_refused_with_the_same_message() -> None:
    house = House()
    refusal = house.log_in("hans", "incorrect horse")
    assert refusal[0] == ABORT
    assert house.log_in("nobody", "incorrect horse") == refusal


def test_a_refused_connection_is_closed_and_its_reason_stands_in_the_log_alone() -> None:
    house = House()
    client, extra = house.challenge("nobody")
    refusal = answer(client, extra, "incorrect horse")
    assert client.peer.is_closed
    assert "unknown" not in json.dumps(refusal)
    reasons = [fields["reason"] for event, fields in house.router.log.lines if event == "login refused"]
    assert reasons == ["wampcra: unknown account"]


def test_a_second_answer_breaks_the_protocol() -> None:
    house = House()
    client, extra = house.challenge("hans")
    answer(client, extra, "correct horse")
    client.send(5, "again", {})
    [abort] = client.take()
    assert abort[2] == "wamp.error.protocol_violation"


def test_an_answer_after_ten_seconds_is_not_heard() -> None:
    house = House()
    client, _ = house.challenge("hans")
    house.router.clock.advance(10)
    [abort] = client.take()
    assert abort[0] == ABORT
    assert client.peer.is_closed


@pytest.mark.parametrize("methods", [[], ["anonymous"], ["ticket", "cookie"]])
def test_without_a_method_in_common_the_session_is_aborted(methods: list[str]) -> None:
    _, abort = House().hello(authmethods=methods)
    assert (abort[0], abort[2]) == (ABORT, "wamp.error.no_matching_auth_method")


def test_who_says_nothing_of_methods_is_anonymous_where_that_is_allowed() -> None:
    _, welcome = House(anonymous=True).hello(authid="owner")
    assert welcome[0] == WELCOME
    assert welcome[2]["authmethod"] == "anonymous"
    assert welcome[2]["authid"] != "owner"


def test_a_role_that_the_realm_does_not_have_lets_nobody_in() -> None:
    assert House().log_in("lost", "secret")[:1] == [ABORT]


def test_no_password_and_no_key_reaches_the_log() -> None:
    house = House()
    house.log_in("hans", "correct horse")
    house.log_in("hans", "incorrect horse")
    house.log_in("nobody", "guessed it")
    printed = repr(house.router.log.lines)
    for secret in ("correct horse", "guessed it", USERS["hans"].secret):
        assert secret not in printed
