"""What a device's answer must be like: every departure is refused, each alone."""

from dataclasses import replace
from typing import Any

import pytest
from support.core import FakeClock
from support.soft_authenticator import PRESENT, VERIFIED, SoftAuthenticator, from_base64, to_base64
from wampi.router.credentials import KnownAccount
from wampi.router.http.passkey_checks import (
    CHALLENGE_SECONDS,
    MOST_CHALLENGES,
    BadPasskey,
    Challenges,
    check_login,
    check_new,
    credential_id,
    login_options,
    new_options,
)
from wampi.router.http.places import Place, place_of
from wampi.router.store.passkeys import FoundPasskey

PLACE = Place("https://hub.local:8443", "hub.local")
CHALLENGE, HANDLE = b"c" * 32, b"h" * 32
ANNA = KnownAccount("anna", "owner", "accounts", enabled=True, prefix=None)
LOGIN = login_options(PLACE, CHALLENGE)
NEW = new_options(PLACE, CHALLENGE, "anna", HANDLE, [b"taken"])


def device(**changed: Any) -> SoftAuthenticator:
    honest = {"origin": PLACE.origin, "relying_party": PLACE.relying_party, "handle": HANDLE}
    return SoftAuthenticator(**(honest | changed))


def kept(of: SoftAuthenticator) -> FoundPasskey:
    return FoundPasskey(1, ANNA, PLACE.relying_party, HANDLE, of.public_key)


def test_an_honest_device_makes_a_passkey_and_logs_in_with_it() -> None:
    honest = device()
    made = check_new(honest.create(NEW), PLACE, CHALLENGE, HANDLE, "phone")
    assert (made.credential_id, made.public_key, made.handle) == (honest.credential_id, honest.public_key, HANDLE)
    assert check_login(honest.get(LOGIN), PLACE, CHALLENGE, kept(honest)) == made.sign_count + 1


def test_what_the_browser_asks_wants_the_owner_present_and_no_user_name() -> None:
    assert LOGIN["userVerification"] == "required"
    assert LOGIN["rpId"] == "hub.local"
    assert not LOGIN.get("allowCredentials")
    selection = NEW["authenticatorSelection"]
    assert (selection["userVerification"], selection["residentKey"]) == ("required", "required")
    assert [from_base64(one["id"]) for one in NEW["excludeCredentials"]] == [b"taken"]
    assert from_base64(NEW["user"]["id"]) == HANDLE


@pytest.mark.parametrize(
    "changed",
    [
        {"relying_party": "local"},
        {"relying_party": "hub.local.evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"flags": 0},
    ],
)
def test_another_relying_party_or_nobody_there_is_refused(changed: dict[str, Any]) -> None:
    forging = device(**changed)
    with pytest.raises(BadPasskey):
        check_new(forging.create(NEW), PLACE, CHALLENGE, HANDLE, "phone")
    with pytest.raises(BadPasskey):
        check_login(forging.get(LOGIN), PLACE, CHALLENGE, kept(forging))


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://hub.local"},
        {"origin": "http://hub.local:8443"},
        {"origin": "https://hub.local:8443.evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"challenge": to_base64(b"x" * 32)},
        {"challenge": ""},
        {"type": "webauthn.other"},
    ],
)
def test_another_origin_challenge_or_purpose_is_refused(changed: dict[str, Any]) -> None:
    forging = device()
    with pytest.raises(BadPasskey):
        check_new(forging.create(NEW, **changed), PLACE, CHALLENGE, HANDLE, "phone")
    with pytest.raises(BadPasskey):
        check_login(forging.get(LOGIN, **changed), PLACE, CHALLENGE, kept(forging))


def test_an_answer_for_adding_does_not_log_in() -> None:
    forging = device()
    with pytest.raises(BadPasskey):
        check_login(forging.get(LOGIN, type="webauthn.create"), PLACE, CHALLENGE, kept(forging))


def test_another_key_is_refused() -> None:
    honest, other = device(), device()
    with pytest.raises(BadPasskey, match="signature"):
        check_login(other.get(LOGIN), PLACE, CHALLENGE, kept(honest))


def test_another_user_handle_is_refused_and_so_is_none() -> None:
    forging = device(handle=b"o" * 32)
    with pytest.raises(BadPasskey, match="user handle"):
        check_login(forging.get(LOGIN), PLACE, CHALLENGE, kept(forging))
    honest = device()
    without = honest.get(LOGIN)
    del without["response"]["userHandle"]
    with pytest.raises(BadPasskey):
        check_login(without, PLACE, CHALLENGE, kept(honest))


