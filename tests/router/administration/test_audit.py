"""The audit trail of a node: what gets there, and that a flood of one kind hides nothing of another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.administration import FROM_OUTSIDE, FakeNode
from support.core import Client
from support.store import OTHER_PASSWORD, PASSWORD
from wampi.router.administration.audit import KIND_BUDGETS, MOST_WAITING, SOURCE_BUDGETS, SUMMARY_SECONDS
from wampi.router.core.authentication import Applicant, Decide, Deny
from wampi.router.core.ports import TransportDetails
from wampi.router.core.realm import RealmOptions


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FakeNode]:
    node = FakeNode(tmp_path).start()
    yield node
    node.accounts.close()


class DenyAnyone:
    """Refuses every login."""

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        decide(Deny("wampcra: wrong secret"))


def refused(node: FakeNode, authid: str, address: str) -> None:
    details = TransportDetails("websocket", f"tcp:{address}:51234", address)
    client = node.attach("json", DenyAnyone(), details=details)
    client.send(1, "home", {"roles": {"caller": {}}, "authid": authid})
    client.leave()


def told(entry: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(entry[key] for key in ("kind", "who", "origin", "way", "what"))


def test_it_says_who_from_where_by_which_way_and_what(node: FakeNode) -> None:
    olga = node.join("olga", "owner")
    refused(node, "anna", "192.0.2.99")
    node.ask(olga, "user.add", name="anna", password=PASSWORD, role="guest")
    node.ask(olga, "user.passwd", name="anna", password=OTHER_PASSWORD)
    node.ask(olga, "user.list")
    here = "tcp:192.0.2.7:51234"
    assert [told(entry) for entry in node.entries()] == [
        ("login", "olga", here, "anonymous", "session joined"),
        ("refused", "anna", "tcp:192.0.2.99:51234", None, "login refused"),
        ("change", "olga", here, "anonymous", "user.add"),
        ("change", "olga", here, "anonymous", "user.passwd"),
    ]
    added = node.entries("change")[0]
    assert added["details"] == {"name": "anna", "role": "guest"}
    assert node.entries("refused")[0]["details"] == {"reason": "wampcra: wrong secret"}


def test_an_ipv6_subscriber_has_the_room_of_one_address(node: FakeNode) -> None:
    for number in range(2 * int(SOURCE_BUDGETS["refused"].burst)):
        details = TransportDetails(
            "websocket", f"tcp:[2001:db8:1:2:{number:x}::1]:51234", f"2001:db8:1:2:{number:x}::1"
        )
        client = node.attach("json", DenyAnyone(), details=details)
        client.send(1, "home", {"roles": {"caller": {}}, "authid": "anna"})
        client.leave()
    assert len(node.entries("refused")) == SOURCE_BUDGETS["refused"].burst


def test_no_secret_is_in_it(node: FakeNode) -> None:
    olga = node.join("olga", "owner")
    node.ask(olga, "user.add", name="anna", password=PASSWORD)
    olga.take()
    olga.call("wampi.admin.user.passwd", ["anna", OTHER_PASSWORD])
    node.run()
    text = str(node.entries()) + str(node.kept.lines)
    assert PASSWORD not in text and OTHER_PASSWORD not in text


def test_kicks_are_in_it_whichever_way_they_come(node: FakeNode) -> None:
    olga, anna = node.join("olga", "owner"), node.join("anna", "resident")
    node.ask(olga, "session.kick", session=anna.session)
    again = node.join("anna", "resident")
    olga.result("wamp.session.kill", again.session)
    assert told(node.entries("change")[0])[1::3] == ("olga", "session.kick")
    [killed] = node.entries("session")
    assert (killed["who"], killed["what"], killed["details"]["killed_authid"]) == ("olga", "session killed", "anna")


def test_who_tries_what_is_for_owners_is_in_it(node: FakeNode) -> None:
    node.ask(node.join("eve", "resident"), "user.list")
    [entry] = node.entries("refused")
    assert told(entry)[1:] == ("eve", "tcp:192.0.2.7:51234", "anonymous", "wampi.admin.user.list")


def test_the_configuration_of_devices_is_in_it_by_whom_and_without_arguments(node: FakeNode) -> None:
    options = RealmOptions(audit=(("wampi...configure", "wildcard"),))
    node.realm = node.router.add_realm("house", node.realm.roles, options)
    device, anna = (node.attach("json", details=FROM_OUTSIDE) for _ in range(2))
    node.realm.set_roles([*node.realm.roles])
    from support.core import AcceptAnyone

    device, anna = (node.attach("json", AcceptAnyone("resident"), details=FROM_OUTSIDE) for _ in range(2))
    device.join("house", authid="camera")
    anna.join("house", authid="anna")
    device.register("wampi.camera.hall.configure")
    device.register("wampi.camera.", match="prefix")
    for uri in ("wampi.camera.hall.configure", "wampi.camera.attic.configure", "wampi.camera.hall.snapshot"):
        anna.call(uri, ["private"])
    entries = node.entries("device")
    assert [entry["details"]["procedure"] for entry in entries] == [
        "wampi.camera.hall.configure",
        "wampi.camera.attic.configure",
    ]
    assert told(entries[0])[1:] == ("anna", "tcp:192.0.2.7:51234", "anonymous", "device configured")
    assert "private" not in str(entries)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("logged in", "login"),
        ("logged out", "login"),
        ("login ended", "change"),
        ("password changed", "change"),
        ("password not changed", "refused"),
        ("passkey added", "change"),
        ("passkey removed", "change"),
        ("second factor set", "change"),
        ("second factor removed", "change"),
        ("a passkey may have been copied: its counter has gone back", "refused"),
    ],
)
def test_what_people_do_with_their_own_logins_is_in_it(node: FakeNode, event: str, kind: str) -> None:
    node.log.info(event, authid="anna", peer="tcp:192.0.2.7:51234", passkey=3)
    [entry] = node.entries(kind)
    assert (entry["what"], entry["who"], entry["origin"]) == (event, "anna", "tcp:192.0.2.7:51234")
    assert entry["details"] == {"passkey": 3}


def test_a_recovery_code_is_in_it_with_the_address_it_came_from(node: FakeNode) -> None:
    node.log.info("recovery code used", authid="anna", method="totp", address="192.0.2.7")
    [entry] = node.entries("login")
    assert (entry["what"], entry["who"], entry["origin"], entry["way"]) == (
        "recovery code used", "anna", "192.0.2.7", "totp",
    )  # fmt: skip
    assert entry["details"] == {}


def test_identities_and_passkeys_that_owners_change_are_in_it(node: FakeNode) -> None:
    node.accounts.add_person("anna", "resident", PASSWORD)
    node.accounts.identities.meet("https://id.example", "248289", "anna@example.org")
    olga = node.join("olga", "owner")
    node.ask(olga, "identity.link", number=1, name="anna")
    node.ask(olga, "identity.unlink", number=1)
    assert [(entry["what"], entry["who"], entry["details"]["name"]) for entry in node.entries("change")] == [
        ("identity.link", "olga", "anna"),
        ("identity.unlink", "olga", "anna"),
    ]


def test_a_flood_of_refused_logins_is_counted_and_pushes_nothing_out(node: FakeNode) -> None:
    olga = node.join("olga", "owner")
    node.ask(olga, "user.add", name="anna", password=PASSWORD)
    for _ in range(500):
        refused(node, "anna", "192.0.2.66")
    refused(node, "olga", "192.0.2.44")
    node.clock.advance(SUMMARY_SECONDS)
    entries = node.entries("refused")
    of_flood = [entry for entry in entries if entry["what"] == "login refused" and "192.0.2.66" in entry["origin"]]
    assert len(of_flood) == SOURCE_BUDGETS["refused"].burst
    assert any("192.0.2.44" in str(entry["origin"]) for entry in entries)
    [summary] = [entry for entry in entries if entry["what"] == "entries left out"]
    assert (summary["origin"], summary["details"]) == ("tcp:192.0.2.66", {"count": 500 - len(of_flood)})
    assert [entry["what"] for entry in node.entries("change")] == ["user.add"]


def test_a_flood_from_many_places_is_bounded_too(node: FakeNode) -> None:
    for number in range(3000):
        refused(node, f"user{number}", f"10.{number // 250}.{number % 250}.1")
    node.clock.advance(SUMMARY_SECONDS)
    entries = node.entries("refused")
    assert len(entries) <= KIND_BUDGETS["refused"].burst + 5
    left_out = sum(entry["details"]["count"] for entry in entries if entry["what"] == "entries left out")
    assert left_out == 3000 - KIND_BUDGETS["refused"].burst


def test_a_source_that_calms_down_is_heard_again(node: FakeNode) -> None:
    for _ in range(50):
        refused(node, "anna", "192.0.2.66")
    node.clock.advance(3600.0)
    before = len(node.entries("refused"))
    refused(node, "anna", "192.0.2.66")
    assert len(node.entries("refused")) == before + 1


def test_what_a_stranger_chose_is_escaped_and_bounded(node: FakeNode) -> None:
    evil = 'a\n2026 info "login" \x1b[2J\u202e' + "x" * 100
    refused(node, evil, "192.0.2.66")
    [entry] = node.entries("refused")
    assert entry["who"].isprintable()
    assert len(entry["who"]) <= 300


def test_entries_wait_for_a_database_that_fails_and_are_bounded(node: FakeNode) -> None:
    node.worker.is_broken = True
    node.audit.record("change", "first", "olga")
    node.clock.advance(1.0)
    assert any(event == "audit trail cannot be written" for event, _ in node.kept.lines)
    for number in range(MOST_WAITING + 10):
        node.audit.record("change", f"n{number}", f"olga{number}")
    node.worker.is_broken = False
    node.clock.advance(20.0)
    assert node.entries("change")[0]["what"] == "first"


def test_what_waits_at_the_stop_is_handed_out_to_be_written(node: FakeNode) -> None:
    node.audit.record("change", "last words", "olga")
    assert [entry.what for entry in node.audit.stop()] == ["last words"]
    assert node.clock.twisted.getDelayedCalls() == []
    node.audit.record("change", "too late", "olga")
    assert node.entries() == []


def test_an_owner_finds_what_has_just_happened(node: FakeNode) -> None:
    olga: Client = node.join("olga", "owner")
    refused(node, "anna", "192.0.2.99")
    [entry] = node.ask(olga, "audit.list", kind="refused")
    assert entry["who"] == "anna"
    assert node.ask(olga, "audit.list", who="anna", before=entry["id"]) == []
