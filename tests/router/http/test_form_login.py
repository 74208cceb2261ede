"""Logging in over HTTPS before any WebSocket: the form, the same for scripts, the cookie, and the way out."""

import json
import re
from urllib.parse import quote, urljoin, urlsplit

import pytest
from support.form_browser import who
from support.store import OTHER_PASSWORD, PASSWORD
from support.waiting import eventually
from support.web import ANNA, COOKIE, FORM_COOKIE, Response, WebHub, basic
from wampi.router.http.visit import next_path
from wampi.router.store.accounts import Accounts


def open_form(hub: WebHub, query: str = "", **cookies: str) -> tuple[dict[str, str], dict[str, str]]:
    """Show the form; return the fields that it sends back, and the cookies that belong to it."""
    answer = hub.ask("GET", f"/auth/login{query}", cookies=cookies)
    fields = re.findall(r'name="(token|next)" value="([^"]*)"', answer.body.decode())
    return dict(fields), {**cookies, **answer.cookies}


def send_form(hub: WebHub, password: str = PASSWORD, name: str = ANNA, query: str = "", **more: str) -> Response:
    fields, cookies = open_form(hub, query)
    return hub.send_form("/auth/login", {**fields, "username": name, "password": password, **more}, cookies=cookies)


# ---- the form ----------------------------------------------------------------------------------------------------


def test_the_form_leads_on_with_a_cookie_for_this_host_alone(hub: WebHub) -> None:
    answer = send_form(hub, query="?next=/somewhere%3Fa%3Db", stay="yes")
    assert (answer.status, answer.headers["Location"]) == (303, "/somewhere?a=b")
    (line,) = answer.headers.get_all("Set-Cookie")
    assert line.startswith(f"{COOKIE}=")
    assert line.endswith("; Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Strict")
    assert answer.headers["Cache-Control"] == "no-store"
    assert who(hub, answer.cookies[COOKIE]) == ANNA


def test_a_browser_keeps_the_cookie_when_it_is_closed_only_if_that_was_asked_for(hub: WebHub) -> None:
    by_form = send_form(hub)
    sent = {"username": ANNA, "password": PASSWORD}
    by_script = hub.send_json("/auth/login", sent)
    for answer in (by_form, by_script):
        (line,) = answer.headers.get_all("Set-Cookie")
        assert line.endswith(f"{answer.cookies[COOKIE]}; Path=/; Secure; HttpOnly; SameSite=Strict")
        assert who(hub, answer.cookies[COOKIE]) == ANNA
    assert "Max-Age=2592000;" in hub.send_json("/auth/login", sent | {"stay": True}).headers["Set-Cookie"]
    assert b'value="yes" checked' in send_form(hub, OTHER_PASSWORD, stay="yes").body
    assert b'value="yes">' in send_form(hub, OTHER_PASSWORD).body


def test_who_has_to_log_in_again_is_told_what_for(hub: WebHub) -> None:
    told = "Log in again to see to your account."
    assert told in hub.ask("GET", hub.ask("GET", "/auth/account").headers["Location"]).body.decode()
    assert told not in hub.ask("GET", "/auth/login").body.decode()


def test_a_form_without_its_cookie_or_token_is_not_taken(hub: WebHub) -> None:
    fields, cookies = open_form(hub)
    sent = {**fields, "username": ANNA, "password": PASSWORD}
    others, other_cookies = open_form(hub)
    for form, given in (
        (sent, {}),
        ({**sent, "token": ""}, cookies),
        ({**sent, **others}, cookies),
        (sent, other_cookies),
    ):
        answer = hub.send_form("/auth/login", form, cookies=given)
        assert answer.status == 403
        assert COOKIE not in answer.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/auth/login", "/auth/logout"])
def test_what_another_sites_page_sends_is_not_taken(hub: WebHub, path: str, headers: dict[str, str]) -> None:
    fields, cookies = open_form(hub)
    cookie = hub.log_in()
    form = {**fields, "username": ANNA, "password": PASSWORD}
    answer = hub.send_form(path, form, cookies={**cookies, COOKIE: cookie}, headers=headers)
    assert answer.status == 403
    assert answer.cookies == {}
    assert who(hub, cookie) == ANNA


