"""Who may use a path of the bridge, and in what form."""

from ipaddress import ip_network
from typing import Any

import pytest
from support.bridge import JSON_TYPE, Bridge
from support.core import FakeClock
from twisted.internet.address import UNIXAddress
from wampi.router.core.limits import Limits
from wampi.router.http.bridge.admission import Rules
from wampi.router.http.bridge.signing import Signatures

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
    assert (event, line["path"], line["code"], line["address"]) == (
        "bridge request refused", "/publish", answer.code, "127.0.0.1",
    )  # fmt: skip
    assert "c2VjcmV0" not in str(line)