def test_a_passkey_for_another_name_of_the_host_is_refused() -> None:
    honest = device()
    with pytest.raises(BadPasskey, match="another name"):
        check_login(honest.get(LOGIN), PLACE, CHALLENGE, replace(kept(honest), relying_party="localhost"))


@pytest.mark.parametrize(
    ("made_at", "own_port", "is_good"),
    [
        ("hub.local:8443", None, True),
        ("hub.local:443", None, False),
        ("hub.local:443", 8443, True),
        ("hub.local:443", 9443, False),
        ("hub.local", None, True),
        ("local:8443", 8443, False),
    ],
)
def test_a_passkey_is_good_at_the_port_where_it_was_made_or_that_is_listened_at(
    made_at: str, own_port: int | None, is_good: bool
) -> None:
    assert PLACE.is_home_of(made_at, own_port) is is_good
    assert (PLACE.home, Place("https://hub.local", "hub.local").home) == ("hub.local:8443", "hub.local:443")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"id": None},
        {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}},
        {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": None},
        {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"userHandle": "é", "clientDataJSON": "!"}},
    ],
)
def test_a_malformed_answer_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(BadPasskey):
        check_new(answer, PLACE, CHALLENGE, HANDLE, "phone")
    with pytest.raises(BadPasskey):
        check_login(answer, PLACE, CHALLENGE, kept(device()))


def test_an_answer_by_no_passkey_is_by_nobodys() -> None:
    with pytest.raises(BadPasskey):
        credential_id({})
    assert credential_id({"id": None}) == b""


@pytest.mark.parametrize("part", ["authenticatorData", "clientDataJSON", "signature"])
def test_every_part_that_is_cut_or_changed_is_refused(part: str) -> None:
    honest = device()
    found = kept(honest)
    for change in (lambda data: data[:-1], lambda data: data + b"\0", lambda data: bytes([data[0] ^ 1]) + data[1:]):
        answer = honest.get(LOGIN)
        answer["response"][part] = to_base64(change(from_base64(answer["response"][part])))
        with pytest.raises(BadPasskey):
            check_login(answer, PLACE, CHALLENGE, found)


# ---- challenges ----------------------------------------------------------------------------------------------------


def test_a_challenge_is_good_once_and_for_its_owner() -> None:
    challenges = Challenges(FakeClock())
    issued = challenges.issue("login a", "192.0.2.1", b"handle")
    assert len(issued) >= 16
    with pytest.raises(BadPasskey):
        challenges.take("login b")
    with pytest.raises(BadPasskey):
        challenges.take("add a")
    assert challenges.take("login a") == (issued, b"handle")
    with pytest.raises(BadPasskey):
        challenges.take("login a")


def test_a_challenge_is_good_for_five_minutes() -> None:
    clock = FakeClock()
    challenges = Challenges(clock)
    challenges.issue("a", "192.0.2.1")
    clock.advance(CHALLENGE_SECONDS - 1)
    challenges.take("a")
    challenges.issue("a", "192.0.2.1")
    clock.advance(CHALLENGE_SECONDS)
    with pytest.raises(BadPasskey):
        challenges.take("a")


def test_a_newer_challenge_takes_the_place_of_an_older_one_and_all_together_are_bounded() -> None:
    challenges = Challenges(FakeClock())
    first, second = challenges.issue("a", "192.0.2.1"), challenges.issue("a", "192.0.2.1")
    assert first != second
    assert challenges.take("a")[0] == second
    for number in range(MOST_CHALLENGES + 1):
        challenges.issue(f"owner {number}", f"source {number}")
    with pytest.raises(BadPasskey):
        challenges.take("owner 0")
    challenges.take("owner 1")


def test_a_stranger_who_asks_without_end_pushes_out_his_own_challenges_alone() -> None:
    challenges = Challenges(FakeClock())
    challenges.issue("login anna", "192.0.2.1")
    for number in range(2 * MOST_CHALLENGES):
        challenges.issue(f"login {number}", "192.0.2.9")
    challenges.take("login anna")
    with pytest.raises(BadPasskey):
        challenges.take("login 0")


# ---- places --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("hub.local:8443", PLACE),
        ("HUB.local:8443", PLACE),
        ("hub.local", Place("https://hub.local", "hub.local")),
        ("localhost:8443", Place("https://localhost:8443", "localhost")),
        ("192.0.2.7:8443", None),
        ("192.0.2.7", None),
        ("[2001:db8::7]:8443", None),
        ("[2001:db8::7]", None),
    ],
)
def test_passkeys_are_for_names_and_not_for_addresses(host: str, place: Place | None) -> None:
    assert place_of(host) == place
