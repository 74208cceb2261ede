"""A second factor, on a hub that runs: set up on the page, asked for on every way that has a password."""

import html
import re
import time
from typing import Any

import pytest
from autobahn.wamp import auth as autobahn_auth
from support.authenticator_app import AuthenticatorApp
from support.form_browser import Browser
from support.qr_reader import read_svg
from support.second_factor import Person
from support.store import OTHER_PASSWORD, PASSWORD
from support.web import COOKIE, FORM_COOKIE, WebHub, basic
from wampi.router.http.digest import read, response
from wampi.router.store.verifiers import digest_hash
from websockets.exceptions import InvalidStatus


def hello(client: Any, name: str, *methods: str) -> list[Any]:
    """Begin a WAMP-CRA login, and answer its challenge."""
    challenge = client.hello(authid=name, authmethods=methods)
    extra = challenge[2]
    key = autobahn_auth.derive_key(PASSWORD, extra["salt"], extra["iterations"], extra["keylen"])
    signature = autobahn_auth.compute_wcs(key, extra["challenge"].encode())
    client.send(5, signature.decode(), {})
    answer: list[Any] = client.receive()
    return answer


def test_the_form_asks_for_a_code_and_then_lets_in(hub: WebHub) -> None:
    person, browser = Person(hub, "form"), Browser(hub)
    asked = browser.log_in(person.name, then="/elsewhere")
    assert asked.status == 200
    assert COOKIE not in browser.cookies
    assert "authenticator app" in browser.text
    wrong = browser.send("/auth/code", code="000000")
    assert (wrong.status, COOKIE in browser.cookies) == (403, False)
    right = browser.send("/auth/code", code=person.code())
    assert (right.status, right.headers["Location"]) == (303, "/elsewhere")
    assert hub.ask("GET", "/auth/session", cookies=browser.cookies).json["authid"] == person.name


def back(browser: Browser) -> str:
    """Where the link leads that goes back to the first form."""
    [address] = re.findall(r'<a class="button quiet" href="([^"]*)">Back</a>', browser.text)
    return html.unescape(address)


def test_from_the_code_one_gets_back_to_the_first_form_and_on_to_the_same_place(hub: WebHub) -> None:
    person, browser = Person(hub, "back"), Browser(hub)
    browser.log_in(person.name, then="/elsewhere?room=%26more")
    assert browser.open(back(browser)).status == 200
    assert 'name="password"' in browser.text
    answer = browser.send("/auth/login", username="otto", password=PASSWORD)
    assert (answer.status, answer.headers["Location"]) == (303, "/elsewhere?room=&more")


def test_so_does_who_is_logged_in_already_and_has_given_a_wrong_code(hub: WebHub) -> None:
    person, browser = Person(hub, "again"), Browser(hub)
    browser.log_in("otto")
    browser.log_in(person.name)
    assert browser.send("/auth/code", code="000000").status == 403
    browser.open(back(browser))
    assert 'name="password"' in browser.text


@pytest.mark.parametrize("asked", [{}, {"stay": "yes"}])
def test_whether_the_browser_keeps_the_cookie_was_said_before_the_code(hub: WebHub, asked: dict[str, str]) -> None:
    person, browser = Person(hub, f"kept{len(asked)}"), Browser(hub)
    browser.log_in(person.name, **asked)
    fields = browser.send("/auth/code", code=person.code()).headers.get_all("Set-Cookie")
    assert [("Max-Age" in field) for field in fields if field.startswith(f"{COOKIE}=")] == [bool(asked)]


def test_a_recovery_code_lets_in_once(hub: WebHub) -> None:
    person = Person(hub, "recovery")
    statuses = []
    for _ in range(2):
        browser = Browser(hub)
        browser.log_in(person.name)
        statuses.append(browser.send("/auth/code", code=person.recovery[0]).status)
    assert statuses == [303, 403]


def test_the_step_between_is_no_good_in_another_browser(hub: WebHub) -> None:
    person, browser, other = Person(hub, "between"), Browser(hub), Browser(hub)
    browser.log_in(person.name)
    other.open("/auth/login")
    stolen = other.send("/auth/code", step=browser.fields["step"], code=person.code())
    assert (stolen.status, COOKIE in other.cookies) == (403, False)


def test_a_script_sends_the_code_along(hub: WebHub) -> None:
    person = Person(hub, "script")
    first = {"username": person.name, "password": PASSWORD}
    asked = hub.send_json("/auth/login", first)
    assert (asked.status, asked.json["needs"], asked.cookies) == (403, "code", {})
    assert "needs" not in hub.send_json("/auth/login", first | {"password": OTHER_PASSWORD}).json
    wrong = hub.send_json("/auth/login", first | {"code": "000000"})
    assert (wrong.status, wrong.json["needs"], wrong.cookies) == (403, "code", {})
    assert "needs" not in hub.send_json("/auth/login", first | {"password": OTHER_PASSWORD, "code": "000000"}).json
    answer = hub.send_json("/auth/login", first | {"code": person.code()})
    assert (answer.status, answer.json["authid"]) == (200, person.name)


