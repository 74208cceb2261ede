"""Where one is logged in, and the end of that, on the page about one's account of a hub that runs."""

import re
import sqlite3
import time
from datetime import datetime

import pytest
from support.form_browser import Browser, logged_in, who
from support.second_factor import Person
from support.store import PASSWORD
from support.web import COOKIE, WebHub
from wampi.router.core.errors import REVOKED
from wampi.router.store.keyfile import DATABASE_FILE
from wampi.router.store.passkeys import NewPasskey
from wampi.router.store.web import Lifetimes


def at_the_account(hub: WebHub, name: str) -> Browser:
    """A browser of a person who is there from now on, at the page about the account."""
    with hub.accounts as accounts:
        accounts.add_person(name, "owner", PASSWORD)
    browser = logged_in(hub, name)
    browser.open("/auth/account")
    return browser


def shown(browser: Browser) -> list[tuple[str, str]]:
    """The way of each login that the page shows, and what it offers: to end it, or the mark of this one."""
    browser.open("/auth/account")
    entries = re.findall(r'action="/auth/logins">(.*?)</form>', browser.text, re.DOTALL)
    found = [(re.search(r"<span>(.*?) <small ", entry), entry) for entry in entries]
    return [
        (way[1], "this one" if "this one" in entry else "End" if ">End<" in entry else "")
        for way, entry in found
        if way is not None
    ]


def number(hub: WebHub, cookie: str) -> int:
    with hub.accounts as accounts:
        principal = accounts.web.find_session(cookie)
    assert principal is not None
    return int(principal.credential.removeprefix("cookie:"))


def test_each_login_is_shown_with_its_way_and_this_one_is_marked(hub: WebHub) -> None:
    browser = at_the_account(hub, "ways")
    with hub.accounts as accounts:
        accounts.passkeys.add("ways", 1e11, NewPasskey("localhost", b"h" * 32, b"id", b"public", 1, "Anna's <phone>"))
        [passkey] = accounts.passkeys.of("ways")
        known = accounts.identities.meet("https://provider.example", "1", "")
        accounts.identities.link(known.number, "ways")
        for way in (f"passkey:{passkey.number}", known.credential):
            accounts.web.open_session("ways", time.time(), Lifetimes(), way)
    assert sorted(shown(browser)) == [
        ("By OpenID Connect", "End"),
        ("By passkey Anna&#x27;s &lt;phone&gt;", "End"),
        ("By password", "this one"),
    ]


