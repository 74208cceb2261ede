"""Changing one's own password on the page about one's account, on a hub that runs."""

import unicodedata

import pytest
from support.form_browser import Browser, logged_in, who
from support.second_factor import Person
from support.store import OTHER_PASSWORD, PASSWORD
from support.waiting import eventually
from support.web import COOKIE, Response, WebHub, bearer
from wampi.router.core.errors import REVOKED
from wampi.router.store.accounts import Accounts

WRONG = "horse battery staple wrong"


def person(hub: WebHub, name: str) -> str:
    with hub.accounts as accounts:
        accounts.add_person(name, "owner", PASSWORD)
    return name


def change(browser: Browser, new: str = OTHER_PASSWORD, current: str = PASSWORD, again: str | None = None) -> Response:
    assert browser.open("/auth/password").status == 200
    return browser.send("/auth/password", current=current, new=new, again=new if again is None else again)


def may_log_in(hub: WebHub, name: str, password: str) -> bool:
    return hub.send_json("/auth/login", {"username": name, "password": password}).status == 200


def test_the_new_password_is_good_and_the_old_one_is_not(hub: WebHub) -> None:
    name = person(hub, "plain")
    assert change(logged_in(hub, name)).status == 200
    assert may_log_in(hub, name, OTHER_PASSWORD)
    assert not may_log_in(hub, name, PASSWORD)


def test_who_asks_goes_on_with_another_cookie_and_whoever_the_old_password_let_in_is_out(hub: WebHub) -> None:
    name = person(hub, "sessions")
    with hub.accounts as accounts:
        token = accounts.tokens.add(name, "tests").secret
    browser, other = logged_in(hub, name), hub.log_in(name)
    before = browser.cookies[COOKIE]
    with hub.socket(cookie=other) as by_cookie, hub.socket(headers=bearer(token)) as by_token:
        assert by_cookie.hello(authmethods=["cookie"])[0] == 2
        assert by_token.hello(authmethods=["bearer"])[0] == 2
        assert change(browser).status == 200
        goodbye = by_cookie.receive()
        assert (goodbye[0], goodbye[2]) == (6, REVOKED), goodbye
        by_token.send(32, 1, {}, "wampi.lights.state")
        assert by_token.receive()[0] != 6
    after = browser.cookies[COOKIE]
    assert after != before
    assert [who(hub, cookie) for cookie in (before, other, after)] == [None, None, name]
    assert browser.open("/auth/account").status == 200


@pytest.mark.parametrize(
    ("new", "again", "current", "status", "told"),
    [
        (OTHER_PASSWORD, OTHER_PASSWORD, WRONG, 403, "The current password is not right: please try again."),
        (OTHER_PASSWORD, WRONG, PASSWORD, 409, "The two new passwords are not the same: type the same one twice."),
        ("only 14 signs!", "only 14 signs!", PASSWORD, 409, "The password has 14 characters and needs 15 at least: "),
        ("ab " * 400, "ab " * 400, PASSWORD, 409, "The password has 1200 bytes: 1024 are allowed."),
        ("passwordpassword1", "passwordpassword1", PASSWORD, 409, "The password is among the first that anyone would"),
        ("refused1234567890", "refused1234567890", PASSWORD, 409, "The password is among the first that anyone would"),
    ],
)
def test_what_is_refused_says_why_in_one_line_and_changes_nothing(
    hub: WebHub, new: str, again: str, current: str, status: int, told: str
) -> None:
    with hub.accounts as accounts:
        if "refused" not in [account.authid for account in accounts.list()]:
            accounts.add_person("refused", "owner", PASSWORD)
    browser = logged_in(hub, "refused")
    before = browser.cookies[COOKIE]
    answer = change(browser, new, current, again)
    assert answer.status == status
    [line] = [line for line in browser.text.splitlines() if 'role="alert"' in line]
    assert told in line
    assert browser.cookies[COOKIE] == before
    assert who(hub, before) == "refused"
    assert may_log_in(hub, "refused", PASSWORD)


def test_both_passwords_are_the_same_however_their_accents_are_typed(hub: WebHub) -> None:
    name = person(hub, "accents")
    new = "fünf große Wörter für später"
    assert change(logged_in(hub, name), unicodedata.normalize("NFD", new)).status == 200
    browser = Browser(hub)
    assert browser.log_in(name, unicodedata.normalize("NFC", new)).status == 303
    assert change(browser, OTHER_PASSWORD, unicodedata.normalize("NFD", new)).status == 200


