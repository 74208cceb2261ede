"""Every way in over HTTP, on a hub that runs: real TLS, real accounts, real sockets."""

import pytest
from support.live import LiveClient
from support.store import OTHER_PASSWORD, PASSWORD
from support.web import ANNA, COOKIE, FORM_COOKIE, WebHub, basic, bearer
from websockets.exceptions import InvalidStatus


def identity(client: LiveClient, *methods: str) -> tuple[str, str, str]:
    """Say HELLO with these methods; return who one is then."""
    answer = client.hello(**({"authmethods": methods} if methods else {}))
    assert answer[0] == 2, answer
    return answer[2]["authid"], answer[2]["authrole"], answer[2]["authmethod"]


def test_a_cookie_admits_the_websocket(hub: WebHub) -> None:
    cookie = hub.log_in()
    with hub.socket(cookie=cookie) as client:
        assert identity(client, "cookie") == (ANNA, "resident", "cookie")


def test_basic_admits_the_websocket(hub: WebHub) -> None:
    with hub.socket(headers=basic(ANNA, PASSWORD)) as client:
        assert identity(client, "basic") == (ANNA, "resident", "basic")


def test_a_bearer_token_admits_the_websocket_and_needs_no_origin(hub: WebHub) -> None:
    with hub.socket(headers=bearer(hub.token), origin="") as client:
        assert identity(client, "bearer") == (ANNA, "resident", "bearer")
    with hub.accounts as accounts:
        (token,) = accounts.tokens.list(ANNA)
        assert token.used_at is not None


def test_a_bearer_token_in_the_query_is_refused(hub: WebHub) -> None:
    with pytest.raises(InvalidStatus) as refused, hub.socket(f"?access_token={hub.token}", origin=""):
        pass
    assert refused.value.response.status_code == 400


def test_a_ticket_admits_one_websocket(hub: WebHub) -> None:
    ticket = hub.ticket()
    with hub.socket(f"?ticket={ticket}", origin="") as client:
        assert identity(client, "query") == (ANNA, "resident", "query")
    with pytest.raises(InvalidStatus), hub.socket(f"?ticket={ticket}", origin=""):
        pass


def test_the_same_ways_open_a_long_poll_transport(hub: WebHub) -> None:
    opening, ticket = {"protocols": ["wamp.2.json"]}, hub.ticket()
    for path, headers, method in (
        ("/lp/open", {"Cookie": f"{COOKIE}={hub.log_in()}"}, "cookie"),
        ("/lp/open", basic(ANNA, PASSWORD), "basic"),
        (f"/lp/open?ticket={ticket}", {"Origin": ""}, "query"),
    ):
        opened = hub.send_json(path, opening, headers=headers)
        assert opened.status == 200, opened.body
        more = {"Origin": ""} if method == "query" else {}
        transport = f"/lp/{opened.json['transport']}"
        hello = [1, "home", {"roles": {"caller": {}}, "authmethods": [method]}]
        assert hub.send_json(f"{transport}/send", hello, headers=more).status == 204
        welcome = hub.ask("POST", f"{transport}/receive", headers=more).json
        assert (welcome[0], welcome[2]["authid"], welcome[2]["authmethod"]) == (2, ANNA, method)
        assert hub.ask("POST", f"{transport}/close", headers=more).status == 204
    for headers in (basic(ANNA, OTHER_PASSWORD), {}):
        refused = hub.send_json("/lp/open", opening, headers=headers)
        assert refused.status == 401
        assert refused.headers.get_all("WWW-Authenticate")


def test_a_wrong_password_by_basic_is_refused_before_the_socket_opens(hub: WebHub) -> None:
    with pytest.raises(InvalidStatus) as refused, hub.socket(headers=basic(ANNA, OTHER_PASSWORD)):
        pass
    assert refused.value.response.status_code == 401
    challenges = refused.value.response.headers.get_all("WWW-Authenticate")
    assert [challenge.split()[0] for challenge in challenges] == ["Digest", "Basic", "Bearer"]


def test_logout_ends_the_sockets_of_that_cookie(hub: WebHub) -> None:
    cookie, other = hub.log_in(), hub.log_in()
    with hub.socket(cookie=cookie) as client, hub.socket(cookie=other) as spared:
        identity(client, "cookie")
        identity(spared, "cookie")
        assert hub.send_json("/auth/logout", {}, cookies={COOKIE: cookie}).status == 200
        assert client.receive()[0] == 6
        assert spared.ask(48, {}, "wampi.no.such")[0] == 8


def test_the_login_page_is_safe_from_frames_scripts_and_caches(hub: WebHub) -> None:
    answer = hub.ask("GET", "/auth/login")
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    for directive in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "script" not in policy
    assert "Server" not in answer.headers
    (line,) = answer.headers.get_all("Set-Cookie")
    assert line.startswith(f"{FORM_COOKIE}=")
    assert line.endswith("; Path=/; Secure; HttpOnly; SameSite=Strict")


def test_a_token_with_a_scope_may_do_no_more_than_that_role(hub: WebHub) -> None:
    with hub.accounts as accounts:
        token = accounts.tokens.add("otto", "tests", scope="guest").secret
    with hub.socket(headers=bearer(token), origin="") as client:
        assert identity(client)[:2] == ("otto", "owner")
        subscribed = client.ask(32, {"match": "wildcard"}, "wampi...state")
        refused = client.ask(48, {}, "wamp.session.count")
        assert (subscribed[0], refused[4]) == (33, "wamp.error.not_authorized")


def test_what_a_ticket_let_in_ends_with_the_login_that_took_it(hub: WebHub) -> None:
    cookie = hub.log_in()
    ticket = hub.ticket(cookies={COOKIE: cookie})
    with hub.socket(f"?ticket={ticket}", origin="") as client:
        assert identity(client, "query")[2] == "query"
        hub.send_json("/auth/logout", {}, cookies={COOKIE: cookie})
        assert client.receive()[0] == 6
