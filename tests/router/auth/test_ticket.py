from support.logins import REFUSED, FailingHolders, House, accepted, shown
from wampi.router.auth.sources import StaticHolders
from wampi.router.auth.ticket import Ticket, ticket_hash
from wampi.router.core.authentication import Accept, Decision, Deny
from wampi.router.credentials import Holder

TICKET = "wampi_5xHqV1dXvHq3cqYvGn1rZk0z8mQmQp1l7h2m2bqYxkA"
BELL = Holder("bell", "device:bell", "accounts", "token:17", "org.example.bell.")
GATE = Holder("gate", "camera", "accounts", "token:18", enabled=False)
GATES = "wampi_of-the-gate"
CARL = Holder("carl", "owner", "accounts", "token:19", scope="guest")
CARLS = "wampi_of-carls-script"


class Hub(House):
    """A hub where bell logs in with a token."""

    is_secure = True

    def __init__(self, guessable: bool = False) -> None:
        super().__init__()
        source = StaticHolders({ticket_hash(TICKET): BELL, ticket_hash(GATES): GATE, ticket_hash(CARLS): CARL})
        self.method = Ticket(source, self.checks, guessable)

    def log_in(self, authid: str, ticket: str) -> Decision:
        challenge = self.challenge(self.method, authid)
        assert (challenge.method, challenge.extra) == ("ticket", {})
        return self.answer(challenge, ticket)


def test_a_ticket_lets_in_whose_it_is() -> None:
    hub = Hub()
    assert hub.log_in("bell", TICKET) == Accept("bell", "device:bell", "ticket", "accounts", credential="token:17")
    assert hub.roles == [("device:bell", "org.example.bell.")]


def test_where_a_ticket_can_be_read_on_the_way_none_is_asked_for() -> None:
    hub = Hub()
    hub.is_secure = False
    assert shown(hub.ask(hub.method, "bell")) == REFUSED


def test_a_token_with_a_scope_keeps_it() -> None:
    hub = Hub()
    carl = accepted(hub.log_in("carl", CARLS))
    assert (carl.authrole, carl.scope) == ("owner", "guest")


def test_unknown_wrong_disabled_and_throttled_are_one_refusal() -> None:
    hub = Hub()
    refusals = {
        shown(hub.log_in("nobody", TICKET)),
        shown(hub.log_in("bell", "wrong")),
        shown(hub.log_in("bell", "\ud800")),
        shown(hub.log_in("gate", GATES)),
        shown(hub.ask(hub.method, None)),
    }
    for _ in range(10):
        hub.log_in("bell", "wrong")
    refusals.add(shown(hub.log_in("bell", TICKET)))
    assert refusals == {REFUSED}


def test_the_ticket_of_another_account_is_refused() -> None:
    assert shown(Hub().log_in("gate", TICKET)) == REFUSED


def test_a_ticket_that_somebody_thought_up_counts_against_its_account() -> None:
    hub = Hub(guessable=True)
    for number in range(5):
        hub.log_in("bell", f"guess {number}")
    assert shown(hub.log_in("bell", TICKET)) == REFUSED
    hub.clock.advance(1)
    accepted(hub.log_in("bell", TICKET))


def test_a_store_that_fails_refuses() -> None:
    hub = Hub()
    hub.method = Ticket(FailingHolders(), hub.checks, guessable=False)
    decision = hub.log_in("bell", TICKET)
    assert isinstance(decision, Deny)
    assert decision.uri == "wamp.error.authentication_failed"


def test_no_ticket_reaches_a_reason() -> None:
    decision = Hub().log_in("bell", "a guess that is nearly right")
    assert "nearly" not in repr(decision)