def test_only_post_logs_in_and_out(hub: WebHub) -> None:
    cookie = hub.log_in()
    assert hub.ask("GET", f"/auth/login?username={ANNA}&password=x", cookies={COOKIE: cookie}).status == 200
    for method, path in (
        ("GET", "/auth/logout"),
        ("PUT", "/auth/login"),
        ("DELETE", "/auth/session"),
        ("GET", "/auth/ticket"),
    ):
        assert hub.ask(method, path, cookies={COOKIE: cookie}).status == 405, path
    assert who(hub, cookie) == ANNA


@pytest.mark.parametrize("path", ["/auth", "/auth/", "/auth/other", "/auth/login/more"])
def test_there_is_nothing_else(hub: WebHub, path: str) -> None:
    assert hub.ask("GET", path).status == 404


def test_trace_is_not_answered(hub: WebHub) -> None:
    answer = hub.ask("TRACE", "/auth/login", headers={"X-Echo": "echo"})
    assert answer.status == 405
    assert b"echo" not in answer.body


def test_what_is_typed_is_shown_again_as_text(hub: WebHub) -> None:
    answer = send_form(hub, name='"><script>alert(1)</script>')
    assert answer.status == 403
    assert b"<script" not in answer.body
    assert b"&quot;&gt;&lt;script&gt;" in answer.body


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/", "/"),
        ("/a/b?c=d#e", "/a/b?c=d#e"),
        ("", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.test", "/"),
        ("/a\r\nSet-Cookie: b=c", "/"),
        ("evil.test", "/"),
        ("/" + "a" * 1001, "/"),
        ("/ö", "/"),
        ("\\\\evil.test", "/"),
        ("//evil.test@localhost/", "/"),
        ("/ /evil.test", "/ /evil.test"),
        (" //evil.test", "/"),
        ("/\x00/evil.test", "/"),
        ("/\x0b/evil.test", "/"),
        ("///evil.test", "/"),
        ("/\u2028/evil.test", "/"),
    ],
)
def test_next_stays_on_this_origin(wanted: str, path: str) -> None:
    assert next_path(wanted) == path


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.test",
        "/\\evil.test",
        "/\t/evil.test",
        "\t//evil.test",
        "https://evil.test",
        "//user@evil.test",
        "/\r\n/evil.test",
    ],
)
def test_no_next_leads_to_another_origin_however_it_is_written(hub: WebHub, wanted: str) -> None:
    for written in (
        quote(wanted, safe=""),
        quote(wanted, safe="/:@"),
        "".join(f"%{byte:02x}" for byte in wanted.encode()),
    ):
        assert send_form(hub, query=f"?next={written}").headers["Location"] == "/"
    fields, cookies = open_form(hub)
    sent = {**fields, "username": ANNA, "password": PASSWORD, "next": wanted}
    assert hub.send_form("/auth/login", sent, cookies=cookies).headers["Location"] == "/"
    page = hub.ask("GET", f"/auth/login?next={quote(wanted, safe='')}", cookies={COOKIE: hub.log_in()})
    assert b"evil" not in page.body


@pytest.mark.parametrize(
    "wanted", ["/%2f/evil.test", "/%5cevil.test", "/%09/evil.test", "/.//evil.test", "/a/..//evil.test"]
)
def test_a_next_that_only_looks_like_another_origin_stays_a_path_of_this_one(hub: WebHub, wanted: str) -> None:
    location = send_form(hub, query=f"?next={quote(wanted, safe='')}").headers["Location"]
    assert location == wanted
    assert urlsplit(urljoin(f"{hub.origin}/auth/login", location)).netloc == f"localhost:{hub.port}"


