from collections.abc import Callable

import pytest
from support.core import FakeClock
from wampi.router.core.authentication import Principal
from wampi.router.http.tickets import MOST_OF_ONE, MOST_TICKETS, Tickets
from wampi.router.http.ways import Outcome, Refused
from wampi.router.transport.head import BadRequest, RequestHead
from wampi.router.transport.knock import Knock

ANNA = Principal("anna", "resident", "cookie", "accounts", "cookie:1", since=5.0, expires_at=99.0)
KNOCK = Knock(RequestHead("GET", "/ws", {}), "p", None, secure=True)


class Office:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.taken_back: set[str] = set()
        self.tickets = Tickets(self.clock, self._confirm)

    def _confirm(
        self, principal: Principal, done: Callable[[Principal | None], None], _failed: Callable[[Exception], None]
    ) -> None:
        done(None if principal.authid in self.taken_back else principal)

    def issue(self, authid: str = "anna") -> str:
        return self.tickets.issue(Principal(authid, "resident", "cookie", "accounts", "cookie:1", since=5.0), "home")

    def bring(self, ticket: str) -> Outcome:
        outcomes: list[Outcome] = []
        self.tickets.judge(ticket, KNOCK, outcomes.append)
        return outcomes[0]


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_ticket_is_bound_to_its_principal_and_realm(office: Office) -> None:
    outcome = office.bring(office.tickets.issue(ANNA, "home"))
    assert outcome == Principal("anna", "resident", "query", "accounts", "cookie:1", 5.0, realm="home", expires_at=99.0)


def test_a_ticket_has_128_bits(office: Office) -> None:
    assert len(office.issue()) == 22


def test_a_ticket_is_good_once(office: Office) -> None:
    ticket = office.issue()
    assert isinstance(office.bring(ticket), Principal)
    assert isinstance(office.bring(ticket), Refused)


def test_a_ticket_whose_login_was_taken_back_is_refused_like_one_that_never_was(office: Office) -> None:
    ticket = office.issue()
    office.taken_back.add("anna")
    assert office.bring(ticket) == Refused("the login that took the ticket is over", "anna")
    office.taken_back.clear()
    assert isinstance(office.bring(ticket), Refused)


def test_a_ticket_is_good_for_30_seconds(office: Office) -> None:
    one, other = office.issue(), office.issue()
    office.clock.advance(29.9)
    assert isinstance(office.bring(one), Principal)
    office.clock.advance(0.2)
    assert isinstance(office.bring(other), Refused)


def test_tickets_of_one_account_are_bounded_and_push_out_nobody_elses(office: Office) -> None:
    other = office.issue("ben")
    tickets = [office.issue() for _ in range(MOST_OF_ONE + 1)]
    assert isinstance(office.bring(tickets[0]), Refused)
    assert isinstance(office.bring(tickets[1]), Principal)
    assert isinstance(office.bring(other), Principal)


def test_all_tickets_together_are_bounded(office: Office) -> None:
    first, *_ = [office.issue(str(number)) for number in range(MOST_TICKETS + 1)]
    assert len(office.tickets._tickets) == MOST_TICKETS
    assert isinstance(office.bring(first), Refused)


@pytest.mark.parametrize("target", ["/ws?ticket=a&ticket=b", "/ws?ticket=a&ticket=a", "/ws?ticket=&ticket="])
def test_a_ticket_given_twice_is_an_error(office: Office, target: str) -> None:
    with pytest.raises(BadRequest) as refused:
        office.tickets.find(RequestHead("GET", target, {}))
    assert refused.value.code == 400


def test_a_ticket_is_found_in_the_query_alone(office: Office) -> None:
    assert office.tickets.find(RequestHead("GET", "/ws?x=1&ticket=a-b", {})) == "a-b"
    assert office.tickets.find(RequestHead("GET", "/ws/ticket=a?tickets=1", {"ticket": ["a"]})) is None
    assert office.tickets.find(RequestHead("GET", "/ws?ticket=", {})) == ""
