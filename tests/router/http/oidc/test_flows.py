"""Who has been sent to a provider is known again by a cookie, once, and in the same browser only."""

import base64
import hashlib

import pytest
from support.core import FakeClock
from wampi.router.http.oidc.flows import MOST_FLOWS, SECONDS, Flow, Flows

HERE = "192.0.2.1"


def cookie(field: str) -> str:
    """What the browser sends back of a Set-Cookie field."""
    return field.partition(";")[0]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def flows(clock: FakeClock) -> Flows:
    return Flows(clock)


def new(provider: str = "id") -> Flow:
    return Flow(provider, "/", "https://hub.local/auth/oidc/id/callback")


def test_state_nonce_and_verifier_are_random_and_the_challenge_is_s256() -> None:
    one, other = new(), new()
    assert len({one.state, one.nonce, one.verifier, other.state, other.nonce, other.verifier}) == 6
    assert 43 <= len(one.verifier) <= 128
    digest = hashlib.sha256(one.verifier.encode()).digest()
    assert base64.urlsafe_b64decode(one.code_challenge + "=") == digest


def test_the_cookie_is_of_this_host_alone_and_comes_along_from_another_site(flows: Flows) -> None:
    field = flows.begin(new(), HERE)
    assert field.startswith("__Host-wampi-oidc=")
    assert field.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax")


def test_it_is_known_again_once(flows: Flows) -> None:
    flow = new()
    sent = [cookie(flows.begin(flow, HERE))]
    assert flows.take(sent, "id", flow.state) is flow
    assert flows.take(sent, "id", flow.state) is None


def test_another_browser_state_or_provider_is_not_it(flows: Flows) -> None:
    for fields, provider, state in (
        ([], "id", "own"),
        (["__Host-wampi-oidc=another"], "id", "own"),
        (["own"], "id", "another"),
        (["own"], "id", ""),
        (["own"], "id", "é"),
        (["own"], "other", "own"),
    ):
        flow = new()
        sent = cookie(flows.begin(flow, HERE))
        given = [sent if field == "own" else field for field in fields]
        assert flows.take(given, provider, flow.state if state == "own" else state) is None


def test_it_is_forgotten_after_ten_minutes_and_all_together_are_bounded(flows: Flows, clock: FakeClock) -> None:
    flow = new()
    sent = [cookie(flows.begin(flow, HERE))]
    clock.advance(SECONDS)
    assert flows.take(sent, "id", flow.state) is None
    first = new()
    oldest = [cookie(flows.begin(first, HERE))]
    for number in range(MOST_FLOWS):
        flows.begin(new(), f"source {number}")
    assert flows.take(oldest, "id", first.state) is None


def test_the_example_of_rfc_7636_has_the_challenge_that_it_gives() -> None:
    """Appendix B."""
    flow = Flow("test", "/", "https://hub/callback", verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert flow.code_challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_stranger_who_goes_away_without_end_pushes_out_his_own_logins_alone(flows: Flows) -> None:
    flow, others = new(), new()
    sent = [cookie(flows.begin(flow, HERE))]
    pushed_out = [cookie(flows.begin(others, "192.0.2.9"))]
    for _ in range(2 * MOST_FLOWS):
        flows.begin(new(), "192.0.2.9")
    assert flows.take(sent, "id", flow.state) is flow
    assert flows.take(pushed_out, "id", others.state) is None