def test_nothing_that_the_login_answers_is_stored(hub: WebHub) -> None:
    cookie, login = hub.log_in(), {"username": ANNA, "password": PASSWORD}
    answers = [
        hub.ask("GET", "/auth/login"),
        hub.ask("GET", "/auth/login", cookies={COOKIE: cookie}),
        hub.ask("GET", "/auth/account"),
        hub.ask("GET", "/auth/account", cookies={COOKIE: cookie}),
        hub.ask("GET", "/auth/session", cookies={COOKIE: cookie}),
        hub.ask("GET", "/auth/logout"),
        hub.ask("GET", "/auth/nothing"),
        send_form(hub),
        send_form(hub, OTHER_PASSWORD),
        hub.send_form("/auth/login", {"username": ANNA}),
        hub.send_form("/auth/code", {"code": "123456"}),
        hub.send_form("/auth/second-factor", {"action": "begin"}),
        hub.send_json("/auth/login", login),
        hub.send_json("/auth/login", login | {"password": OTHER_PASSWORD}),
        hub.send_json("/auth/login", {}),
        hub.send_json("/auth/ticket", {}, cookies={COOKIE: cookie}),
        hub.send_json("/auth/ticket", {}),
        hub.send_json("/auth/logout", {}, cookies={COOKIE: cookie}),
    ]
    assert [(answer.status, answer.headers["Cache-Control"]) for answer in answers] == [
        (answer.status, "no-store") for answer in answers
    ]
    assert {answer.status for answer in answers} >= {200, 303, 400, 401, 403, 404, 405}


# ---- the cookie --------------------------------------------------------------------------------------------------


def test_a_login_has_a_new_cookie_and_the_old_one_is_dead(hub: WebHub) -> None:
    old = hub.log_in()
    answer = hub.send_json("/auth/login", {"username": ANNA, "password": PASSWORD}, cookies={COOKIE: old})
    new = answer.cookies[COOKIE]
    assert new != old
    assert (who(hub, old), who(hub, new)) == (None, ANNA)


def test_a_cookie_that_somebody_else_chose_is_never_taken_on(hub: WebHub) -> None:
    chosen = "A" * 43
    answer = hub.send_json("/auth/login", {"username": ANNA, "password": PASSWORD}, cookies={COOKIE: chosen})
    assert answer.cookies[COOKIE] != chosen
    assert who(hub, chosen) is None


def test_logging_out_takes_the_cookie_away_and_makes_it_worthless(hub: WebHub) -> None:
    cookie = hub.log_in()
    answer = hub.send_json("/auth/logout", {}, cookies={COOKIE: cookie})
    assert answer.status == 200
    (line,) = answer.headers.get_all("Set-Cookie")
    assert line.startswith(f"{COOKIE}=; Max-Age=0; ")
    assert who(hub, cookie) is None


def test_who_is_logged_in_logs_out_by_a_form(hub: WebHub) -> None:
    cookie = hub.log_in()
    answer = hub.ask("GET", "/auth/login", cookies={COOKIE: cookie})
    assert b"You are logged in as anna." in answer.body
    fields, cookies = open_form(hub, **{COOKIE: cookie})
    answer = hub.send_form("/auth/logout", fields, cookies=cookies)
    assert (answer.status, answer.headers["Location"]) == (303, "/auth/login")
    assert who(hub, cookie) is None


def test_a_password_that_is_changed_elsewhere_ends_the_login(hub: WebHub) -> None:
    with hub.accounts as accounts:
        accounts.add_person("carla", "resident", PASSWORD)
        cookie = hub.log_in("carla")
        accounts.set_password("carla", OTHER_PASSWORD)
    assert who(hub, cookie) is None


# ---- scripts -----------------------------------------------------------------------------------------------------


def test_a_script_learns_who_it_is(hub: WebHub) -> None:
    answer = hub.send_json("/auth/login", {"username": ANNA, "password": PASSWORD}, headers={"Origin": ""})
    assert answer.json | {"expires_at": 0} == {
        "authid": ANNA, "authrole": "resident", "authmethod": "cookie", "expires_at": 0,
    }  # fmt: skip
    by_basic = hub.ask("GET", "/auth/session", headers=basic(ANNA, PASSWORD))
    assert by_basic.json["authmethod"] == "basic"
    assert by_basic.json | hub.ask("GET", "/auth/session").json == by_basic.json | {"authid": None}
    assert hub.ask("HEAD", "/auth/session").body == b""


