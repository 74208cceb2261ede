"""Who may use a path of the bridge, and in what form."""

import json
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from support.bridge import JSON_TYPE, Bridge
from support.core import FakeClock
from twisted.internet.address import UNIXAddress
from wampi.router.auth.tallies import ADDRESS_FAILURES, ADDRESS_OUT_SECONDS
from wampi.router.core.limits import Limits
from wampi.router.http.bridge.admission import Rules
from wampi.router.http.bridge.signing import Parameters, Signatures, sign
from wampi.router.transport.sender import Sender

REQUEST = {"topic": "a.b"}


def code(bridge: Bridge, target: str = "/publish", body: Any = REQUEST, **more: Any) -> int:
    return bridge.post(target, body, **more).answer.code


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_post_and_put_are_allowed(method: str) -> None:
    answer = Bridge().post("/publish", REQUEST, method=method).answer
    assert (answer.code, answer.fields["allow"]) == (405, "POST, PUT")


@pytest.mark.parametrize("path", ["/publish/", "/publish/below", "/publish//"])
def test_there_is_nothing_below_a_path(path: str) -> None:
    assert code(Bridge(), path) == 404


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/json", 200),
        ("Application/JSON; Charset=UTF-8", 200),
        ('application/json;charset="utf-8"', 200),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonx", 415),
        ("", 415),
    ],
)
def test_the_body_has_to_be_json_and_to_say_so(media_type: str, expected: int) -> None:
    assert code(Bridge(), fields={"Content-Type": media_type}) == expected


def test_a_compressed_body_is_not_taken() -> None:
    assert code(Bridge(), fields=JSON_TYPE | {"Content-Encoding": "gzip"}) == 415
    assert code(Bridge(), fields=JSON_TYPE | {"Content-Encoding": "identity"}) == 200


# ---- the way it comes


@pytest.mark.parametrize(
    ("require", "address", "tls", "expected"),
    [
        (None, "127.0.0.1", False, 200),
        (None, "192.0.2.7", False, 403),
        (None, "192.0.2.7", True, 200),
        (True, "127.0.0.1", False, 403),
        (True, "127.0.0.1", True, 200),
        (False, "192.0.2.7", False, 200),
    ],
)
def test_tls_is_required_of_other_machines_unless_it_is_said_otherwise(
    require: bool | None, address: str, tls: bool, expected: int
) -> None:
    assert code(Bridge(Rules(require_tls=require)), address=address, tls=tls) == expected


@pytest.mark.parametrize(
    ("address", "expected"), [("192.0.2.7", 200), ("192.0.3.7", 403), ("::1", 200), ("::ffff:192.0.2.9", 200)]
)
def test_only_the_addresses_on_the_list_get_through(address: str, expected: int) -> None:
    rules = Rules(require_tls=False, networks=(ip_network("192.0.2.0/24"), ip_network("::1")))
    assert code(Bridge(rules), address=address) == expected


def test_a_unix_socket_is_local_but_on_no_list() -> None:
    peer = UNIXAddress(b"router.sock")
    assert code(Bridge(), peer=peer) == 200
    assert code(Bridge(Rules(networks=(ip_network("127.0.0.1"),))), peer=peer) == 403


@pytest.mark.parametrize(("secure", "require", "expected"), [
    (False, None, 403), (True, None, 200), (False, True, 403), (True, True, 200), (False, False, 200),
])  # fmt: skip
def test_who_comes_by_a_proxy_on_this_machine_is_not_on_this_machine(
    secure: bool, require: bool | None, expected: int
) -> None:
    spoken_for = Sender("127.0.0.1", "tcp:127.0.0.1", secure, speaks_itself=False)
    assert code(Bridge(Rules(require_tls=require)), sender=spoken_for) == expected


def test_behind_a_proxy_the_addresses_on_the_list_are_those_of_clients() -> None:
    rules = Rules(networks=(ip_network("203.0.113.0/24"),))
    for address, expected in (("203.0.113.9", 200), ("127.0.0.1", 403)):
        assert code(Bridge(rules), sender=Sender(address, "p", True, speaks_itself=False)) == expected


# ---- order


def test_a_stranger_does_not_use_up_the_rate_of_the_role() -> None:
    bridge = Bridge(limits=Limits(messages_per_second=1, burst=1))
    assert code(bridge, "/publish", method="GET") == 405
    assert code(bridge) == 200
    signed = Bridge(
        Rules(signatures=Signatures("app", b"secret", 300, FakeClock())),
        limits=Limits(messages_per_second=1, burst=1),
    )
    assert [code(signed) for _ in range(5)] == [401] * 5