def test_eight_characters_are_enough_with_a_second_factor(hub: WebHub) -> None:
    owner, browser = Person(hub, "second"), Browser(hub)
    browser.log_in(owner.name, then="/auth/account")
    assert browser.send("/auth/code", code=owner.code()).status == 303
    assert change(browser, "sevench").status == 409
    assert change(browser, "Xk3-vq9!").status == 200
    assert hub.send_json("/auth/login", {"username": owner.name, "password": "Xk3-vq9!"}).json["needs"] == "code"


@pytest.mark.parametrize(("name", "seconds"), [("stale", 601), ("of_another_time", -601)])
def test_it_needs_a_fresh_login(hub: WebHub, name: str, seconds: int) -> None:
    person(hub, name)
    browser = logged_in(hub, name)
    browser.open("/auth/password")
    hub.age_logins(seconds)
    sent = browser.send("/auth/password", current=PASSWORD, new=OTHER_PASSWORD, again=OTHER_PASSWORD)
    asked = browser.open("/auth/password")
    assert [(one.status, one.headers["Location"][:17]) for one in (sent, asked)] == [(303, "/auth/login?again")] * 2
    assert may_log_in(hub, name, PASSWORD)


def test_nobody_changes_it_without_the_form_the_origin_or_a_login(hub: WebHub) -> None:
    name = person(hub, "forged")
    browser, stranger = logged_in(hub, name), Browser(hub)
    browser.open("/auth/password")
    fields = browser.fields | {"current": PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    for changed, headers in (
        ({"token": "1.forged"}, {}),
        ({}, {"Origin": "https://elsewhere.example"}),
        ({}, {"Origin": ""}),
    ):
        answer = hub.send_form("/auth/password", fields | changed, cookies=browser.cookies, headers=headers)
        assert answer.status == 403
    stranger.open("/auth/login")
    sent = stranger.send("/auth/password", current=PASSWORD, new=OTHER_PASSWORD, again=OTHER_PASSWORD)
    assert (sent.status, sent.headers["Location"][:17]) == (303, "/auth/login?again")
    assert may_log_in(hub, name, PASSWORD)


def test_the_current_password_is_guessed_at_no_faster_than_at_the_login(hub: WebHub) -> None:
    name = person(hub, "throttled")
    browser = logged_in(hub, name)
    assert [change(browser, current=WRONG).status for _ in range(6)] == [403] * 6
    assert change(browser).status == 403
    assert "throttled" in hub.node.log
    assert may_log_in(hub, name, PASSWORD) is False


def test_failures_for_the_old_password_are_forgiven(hub: WebHub, monkeypatch: pytest.MonkeyPatch) -> None:
    name = person(hub, "forgiven")
    browser = logged_in(hub, name)
    monkeypatch.setattr(hub, "source", "127.0.0.2")
    assert [may_log_in(hub, name, WRONG) for _ in range(6)] == [False] * 6
    assert not may_log_in(hub, name, PASSWORD)
    monkeypatch.setattr(hub, "source", None)
    assert change(browser).status == 200
    monkeypatch.setattr(hub, "source", "127.0.0.2")
    assert may_log_in(hub, name, OTHER_PASSWORD)


def told(accounts: Accounts, name: str) -> list[tuple[str, str]]:
    """What the audit trail has of somebody's password, the newest first."""
    entries = accounts.audit.list(who=name)
    return [(entry["kind"], entry["what"]) for entry in entries if entry["what"].startswith("password")]


def test_it_is_written_down_and_neither_password_is_nor_is_a_page_stored(
    hub: WebHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "source", "127.0.0.3")  # whose budget in the audit trail nobody has used
    name = person(hub, "written")
    browser = logged_in(hub, name)
    answers = [change(browser, current=WRONG), change(browser), browser.open("/auth/password")]
    assert [answer.headers["Cache-Control"] for answer in answers] == ["no-store"] * 3
    with hub.accounts as accounts:
        eventually("both are in the audit trail", lambda: len(told(accounts, name)) == 2)
        assert told(accounts, name) == [("change", "password changed"), ("refused", "password not changed")]
    for secret in (PASSWORD, OTHER_PASSWORD, WRONG, browser.cookies[COOKIE]):
        assert secret not in hub.node.log
        assert all(secret not in answer.body.decode() for answer in answers)