def test_a_script_learns_what_else_one_can_log_in_with(hub: WebHub) -> None:
    assert hub.ask("GET", "/auth/session").json == {"authid": None, "passkeys": False, "providers": []}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"username": "anna"}', "application/json", 400),
        (b'{"username": "anna", "password": 1}', "application/json", 400),
        (b'{"username": "anna", "password": "x", "more": 1}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"username": "\xff", "password": "x"}', "application/json", 400),
        (b'{"username": "anna", "password": "x"}', "text/plain", 415),
        (b"--x", "multipart/form-data; boundary=x", 415),
        (b"x" * 9000, "application/json", 413),
    ],
)
def test_a_body_that_is_not_as_it_should_be_is_one_line(hub: WebHub, body: bytes, kind: str, status: int) -> None:
    answer = hub.ask("POST", "/auth/login", body, {"Content-Type": kind})
    assert answer.status == status
    assert b"\n" not in answer.body.strip()
    assert COOKIE not in answer.cookies


def test_a_script_from_another_site_may_not_log_in(hub: WebHub) -> None:
    for headers in ({"Origin": "https://evil.test"}, {"Origin": "", "Sec-Fetch-Site": "cross-site"}):
        answer = hub.send_json("/auth/login", {"username": ANNA, "password": PASSWORD}, headers=headers)
        assert (answer.status, answer.cookies) == (403, {})


# ---- tickets -----------------------------------------------------------------------------------------------------


def test_a_ticket_needs_a_login(hub: WebHub) -> None:
    answer = hub.send_json("/auth/ticket", {"realm": "home"})
    assert answer.status == 401
    assert [line.split()[0] for line in answer.headers.get_all("WWW-Authenticate")] == ["Digest", "Basic", "Bearer"]
    assert hub.send_json("/auth/ticket", {"realm": "home"}, headers=basic(ANNA, OTHER_PASSWORD)).status == 401


def test_a_ticket_is_for_a_realm_of_this_router(hub: WebHub) -> None:
    login = basic(ANNA, PASSWORD)
    assert hub.send_json("/auth/ticket", {"realm": "other"}, headers=login).status == 400
    answer = hub.ask("POST", "/auth/ticket", headers=login)
    assert answer.json["expires_in"] == 30
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_ticket_by_the_cookie_needs_the_hubs_own_page(hub: WebHub) -> None:
    cookies = {COOKIE: hub.log_in()}
    assert hub.send_json("/auth/ticket", {}, cookies=cookies).status == 200
    assert hub.send_json("/auth/ticket", {}, cookies=cookies, headers={"Origin": ""}).status == 403
    assert hub.send_json("/auth/ticket", {}, cookies=cookies, headers={"Sec-Fetch-Site": "same-site"}).status == 403


def test_the_forms_cookie_is_good_for_no_login(hub: WebHub) -> None:
    _, cookies = open_form(hub)
    assert who(hub, cookies[FORM_COOKIE]) is None


def test_who_hangs_up_while_the_password_is_checked_leaves_nothing_behind(hub: WebHub) -> None:
    # A password that costs what it costs by default, so that the check takes longer than hanging up.
    with Accounts.open(hub.node.data) as accounts:
        accounts.add_person("dora", "resident", PASSWORD)
    body = json.dumps({"username": "dora", "password": PASSWORD}).encode()
    head = f"POST /auth/login HTTP/1.1\r\nHost: localhost:{hub.port}\r\nContent-Type: application/json\r\n"
    with hub.connection() as connection:
        connection.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    eventually("the login is over", lambda: "logged out peer" in hub.node.log and "authid=dora" in hub.node.log)
    assert "Unhandled" not in hub.node.log
