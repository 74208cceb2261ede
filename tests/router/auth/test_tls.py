"""TLS client certificates as a login."""

import hashlib
from datetime import timedelta

import pytest
from support.logins import NOW, REFUSED, FailingHolders, FakeTls, House, accepted, certificate, shown
from wampi.router.auth.sources import StaticHolders
from wampi.router.auth.tls import TlsCertificate, common_name, end_of, fingerprint
from wampi.router.core.authentication import Accept, Decision, Deny
from wampi.router.credentials import Holder

BELLS = certificate("the bell at the gate")
BELL = Holder("bell", "device:bell", "accounts", "certificate:3", "org.example.bell.")
GATE = Holder("gate", "camera", "static", "certificate")


class Hub(House):
    """A hub where bell logs in by the SHA-256 of its certificate, and gate by its name."""

    def __init__(self, revoked: frozenset[bytes] = frozenset(), bell: Holder = BELL) -> None:
        super().__init__()
        by_sha256, by_name = StaticHolders({fingerprint(BELLS): bell}), StaticHolders({b"gate": GATE})
        self.method = TlsCertificate([(fingerprint, by_sha256), (common_name, by_name)], self.checks, revoked)

    def log_in(self, shown_certificate: bytes | None, authid: str | None = None) -> Decision:
        return self.ask(self.method, authid, tls=FakeTls(shown_certificate))


@pytest.mark.parametrize("authid", [None, "bell"])
def test_a_certificate_says_who_it_is_by_its_sha256(authid: str | None) -> None:
    hub = Hub()
    assert hub.log_in(BELLS, authid) == Accept(
        "bell", "device:bell", "tls", "accounts", credential="certificate:3", expires_at=end_of(BELLS)
    )
    assert hub.roles == [("device:bell", "org.example.bell.")]


def test_a_certificate_says_who_it_is_by_its_common_name() -> None:
    gates = certificate("gate")
    assert Hub().log_in(gates) == Accept(
        "gate", "camera", "tls", "static", credential="certificate", expires_at=end_of(gates)
    )


def test_unknown_revoked_disabled_and_missing_are_one_refusal() -> None:
    disabled = Holder("bell", "device:bell", "accounts", "certificate:3", enabled=False)
    hub = Hub()
    refusals = {
        shown(hub.log_in(certificate("nobody"))),
        shown(hub.log_in(certificate())),
        shown(hub.log_in(certificate("gate", "gate"))),
        shown(hub.log_in(BELLS, "gate")),
        shown(hub.log_in(None)),
        shown(hub.ask(hub.method, "bell")),
        shown(Hub(frozenset({fingerprint(BELLS)})).log_in(BELLS)),
        shown(Hub(bell=disabled).log_in(BELLS)),
    }
    assert refusals == {REFUSED}


def test_a_revoked_certificate_is_no_good_by_its_name_either() -> None:
    gates = certificate("gate")
    assert shown(Hub(frozenset({fingerprint(gates)})).log_in(gates)) == REFUSED


def test_a_certificate_lets_nobody_in_from_its_end_on_though_the_connection_was_made_before() -> None:
    hub = Hub()
    seconds_left = end_of(BELLS) - hub.clock.time()
    hub.clock.pass_time(seconds_left - 1)
    assert accepted(hub.log_in(BELLS)).authid == "bell"
    hub.clock.pass_time(1)
    assert shown(hub.log_in(BELLS)) == REFUSED


def test_the_end_of_a_certificate_is_the_one_that_stands_in_it() -> None:
    assert end_of(certificate("gate", valid=timedelta(hours=2))) == NOW + 7200.0


def test_a_fingerprint_is_the_sha256_that_openssl_prints() -> None:
    assert fingerprint(BELLS) == hashlib.sha256(BELLS).digest()


def test_a_store_that_fails_refuses() -> None:
    hub = Hub()
    hub.method = TlsCertificate([(fingerprint, FailingHolders())], hub.checks, frozenset())
    decision = hub.log_in(BELLS)
    assert isinstance(decision, Deny)
    assert decision.uri == "wamp.error.authentication_failed"
