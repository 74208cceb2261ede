"""docs/outside.md: its proxies before a real hub, with the configurations that stand there."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterator

import pytest
from support.pages import blocks
from support.proxies import (
    PAGE,
    ProxiedHub,
    caddy,
    haproxy,
    haproxy_by_tls,
    nginx,
    nginx_by_tls,
    nginx_stream,
    proxied_hub,
    sample,
)
from support.store import OTHER_PASSWORD, PASSWORD
from support.web import ANNA, COOKIE, basic
from websockets.exceptions import InvalidStatus

SPOOFED = {
    "X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1;proto=https",
    "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.test",
}  # fmt: skip
"""What a client sends that would like to be somebody else."""

ENDING = {"nginx": nginx, "caddy": caddy, "nginx by socket": nginx, "nginx by TLS": nginx_by_tls}
PASSING = {"nginx-stream": nginx_stream, "haproxy": haproxy, "haproxy by TLS": haproxy_by_tls}


@pytest.fixture(scope="module", params=[*ENDING, *PASSING])
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedHub]:
    """A hub behind each of the proxies."""
    ends_tls = request.param in ENDING
    listener = json.loads(sample("json", '"interface": "127.0.0.1"' if ends_tls else '"proxy_protocol"'))
    name, _, by = request.param.partition(" by ")
    directory, proxy = tmp_path_factory.mktemp(name), (ENDING | PASSING)[request.param]
    with proxied_hub(directory, listener, proxy, ends_tls=ends_tls, by=by) as running:
        yield running


def test_a_login_by_the_form_gives_a_cookie_that_admits_a_websocket(hub: ProxiedHub) -> None:
    form = hub.ask("GET", "/auth/login")
    fields = dict(re.findall(r'name="(token|next)" value="([^"]*)"', form.body.decode()))
    sent = {**fields, "username": ANNA, "password": PASSWORD}
    answer = hub.send_form("/auth/login", sent, cookies=form.cookies)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert "; Secure; HttpOnly; SameSite=Strict" in answer.headers.get_all("Set-Cookie")[0]
    with hub.socket(cookie=answer.cookies[COOKIE]) as client:
        assert client.hello()[2]["authid"] == ANNA
    joined = hub.node.run("audit", "--kind", "login", "--who", ANNA)
    assert "tcp:127.0.0.5" in joined.stdout
    assert "127.0.0.1" not in joined.stdout


def test_the_page_comes_through_with_what_keeps_a_browser_safe(hub: ProxiedHub) -> None:
    answer = hub.ask("GET", "/")
    assert answer.status == 200
    assert f"connect-src 'self' wss://localhost:{hub.port}" in answer.headers["Content-Security-Policy"]


def test_a_spoofed_address_is_no_use(hub: ProxiedHub) -> None:
    before = hub.refused
    answer = hub.send_json("/auth/ticket", {}, headers=SPOOFED | basic("nobody", PASSWORD))
    assert answer.status == 401
    (origin,) = hub.refused[len(before) :]
    assert re.fullmatch(r"tcp:127\.0\.0\.5(:\d+)?", origin)


def test_a_page_of_another_site_gets_nothing(hub: ProxiedHub) -> None:
    cookie = hub.log_in()
    for origin in ("https://evil.test", "https://localhost", f"http://localhost:{hub.port}", "null"):
        with pytest.raises(InvalidStatus) as refused, hub.socket(cookie=cookie, origin=origin):
            pass
        assert refused.value.response.status_code == 403
        script = {"username": ANNA, "password": PASSWORD}
        assert hub.send_json("/auth/login", script, headers={"Origin": origin}).status == 403


def test_long_poll_comes_through(hub: ProxiedHub) -> None:
    opened = hub.send_json("/lp/open", {"protocols": ["wamp.2.json"]}, headers=basic(ANNA, PASSWORD))
    assert opened.status == 200
    path = f"/lp/{opened.json['transport']}"
    assert hub.send_json(f"{path}/send", [1, "home", {"roles": {"caller": {}}}]).status in (200, 204)
    welcome = hub.ask("POST", f"{path}/receive", b"")
    assert welcome.json[0] == 2


def test_guessing_shuts_out_the_one_client_and_neither_the_proxy_nor_the_others(hub: ProxiedHub) -> None:
    hub.source = "127.0.0.66"
    try:
        for number in range(11):
            assert hub.ask("POST", "/auth/ticket", b"", SPOOFED | basic(f"name{number}", OTHER_PASSWORD)).status == 401
        assert hub.ask("POST", "/auth/ticket", b"", basic("otto", PASSWORD)).status == 401
        assert "login refused" in hub.node.log
        assert re.search(r"authid=otto method=basic reason='throttled", hub.node.log)
        hub.source = "127.0.0.67"
        assert hub.send_json("/auth/ticket", {"realm": "home"}, headers=basic("otto", PASSWORD)).status == 200
    finally:
        hub.source = "127.0.0.5"


def test_no_connection_of_the_proxys_own_is_refused(hub: ProxiedHub) -> None:
    assert hub.ask("GET", "/auth/login").status == 200
    assert "connection of a proxy refused" not in hub.node.log


def test_the_vpn_has_both_ends_and_only_keys_that_wireguard_knows() -> None:
    ends = [block.text for block in blocks(PAGE) if block.language == "ini"]
    assert len(ends) == 2
    for text in ends:
        parser = configparser.ConfigParser()
        parser.optionxform = str  # type: ignore[assignment, method-assign]
        parser.read_string(text)
        assert set(parser["Interface"]) <= {"Address", "ListenPort", "PrivateKey"}
        assert set(parser["Peer"]) <= {"PublicKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"}
