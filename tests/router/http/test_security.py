"""What must hold for all ways in over HTTP together, on a hub that runs."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.every_line import with_every_line
from support.store import OTHER_PASSWORD, PASSWORD, Times, open_accounts
from support.web import ANNA, COOKIE, Response, WebHub, basic, bearer, digest
from websockets.exceptions import InvalidStatus


@pytest.fixture
def every_line(tmp_path: Path) -> Path:
    """The file of that log."""
    return tmp_path / "every.log"


@pytest.fixture
def hub(tmp_path: Path, every_line: Path) -> Iterator[WebHub]:
    running = WebHub(tmp_path, program=with_every_line(every_line))
    yield running
    running.close()


RACERS = 12


def race(hub: WebHub, query: str = "", headers: dict[str, str] | None = None) -> list[int]:
    """Bring the same login on many connections that are open already; return the status of each."""
    fields = {"Origin": hub.origin, **(headers or {}), **UPGRADE}
    lines = [f"GET /ws{query} HTTP/1.1", f"Host: localhost:{hub.port}"] + [f"{name}: {fields[name]}" for name in fields]
    request = "\r\n".join([*lines, "", ""]).encode()
    with ExitStack() as stack:
        connections = [stack.enter_context(hub.connection()) for _ in range(RACERS)]
        for connection in connections:
            connection.sendall(request)
        return [int(connection.recv(4096).split()[1]) for connection in connections]


def refusal_of(hub: WebHub, headers: dict[str, str]) -> tuple[int, bytes] | None:
    """How a handshake is refused, None when it is not."""
    try:
        with hub.socket(headers=headers, origin=""):
            return None
    except InvalidStatus as refused:
        return refused.response.status_code, bytes(refused.response.body or b"")


def refused_socket(hub: WebHub, query: str = "", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """The status and the text of a handshake that is refused."""
    with pytest.raises(InvalidStatus) as refused, hub.socket(query, headers):
        pass
    return refused.value.response.status_code, bytes(refused.value.response.body or b"")


UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "wamp.2.json",
}

BY_SOCKET: dict[str, Callable[[WebHub, str, str], object]] = {
    "basic": lambda hub, name, password: refused_socket(hub, headers=basic(name, password)),
    "digest": lambda hub, name, password: refused_socket(hub, headers=digest(hub, name, password)),
}
"""Way -> what a refused login by it is answered with."""


def whole(answer: Response) -> tuple[int, bytes, dict[str, str]]:
    """A response without what has to be another one each time."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("Date", "Set-Cookie")}
    headers["WWW-Authenticate"] = re.sub('nonce="[^"]*"', "", str(answer.headers.get_all("WWW-Authenticate")))
    return answer.status, re.sub(rb'value="\d+\.[0-9a-f]{64}"', b"", answer.body), headers


