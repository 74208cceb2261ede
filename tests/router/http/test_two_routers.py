"""Two routers of one hub: browsers take the cookie of its login to both, so its end is the end at both."""

import copy
import re
import socket
import ssl
import time
from collections.abc import Iterator

import pytest
from support.live import LiveClient
from support.waiting import PATIENCE_SECONDS, eventually
from support.wamp import GOODBYE
from support.web import ANNA, COOKIE, WebHub, web_configuration
from wampi.router.administration.watch import WATCH_SECONDS


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHub]:
    configuration = web_configuration()
    second = copy.deepcopy(configuration["workers"][0]) | {"id": "second"}
    second["transports"] = [one for one in second["transports"] if one["endpoint"]["type"] == "tcp"]
    configuration["workers"].append(second)
    running = WebHub(tmp_path_factory.mktemp("hub"), configuration)
    eventually("both listen", lambda: len(ports(running)) == 2)
    yield running
    running.close()


def ports(hub: WebHub) -> list[int]:
    return [int(port) for port in re.findall(r"listening port=(\d+)", hub.node.log)]


def test_a_logout_at_one_ends_what_its_cookie_has_let_in_at_the_other(hub: WebHub) -> None:
    cookie, port = hub.log_in(), ports(hub)[1]
    trusting = ssl.create_default_context(cafile=str(hub.authority))
    headers = {"Origin": f"https://localhost:{port}", "Cookie": f"{COOKIE}={cookie}"}
    with (
        socket.create_connection(("localhost", port)) as raw,
        trusting.wrap_socket(raw, server_hostname="localhost") as connection,
    ):
        connection.settimeout(PATIENCE_SECONDS)
        uri = f"wss://localhost:{port}/ws"
        client = LiveClient(connection, uri, "json", headers=headers, subprotocols=["wamp.2.json"])
        assert client.hello(authmethods=["cookie"])[2]["authid"] == ANNA
        assert hub.ask("POST", "/auth/logout", cookies={COOKIE: cookie}).status == 200
        logged_out_at = time.monotonic()
        assert client.receive()[0] == GOODBYE
        # By the logout itself: all logins are looked at again a minute after the start.
        assert time.monotonic() - logged_out_at < WATCH_SECONDS / 4