def test_it_says_since_when_and_when_it_was_seen_last(hub: WebHub) -> None:
    browser = at_the_account(hub, "times")
    began, used = time.time() - 300, time.time() - 30
    with sqlite3.connect(hub.node.data / DATABASE_FILE) as connection:
        values = began, used, number(hub, browser.cookies[COOKIE])
        connection.execute("UPDATE web_sessions SET created_at = ?, used_at = ? WHERE id = ?", values)
    connection.close()
    browser.open("/auth/account")
    since, seen = (datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M") for at in (began, used))
    assert f"since <span>{since}</span><br>last seen <span>{seen}</span>" in browser.text


def test_with_a_second_factor_the_way_has_a_code(hub: WebHub) -> None:
    owner, browser = Person(hub, "coded"), Browser(hub)
    browser.log_in(owner.name, then="/auth/account")
    browser.send("/auth/code", code=owner.code())
    assert shown(browser) == [("By password and code", "this one")]


def test_ending_one_ends_what_lives_on_it_and_nothing_else(hub: WebHub) -> None:
    browser = at_the_account(hub, "one")
    lost, kept = hub.log_in("one"), hub.log_in("one")
    with hub.socket(cookie=lost) as first, hub.socket(cookie=kept) as second:
        assert first.hello(authmethods=["cookie"])[0] == second.hello(authmethods=["cookie"])[0] == 2
        assert browser.send("/auth/logins", action="end", number=str(number(hub, lost))).status == 303
        goodbye = first.receive()
        assert (goodbye[0], goodbye[2]) == (6, REVOKED), goodbye
        second.send(32, 1, {}, "wampi.lights.state")
        assert second.receive()[0] != 6
    assert [who(hub, cookie) for cookie in (lost, kept, browser.cookies[COOKIE])] == [None, "one", "one"]
    assert "login ended" in hub.node.log


def test_ending_all_others_leaves_this_one(hub: WebHub) -> None:
    browser = at_the_account(hub, "others")
    others = [hub.log_in("others") for _ in range(2)]
    with hub.socket(cookie=others[0]) as client, hub.socket(cookie=browser.cookies[COOKIE]) as own:
        assert client.hello(authmethods=["cookie"])[0] == own.hello(authmethods=["cookie"])[0] == 2
        browser.open("/auth/account")
        assert browser.send("/auth/logins", action="end-others").status == 303
        assert client.receive()[2] == REVOKED
        own.send(32, 1, {}, "wampi.lights.state")
        assert own.receive()[0] != 6
    assert [who(hub, cookie) for cookie in others] == [None, None]
    assert shown(browser) == [("By password", "this one")]
    assert "End all others" not in browser.text


@pytest.mark.parametrize("wanted", ["", "0", "-1", "1e3", "٣", "9" * 40])
def test_a_number_that_is_none_ends_nothing(hub: WebHub, wanted: str) -> None:
    browser = Browser(hub)
    browser.log_in("otto", then="/auth/account")
    browser.open("/auth/account")
    before = len(shown(browser))
    assert browser.send("/auth/logins", action="end", number=wanted).status == 303
    assert len(shown(browser)) == before


def test_nobody_ends_the_login_of_somebody_else(hub: WebHub) -> None:
    browser, theirs = at_the_account(hub, "mine"), hub.log_in("otto")
    assert browser.send("/auth/logins", action="end", number=str(number(hub, theirs))).status == 303
    browser.open("/auth/account")
    assert browser.send("/auth/logins", action="end-others").status == 303
    assert who(hub, theirs) == "otto"


def test_it_needs_a_fresh_login(hub: WebHub) -> None:
    browser = at_the_account(hub, "old")
    other = hub.log_in("old")
    hub.age_logins(601)
    assert sorted(offer for _, offer in shown(browser)) == ["", "this one"]
    fields = browser.fields | {"number": str(number(hub, other))}
    actions = ("end", "end-others")
    sent = [hub.send_form("/auth/logins", fields | {"action": one}, cookies=browser.cookies) for one in actions]
    assert [answer.headers["Location"][:17] for answer in sent] == ["/auth/login?again"] * 2
    assert who(hub, other) == "old"


def test_nobody_ends_one_without_the_form_the_origin_or_an_action(hub: WebHub) -> None:
    browser = at_the_account(hub, "forged")
    other = hub.log_in("forged")
    browser.open("/auth/account")
    fields = browser.fields | {"action": "end-others"}
    for changed, headers, status in (
        ({"token": "1.forged"}, {}, 403),
        ({}, {"Origin": "https://elsewhere.example"}, 403),
        ({}, {"Origin": ""}, 403),
        ({"action": "all"}, {}, 400),
    ):
        answer = hub.send_form("/auth/logins", fields | changed, cookies=browser.cookies, headers=headers)
        assert answer.status == status
        assert answer.headers["Cache-Control"] == "no-store"
    assert who(hub, other) == "forged"


def test_a_device_is_told_that_the_page_is_for_people(hub: WebHub) -> None:
    with hub.accounts as accounts:
        key = accounts.add_device("lamp", prefix="com.example.lamp.")
    cookie = hub.log_in("lamp", key)
    answer = hub.ask("GET", "/auth/account", cookies={COOKIE: cookie})
    assert (answer.status, answer.json["error"]) == (
        403,
        "This is for people. A device has a key, which the hub's owner can renew.",
    )
