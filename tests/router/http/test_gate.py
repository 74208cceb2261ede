"""The gate, with ways that decide at once; what they check is tested with each."""

from typing import Any

import pytest
from support.core import KeptLog
from wampi.router.core.authentication import Principal
from wampi.router.http.gate import REFUSAL, Gate
from wampi.router.http.ways import Outcome, Refused, Unavailable
from wampi.router.transport.head import BadRequest, RequestHead
from wampi.router.transport.knock import Knock

ANNA = Principal("anna", "resident", "basic", "accounts", "password", since=5.0)
BELL = Principal("bell", "device:bell", "basic", "accounts", "key", since=5.0, prefix="org.bell.")
UPGRADE = {"upgrade": ["websocket"]}
ORIGIN = {"origin": ["https://hub.test"]}


class FakeWay:
    """Answers what it is told to answer."""

    def __init__(self, name: str, is_ambient: bool = True, outcome: Outcome = ANNA) -> None:
        self.name = self.scheme = name
        self.is_ambient = is_ambient
        self.outcome = outcome
        self.judged: list[str] = []

    def find(self, head: RequestHead) -> str | None:
        return head.fields.get("x-" + self.name, [None])[0]  # type: ignore[list-item]

    def judge(self, carried: str, _knock: Knock, decide: Any) -> None:
        self.judged.append(carried)
        decide(self.outcome)

    def challenge(self, is_stale: bool) -> str:
        return f"{self.name.title()} realm=wampi{' stale' * is_stale}"


class Place:
    """A gate with Basic, Bearer, a cookie and a query, and what it says of requests."""

    def __init__(self, outcome: Outcome = ANNA, **options: Any) -> None:
        self.log = KeptLog()
        self.basic = FakeWay("basic", outcome=outcome)
        self.bearer = FakeWay("bearer", is_ambient=False, outcome=outcome)
        self.cookie = FakeWay("cookie", outcome=outcome)
        self.query = FakeWay("query", is_ambient=False, outcome=outcome)
        self.roles: list[tuple[str, str]] = []
        self.gate = Gate(
            [self.basic, self.bearer],
            [self.cookie, self.query],
            lambda *role: self.roles.append(role),
            self.log,
            **options,
        )

    def knock(self, method: str = "GET", secure: bool = True, **fields: list[str]) -> Any:
        found: list[Any] = []
        head = RequestHead(method, "/ws", {name.replace("_", "-"): value for name, value in fields.items()})
        self.gate.judge(Knock(head, "tcp:192.0.2.7:5", "192.0.2.7", secure), found.append)
        [answer] = found
        return answer


def code(answer: object) -> int:
    assert isinstance(answer, BadRequest)
    return answer.code


@pytest.fixture
def place() -> Place:
    return Place()


def test_a_request_is_from_who_its_way_finds(place: Place) -> None:
    assert place.knock(authorization=["BASIC  abc "], **ORIGIN) == ANNA
    assert place.basic.judged == ["abc"]
    assert place.knock(x_cookie=["value"]) == ANNA


def test_a_request_that_carries_nothing_goes_on_as_nobodys(place: Place) -> None:
    assert place.knock() is None


def test_a_request_that_carries_nothing_is_refused_where_nothing_else_lets_in() -> None:
    place = Place(is_required=True)
    assert (code(place.knock()), place.knock().challenges) == (401, ("Basic realm=wampi", "Bearer realm=wampi"))
    assert code(Place(None, is_required=True).knock(x_cookie=["old"])) == 401


def test_two_ways_at_once_are_an_error(place: Place) -> None:
    assert code(place.knock(authorization=["Basic abc"], x_cookie=["value"])) == 400
    assert code(place.knock(x_query=["ticket"], x_cookie=["value"])) == 400
    assert place.basic.judged == place.cookie.judged == place.query.judged == []


def test_a_scheme_that_is_not_served_here_is_refused(place: Place) -> None:
    for value in ("Negotiate abc", "", "basic=", "digest x"):
        assert code(place.knock(authorization=[value])) == 401


def test_every_refusal_reads_the_same_and_the_log_has_the_reason() -> None:
    answers = []
    for reason in ("unknown account", "wrong secret", "the account is disabled", "throttled"):
        place = Place(Refused(reason, "anna"))
        answer = place.knock(authorization=["Basic abc"], **UPGRADE, **ORIGIN)
        answers.append((answer.code, answer.message, answer.challenges))
        fields = {"peer": "tcp:192.0.2.7:5", "authid": "anna", "method": "basic", "reason": reason}
        assert place.log.lines == [("login refused", fields)]
    assert set(answers) == {(401, REFUSAL, ("Basic realm=wampi", "Bearer realm=wampi"))}


def test_a_nonce_that_was_too_old_is_called_stale() -> None:
    answer = Place(Refused("old", is_stale=True)).knock(authorization=["Basic abc"])
    assert answer.challenges[0] == "Basic realm=wampi stale"


def test_what_could_not_be_checked_is_for_later() -> None:
    assert code(Place(Unavailable("busy")).knock(authorization=["Basic abc"])) == 503


def test_a_cookie_that_is_worth_nothing_does_not_matter() -> None:
    assert Place(None).knock(x_cookie=["old"]) is None


def test_a_device_has_its_role_before_it_is_let_in() -> None:
    place = Place(BELL)
    assert place.knock(authorization=["Basic abc"]) == BELL
    assert place.roles == [("device:bell", "org.bell.")]


def test_without_tls_no_login_is_looked_at(place: Place) -> None:
    assert code(place.knock(secure=False, authorization=["Bearer abc"])) == 403
    assert place.knock(secure=False) is None
    assert place.bearer.judged == []


@pytest.mark.parametrize("site", ["cross-site", "same-site", "elsewhere"])
def test_what_browsers_send_by_themselves_is_not_enough_for_a_page_of_another_site(place: Place, site: str) -> None:
    assert code(place.knock(authorization=["Basic abc"], sec_fetch_site=[site])) == 403
    assert code(place.knock(x_cookie=["value"], sec_fetch_site=[site])) == 403
    assert place.knock(authorization=["Bearer abc"], sec_fetch_site=[site]) == ANNA
    assert place.basic.judged == place.cookie.judged == []


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_of_this_hub_may_use_them(place: Place, site: str) -> None:
    assert place.knock(x_cookie=["value"], sec_fetch_site=[site]) == ANNA


def test_a_websocket_by_what_browsers_send_has_to_name_its_origin(place: Place) -> None:
    assert code(place.knock(authorization=["Basic abc"], **UPGRADE)) == 403
    assert code(place.knock(x_cookie=["value"], **UPGRADE)) == 403
    assert place.knock(x_cookie=["value"], **UPGRADE, **ORIGIN) == ANNA
    assert place.knock(authorization=["Bearer abc"], **UPGRADE) == ANNA


def test_a_cookie_does_nothing_without_an_origin(place: Place) -> None:
    assert code(place.knock("POST", x_cookie=["value"])) == 403
    assert place.knock("POST", x_cookie=["value"], **ORIGIN) == ANNA
    assert place.knock("POST", authorization=["Basic abc"]) == ANNA