@pytest.mark.parametrize("way", BY_SOCKET)
def test_unknown_wrong_and_disabled_are_one_refusal(hub: WebHub, way: str) -> None:
    attempts = [("nobody", PASSWORD), (ANNA, OTHER_PASSWORD), ("off", PASSWORD), ("off", OTHER_PASSWORD)]
    answers = {str(BY_SOCKET[way](hub, name, password)) for name, password in attempts}
    assert answers == {str((401, b"The login was refused.\n"))}
    reasons = re.findall(rf"login refused .*method={way} reason='?([a-z ]+)", hub.node.log)
    assert [reason.strip() for reason in reasons] == [
        "unknown account", "wrong secret", "the account is disabled", "wrong secret",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/auth/login", "/auth/ticket"])
def test_a_refusal_has_the_same_bytes_whatever_the_reason(hub: WebHub, path: str) -> None:
    answers = []
    for name, password in (("nobo", PASSWORD), (ANNA, OTHER_PASSWORD), ("off_", PASSWORD)):
        if path == "/auth/login":
            answers.append(whole(hub.send_json(path, {"username": name, "password": password})))
        else:
            answers.append(whole(hub.send_json(path, {}, headers=basic(name, password))))
    assert answers[0] == answers[1] == answers[2]


def test_five_wrong_passwords_by_one_way_shut_the_others_too(hub: WebHub) -> None:
    for _ in range(5):
        refused_socket(hub, headers=basic(ANNA, OTHER_PASSWORD))
    assert refused_socket(hub, headers=basic(ANNA, PASSWORD))[0] == 401
    assert refused_socket(hub, headers=digest(hub, ANNA, PASSWORD))[0] == 401
    assert hub.send_json("/auth/login", {"username": ANNA, "password": PASSWORD}).status == 403
    assert hub.send_json("/auth/login", {"username": "otto", "password": PASSWORD}).status == 200


def test_two_ways_at_once_are_an_error(hub: WebHub) -> None:
    cookie, ticket = hub.log_in(), hub.ticket()
    both = basic(ANNA, PASSWORD) | {"Cookie": f"{COOKIE}={cookie}"}
    assert refused_socket(hub, headers=both)[0] == 400
    assert refused_socket(hub, f"?ticket={ticket}", basic(ANNA, PASSWORD))[0] == 400
    assert refused_socket(hub, f"?ticket={ticket}&ticket={ticket}")[0] == 400
    assert hub.ask("GET", "/auth/session", headers=both).status == 400


def test_a_name_and_a_password_in_the_query_are_refused_and_it_says_why(hub: WebHub) -> None:
    status, text = refused_socket(hub, f"?user={ANNA}&password={PASSWORD.replace(' ', '+')}")
    assert status == 400
    assert b"names, passwords and tokens in an address end up in logs and histories" in text


def test_a_cross_site_page_gets_nothing_from_what_browsers_send_by_themselves(hub: WebHub) -> None:
    cookie = hub.log_in()
    for headers in (basic(ANNA, PASSWORD), {"Cookie": f"{COOKIE}={cookie}"}, digest(hub, ANNA, PASSWORD)):
        for origin in ("https://evil.test", "null", f"http://localhost:{hub.port}", "https://localhost", ""):
            with pytest.raises(InvalidStatus) as refused, hub.socket(headers=headers, origin=origin):
                pass
            assert refused.value.response.status_code == 403


def test_a_ticket_is_for_its_realm(hub: WebHub) -> None:
    with hub.socket(f"?ticket={hub.ticket()}", origin="") as client:
        assert client.hello(realm="elsewhere", authmethods=["query"])[0] == 3


def test_nobody_is_let_in_for_coming_from_the_address_of_a_login(hub: WebHub) -> None:
    cookie = hub.log_in()
    with hub.socket(cookie=cookie) as client, hub.socket() as other:
        client.join(authmethods=["cookie"])
        assert other.hello(authmethods=["cookie", "query"])[0] == 3
    assert hub.ask("GET", "/auth/session").json["authid"] is None


def test_a_ticket_that_many_bring_at_once_lets_in_one(hub: WebHub) -> None:
    ticket = hub.ticket()
    assert sorted(race(hub, f"?ticket={ticket}")) == [101, *[401] * (RACERS - 1)]


def test_a_digest_that_many_bring_at_once_lets_in_one(hub: WebHub) -> None:
    assert sorted(race(hub, headers=digest(hub, ANNA, PASSWORD))) == [101, *[401] * (RACERS - 1)]


def test_what_a_token_allows_is_what_its_owner_may_do_now(hub: WebHub) -> None:
    with hub.accounts as accounts:
        accounts.add_person("greta", "owner", PASSWORD)
        token = accounts.tokens.add("greta", "tests").secret
        scoped = accounts.tokens.add("greta", "tests", scope="owner").secret
        accounts.set_role("greta", "guest")
    for secret in (token, scoped):
        with hub.socket(headers=bearer(secret), origin="") as client:
            welcome = client.hello()
            assert welcome[2]["authrole"] == "guest"
            assert client.ask(48, {}, "wampi.admin.user.list")[4] == "wamp.error.not_authorized"


def test_a_token_that_has_run_out_is_refused_like_any_other(hub: WebHub) -> None:
    now = time.time()
    with open_accounts(hub.node.data, Times(now - 60)) as accounts:
        short = accounts.tokens.add(ANNA, "tests", expires_at=now - 30).secret
    assert refusal_of(hub, bearer(short)) is not None
    assert refusal_of(hub, bearer(short)) == refusal_of(hub, bearer("wampi_nobodys"))


def test_a_request_that_is_nobodys_gets_no_further_than_the_listener_allows(hub: WebHub) -> None:
    with hub.socket() as client:
        answer = client.hello(authmethods=["cookie", "basic", "digest", "query", "anonymous"])
        assert (answer[0], answer[2]) == (3, "wamp.error.no_matching_auth_method")


def test_no_secret_is_in_any_log_at_any_level(hub: WebHub, every_line: Path) -> None:
    secrets = [PASSWORD, OTHER_PASSWORD, hub.token]
    cookie, ticket = hub.log_in(), hub.ticket()
    form = hub.ask("GET", "/auth/login")
    token = re.findall(rb'name="token" value="([^"]*)"', form.body)[0].decode()
    sent = {"username": ANNA, "password": PASSWORD, "token": token, "next": "/"}
    by_form = hub.send_form("/auth/login", sent, cookies=form.cookies)
    secrets += [cookie, ticket, token, *form.cookies.values(), *by_form.cookies.values()]
    for password in (PASSWORD, OTHER_PASSWORD):
        secrets.append(base64.b64encode(f"{ANNA}:{password}".encode()).decode())
    fields = digest(hub, ANNA, PASSWORD)
    secrets += re.findall('(?:response| nonce)="([^"]*)"', fields["Authorization"])
    with hub.socket(headers=fields) as client:
        client.join()
    with hub.socket(cookie=cookie) as client:
        client.join()
    with hub.socket(headers=basic(ANNA, PASSWORD)) as client:
        client.join()
    with hub.socket(headers=bearer(hub.token)) as client:
        client.join()
    with hub.socket(f"?ticket={ticket}", origin="") as client:
        client.join()
    refused_socket(hub, headers=bearer(hub.token + "x"))
    refused_socket(hub, f"?access_token={hub.token}")
    refused_socket(hub, f"?ticket={ticket}")
    refused_socket(hub, f"?password={OTHER_PASSWORD.replace(' ', '%20')}")
    refused_socket(hub, headers=basic(ANNA, OTHER_PASSWORD))
    refused_socket(hub, headers=digest(hub, ANNA, OTHER_PASSWORD))
    hub.send_json("/auth/login", {"username": ANNA, "password": OTHER_PASSWORD})
    hub.send_json("/auth/logout", {}, cookies={COOKIE: cookie})
    hub.node.stop()
    logged = hub.node.log + every_line.read_text()
    assert "login refused" in logged
    assert "log_level" in every_line.read_text()
    found = [secret for secret in secrets if secret in logged or secret.replace(" ", "%20") in logged]
    assert found == []