def digest(hub: WebHub, name: str, target: str) -> dict[str, str]:
    """The header fields of HTTP Digest, for a nonce that the hub has just offered."""
    refused = hub.ask("GET", target, headers=basic("nobody", PASSWORD))
    offered = [line for line in refused.headers.get_all("WWW-Authenticate") or [] if line.startswith("Digest ")]
    parameters = read(offered[0].removeprefix("Digest "))
    assert parameters is not None
    parameters |= {"username": name, "uri": target, "nc": "00000001", "cnonce": "c", "qop": "auth"}
    parameters["response"] = response(digest_hash(name, PASSWORD), "GET", parameters)
    fields = (f'{name}="{parameters[name]}"' for name in ("username", "realm", "nonce", "uri", "cnonce", "response"))
    return {"Authorization": f"Digest {', '.join(fields)}, qop=auth, nc=00000001, algorithm=SHA-256"}


def test_digest_is_refused_with_the_right_password(hub: WebHub) -> None:
    person = Person(hub, "digest")
    assert hub.ask("GET", "/auth/session", headers=digest(hub, "anna", "/auth/session")).status == 200
    assert hub.ask("GET", "/auth/session", headers=digest(hub, person.name, "/auth/session")).status == 401


def test_basic_is_refused_with_the_right_password(hub: WebHub) -> None:
    person = Person(hub, "basic")
    answer = hub.ask("GET", "/auth/session", headers=basic(person.name, PASSWORD))
    assert answer.status == 401
    with pytest.raises(InvalidStatus), hub.socket(headers=basic(person.name, PASSWORD)):
        pass


def test_wampcra_is_followed_by_a_challenge_for_the_code(hub: WebHub) -> None:
    person = Person(hub, "wamp")
    with hub.socket() as client:
        challenge = hello(client, person.name, "wampcra", "totp")
        assert challenge == [4, "totp", {}], challenge
        client.send(5, person.code(), {})
        welcome = client.receive()
        assert (welcome[0], welcome[2]["authid"], welcome[2]["authmethod"]) == (2, person.name, "wampcra")


def test_a_client_of_wampcra_alone_is_refused(hub: WebHub) -> None:
    person = Person(hub, "stock")
    with hub.socket() as client:
        assert hello(client, person.name, "wampcra")[0] == 3


def test_it_is_set_up_and_turned_off_on_the_page(hub: WebHub) -> None:
    with hub.accounts as accounts:
        accounts.add_person("page", "owner", PASSWORD)
    browser, other = Browser(hub), Browser(hub)
    other.log_in("page")
    browser.log_in("page", then="/auth/account")
    browser.open("/auth/account")
    assert "A password is enough" in browser.text
    browser.send("/auth/second-factor", action="begin")
    app = AuthenticatorApp(browser.fields["uri"])
    assert read_svg(browser.text) == browser.fields["uri"]
    assert '<a href="/auth/account">Leave it as it is</a>' in browser.text
    assert browser.send("/auth/second-factor", action="confirm", code="000000").status == 403
    assert read_svg(browser.text) == browser.fields["uri"]
    confirmed = browser.send("/auth/second-factor", action="confirm", code=app.code(time.time()))
    assert confirmed.status == 200
    codes = re.findall(r"<code>([^<]+)</code>", browser.text)
    assert len(codes) == 10
    assert hub.ask("GET", "/auth/session", cookies=browser.cookies).json["authid"] == "page"
    assert hub.ask("GET", "/auth/session", cookies=other.cookies).json["authid"] is None
    again = Browser(hub)
    again.log_in("page", then="/auth/account")
    again.send("/auth/code", code=codes[0])
    again.open("/auth/account")
    assert "A password and a code are needed" in again.text
    assert again.send("/auth/second-factor", action="remove").status == 303
    assert Browser(hub).log_in("page").status == 303


@pytest.mark.parametrize("uri", ["", "javascript:alert(1)", "otpauth://totp/" + "a" * 3000])
def test_what_no_key_is_is_not_drawn(hub: WebHub, uri: str) -> None:
    browser = Browser(hub)
    browser.log_in("otto", then="/auth/account")
    browser.open("/auth/account")
    browser.send("/auth/second-factor", action="begin")
    assert browser.send("/auth/second-factor", action="confirm", uri=uri, code="000000").status == 403
    assert browser.fields["uri"] == ""
    assert 'class="qr"' not in browser.text
    assert "javascript" not in browser.text


def test_nobody_changes_it_without_the_form_or_a_login(hub: WebHub) -> None:
    browser = Browser(hub)
    browser.log_in("otto")
    browser.open("/auth/account")
    assert browser.send("/auth/second-factor", action="begin", token="1.forged").status == 403
    stranger = Browser(hub)
    stranger.open("/auth/login")
    sent_away = stranger.send("/auth/second-factor", action="begin")
    assert (sent_away.status, sent_away.headers["Location"][:17]) == (303, "/auth/login?again")
    browser.open("/auth/account")
    foreign = hub.send_form(
        "/auth/second-factor",
        browser.fields | {"action": "begin"},
        cookies=browser.cookies,
        headers={"Origin": "https://elsewhere.example"},
    )
    assert foreign.status == 403


def test_no_code_and_no_key_is_in_the_log(hub: WebHub) -> None:
    person, browser = Person(hub, "quiet"), Browser(hub)
    browser.log_in(person.name)
    code = person.code()
    browser.send("/auth/code", code=code)
    for secret in (code, person.app.query["secret"], *person.recovery, PASSWORD, browser.cookies[FORM_COOKIE]):
        assert secret not in hub.node.log
