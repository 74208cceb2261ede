from dataclasses import replace

import pytest
from wampi.router.auth.anonymous import Anonymous
from wampi.router.auth.methods import Methods
from wampi.router.core.authentication import Accept, Applicant, Decide, Decision, Deny
from wampi.router.core.ports import TransportDetails

APPLICANT = Applicant("home", 1, "joe", (), {}, TransportDetails())


class Named:
    """A method that lets in under its own name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        decide(Accept("joe", "role", self.name, "test"))


def decide(methods: Methods, *offered: str) -> Decision:
    decisions: list[Decision] = []
    methods.authenticate(replace(APPLICANT, authmethods=offered), decisions.append)
    (decision,) = decisions
    return decision


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("ticket", "wampcra"), "ticket"),
        (("wampcra", "ticket"), "wampcra"),
        (("unheard_of", "wampcra"), "wampcra"),
        (("anonymous", "wampcra"), "anonymous"),
        ((), "anonymous"),
    ],
)
def test_the_first_method_that_both_sides_have_is_taken(offered: tuple[str, ...], chosen: str) -> None:
    methods = Methods({name: Named(name) for name in ("wampcra", "ticket", "anonymous")})
    decision = decide(methods, *offered)
    assert isinstance(decision, Accept)
    assert decision.authmethod == chosen


@pytest.mark.parametrize("offered", [(), ("anonymous",), ("unheard_of",)])
def test_without_a_method_in_common_nobody_gets_in(offered: tuple[str, ...]) -> None:
    decision = decide(Methods({"wampcra": Named("wampcra")}), *offered)
    assert isinstance(decision, Deny)
    assert decision.uri == "wamp.error.no_matching_auth_method"


def test_what_a_client_offers_cannot_flood_the_log() -> None:
    decision = decide(Methods({}), *(["x" * 1000] * 10))
    assert isinstance(decision, Deny)
    assert len(decision.reason) < 200


def test_an_anonymous_session_gets_the_configured_role_and_a_name_of_its_own() -> None:
    decisions: list[Decision] = []
    method = Anonymous("guest")
    for _ in range(2):
        method.authenticate(APPLICANT, decisions.append)
    names = set()
    for decision in decisions:
        assert isinstance(decision, Accept)
        assert (decision.authrole, decision.authmethod) == ("guest", "anonymous")
        names.add(decision.authid)
    assert len(names) == 2
    assert APPLICANT.authid not in names