@pytest.mark.parametrize("fields", [JSON_TYPE, {"Content-Type": "text/plain"}])
def test_every_refusal_is_logged_with_its_reason_and_looks_like_an_error(fields: dict[str, str]) -> None:
    bridge = Bridge(Rules(signatures=Signatures("app", b"secret", 300, FakeClock())))
    answer = bridge.post("/publish?key=app&signature=c2VjcmV0", REQUEST, fields=fields).answer
    assert answer.json.keys() == {"error", "args", "kwargs"}
    assert (answer.fields["cache-control"], "server" in answer.fields) == ("no-store", False)
    [[event, line]] = bridge.log.lines
    assert (event, line["path"], line["code"], line["peer"]) == (
        "bridge request refused", "/publish", answer.code, "tcp:127.0.0.1:50000",
    )  # fmt: skip
    assert "c2VjcmV0" not in str(line)


# ---- guesses

NOW = datetime.fromtimestamp(1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
STRANGER = "192.0.2.7"


class SignedBridge(Bridge):
    """A bridge whose requests have to be signed, since an hour ago."""

    def __init__(self) -> None:
        clock = FakeClock(1_000_000 - 3600)
        super().__init__(Rules(require_tls=False, signatures=Signatures("app", b"secret", 300, clock)))
        clock.advance(3600)
        self.nonce = 0

    def ask(self, secret: bytes = b"secret", key: bytes = b"app", address: str = STRANGER) -> Any:
        self.nonce += 1
        parameters = Parameters(key, NOW, b"1", str(self.nonce).encode())
        signature = sign(secret, parameters, json.dumps(REQUEST).encode()).decode()
        query = f"key={key.decode()}&timestamp={NOW.decode()}&seq=1&nonce={self.nonce}&signature={signature}"
        return self.post(f"/publish?{query}", REQUEST, address=address).answer


@pytest.mark.parametrize("guess", [{"secret": b"guessed"}, {"key": b"another"}], ids=["secret", "key"])
def test_guesses_are_throttled_by_address_and_nobody_sees_when(guess: dict[str, bytes]) -> None:
    bridge = SignedBridge()
    assert bridge.ask().code == 200
    refused = [bridge.ask(**guess) for _ in range(ADDRESS_FAILURES)]
    throttled = bridge.ask()
    assert {(answer.code, answer.body, answer.fields["www-authenticate"]) for answer in [*refused, throttled]} == {
        (401, throttled.body, "Signature")
    }
    assert bridge.ask(address="192.0.2.8").code == 200
    assert bridge.throttle.refuse_until("anna", STRANGER) > 0
    assert bridge.log.lines[-1][1]["reason"].startswith("throttled, for ")
    bridge.clock.advance(ADDRESS_OUT_SECONDS)
    assert bridge.ask().code == 200


def test_who_has_failed_to_log_in_elsewhere_may_not_guess_here() -> None:
    bridge = SignedBridge()
    for _ in range(ADDRESS_FAILURES):
        bridge.throttle.refuse_until(None, STRANGER)
        bridge.throttle.failed(None, STRANGER, "form")
    assert bridge.ask().code == 401


def test_a_right_signature_that_came_late_or_twice_is_no_guess() -> None:
    bridge = SignedBridge()
    for _ in range(2 * ADDRESS_FAILURES):
        bridge.ask()
        bridge.nonce -= 1
    assert bridge.throttle.refuse_until(None, STRANGER) == 0


def test_a_guess_is_logged_as_a_login_that_was_refused() -> None:
    bridge = SignedBridge()
    bridge.ask(secret=b"guessed")
    bridge.ask(key=b"another")
    common = {"peer": f"tcp:{STRANGER}:50000", "method": "signature", "path": "/publish"}
    assert bridge.log.lines == [
        ("login refused", {**common, "authid": "app", "reason": "wrong signature"}),
        ("login refused", {**common, "authid": "another", "reason": "unknown key"}),
    ]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "Host"])
def test_no_field_of_a_request_changes_where_it_came_from_or_how(name: str) -> None:
    rules = Rules(networks=(ip_network("127.0.0.1"),))
    value = {"Forwarded": "for=127.0.0.1;proto=https", "X-Forwarded-Proto": "https"}.get(name, "127.0.0.1")
    for address, tls in ((STRANGER, True), (STRANGER, False)):
        assert code(Bridge(rules), fields=JSON_TYPE | {name: value}, address=address, tls=tls) == 403
    assert code(Bridge(), fields=JSON_TYPE | {name: value}, address=STRANGER) == 403
