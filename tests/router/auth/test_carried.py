"""HELLO on a connection whose HTTP request has logged in already."""

from dataclasses import replace
from typing import Any

import pytest
from support.core import ALL_ROLES, EVERYTHING, Client, FakeRouter
from wampi.router.auth.anonymous import Anonymous
from wampi.router.auth.carried import METHODS, Carried
from wampi.router.auth.methods import Methods
from wampi.router.core.authentication import Principal
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.ports import TransportDetails

ANNA = Principal("anna", "everything", "cookie", "accounts", "cookie:7", since=5.0)
ABORT, WELCOME = 3, 2


class House:
    """A router where connections bring what their request carried; ``confirmed`` is what that is by now."""

    def __init__(self, *methods: str) -> None:
        self.router = FakeRouter([EVERYTHING])
        self.confirmed: Principal | Exception | None = ANNA
        carried = Carried(self._confirm)
        known: dict[str, Any] = dict.fromkeys(methods or METHODS, carried)
        self.methods = Methods(known | {"anonymous": Anonymous("everything")})

    def _confirm(self, principal: Principal, done: Any, failed: Any) -> None:
        if isinstance(self.confirmed, Exception):
            failed(self.confirmed)
        else:
            done(self.confirmed)

    def hello(self, principal: Principal | None = ANNA, realm: str = "home", **details: Any) -> list[Any]:
        client: Client = self.router.attach(authenticator=self.methods, details=TransportDetails(principal=principal))
        client.send(1, realm, {"roles": ALL_ROLES, **details})
        [answer] = client.take()
        return answer


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize("method", METHODS)
def test_what_the_request_proved_lets_in_by_its_method(house: House, method: str) -> None:
    house.confirmed = principal = replace(ANNA, method=method)
    welcome = house.hello(principal, authmethods=[method], authid="anna")
    assert welcome[0] == WELCOME
    identity = {"authid": "anna", "authrole": "everything", "authmethod": method, "authprovider": "accounts"}
    assert identity.items() <= welcome[2].items()


def test_the_session_remembers_what_let_it_in(house: House) -> None:
    welcome = house.hello(authmethods=["cookie"])
    session = house.router.realm.sessions[welcome[1]]
    assert session.identity.credential == "cookie:7"


def test_it_ends_with_what_let_it_in(house: House) -> None:
    house.confirmed = replace(ANNA, expires_at=house.router.clock.time() + 60.0)
    house.hello(authmethods=["cookie"])
    house.router.clock.advance(59.0)
    assert len(house.router.realm.sessions) == 1
    house.router.clock.advance(1.0)
    assert house.router.realm.sessions == {}


def test_who_names_no_method_is_let_in_by_what_the_request_proved(house: House) -> None:
    assert house.hello()[2]["authid"] == "anna"
    assert house.hello(principal=None)[2]["authmethod"] == "anonymous"


def test_without_a_login_the_next_method_is_taken(house: House) -> None:
    assert house.hello(None, authmethods=["cookie", "anonymous"])[2]["authmethod"] == "anonymous"
    assert house.hello(None, authmethods=["cookie"])[0] == ABORT
    assert house.hello(authmethods=["anonymous"])[2]["authmethod"] == "anonymous"


def test_a_login_of_one_kind_is_not_taken_for_another(house: House) -> None:
    answer = house.hello(authmethods=["bearer"])
    assert (answer[0], answer[2]) == (ABORT, "wamp.error.no_matching_auth_method")


def test_a_method_that_the_listener_does_not_have_lets_nobody_in() -> None:
    assert House("basic").hello(authmethods=["cookie"])[0] == ABORT


@pytest.mark.parametrize("confirmed", [None, replace(ANNA, authrole="nothing")])
def test_what_was_taken_back_lets_nobody_in(house: House, confirmed: Principal | None) -> None:
    house.confirmed = confirmed
    assert house.hello(authmethods=["cookie"])[0] == ABORT


def test_it_is_good_for_its_realm_and_its_name_alone(house: House) -> None:
    refusal = house.hello(replace(ANNA, realm="other"), authmethods=["cookie"])
    assert refusal[0] == ABORT
    assert house.hello(replace(ANNA, realm="home"), authmethods=["cookie"])[0] == WELCOME
    assert house.hello(authmethods=["cookie"], authid="ben") == refusal


def test_when_the_accounts_fail_nobody_is_let_in(house: House) -> None:
    house.confirmed = RuntimeError("locked")
    assert house.hello(authmethods=["cookie"])[2] == "wamp.error.authentication_failed"


def test_a_login_with_a_scope_may_do_no_more_than_that_role(house: House) -> None:
    narrow = Role("narrow", (Permission("a.b", allow=frozenset({"call"})),))
    house.router.realm.set_roles([narrow])
    house.confirmed = replace(ANNA, scope="narrow")
    welcome = house.hello(replace(ANNA, scope="narrow"), authmethods=["cookie"])
    session = house.router.realm.sessions[welcome[1]]
    assert (session.identity.authrole, session.identity.scope) == ("everything", "narrow")
    assert session.guard.calls("a.b")
    assert not session.guard.calls("a.c")
    house.router.realm.set_roles([replace(narrow, permissions=())])
    assert not session.guard.calls("a.b")


def test_a_scope_that_no_realm_has_lets_nobody_in(house: House) -> None:
    house.confirmed = replace(ANNA, scope="gone")
    assert house.hello(authmethods=["cookie"])[2] == "wamp.error.no_such_role"
