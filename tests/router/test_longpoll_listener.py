"""Long-poll as a configuration describes it, in a node of its own."""

import http.client
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.channels import Session
from support.longpoll_client import LongPollChannel
from support.node import RunningNode, router_configuration
from support.waiting import PATIENCE_SECONDS
from support.wamp import CALL, SUBSCRIBE

AUTH = {"anonymous": {"type": "static", "role": "anybody"}}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[RunningNode]:
    """A node with long-poll at two paths: one as it is by default, and one with options."""
    configuration = router_configuration()
    options = {"request_timeout": 1, "session_timeout": 2, "queue_limit_messages": 2, "strict_request_ids": True}
    configuration["workers"][0]["transports"].append(
        {
            "type": "web",
            "endpoint": {"type": "tcp", "interface": "127.0.0.1", "port": 0},
            "paths": {
                "lp": {"type": "longpoll", "auth": AUTH},
                "tight": {"type": "longpoll", "auth": AUTH, "serializers": ["json"], "options": options},
                "ws": {"type": "websocket", "auth": AUTH},
            },
        }
    )
    with RunningNode(tmp_path, configuration) as running:
        running.start()
        running.wait_for("listening", times=2)
        yield running


def connection(node: RunningNode) -> http.client.HTTPConnection:
    [port] = re.findall(r"listening port=(\d+)", node.log)
    return http.client.HTTPConnection("127.0.0.1", int(port), timeout=PATIENCE_SECONDS)


def channel(node: RunningNode, path: str, protocol: str = "wamp.2.json") -> LongPollChannel:
    return LongPollChannel(connection(node), connection(node), protocol, path)


def test_a_session_is_served_as_configured(node: RunningNode) -> None:
    way = channel(node, "/lp", "wamp.2.cbor")
    session = Session(way, "cbor")
    session.join()
    assert session.ask(CALL, {}, "wamp.session.count")[3] == [1]
    way.drop()


def test_the_options_of_a_path_hold(node: RunningNode) -> None:
    asking = connection(node)
    asking.request("POST", "/tight/open", json.dumps({"protocols": ["wamp.2.cbor"]}))
    response = asking.getresponse()
    assert (response.status, response.read()) == (400, b"offer one of the protocols wamp.2.json, wamp.2.json.batched\n")
    way = channel(node, "/tight")
    session = Session(way, "json")
    session.join()
    started = time.monotonic()
    asking.request("POST", f"{way.path}/receive")
    assert asking.getresponse().status == 204
    assert time.monotonic() - started >= 0.9
    session.send(CALL, 7, {}, "wamp.session.count")
    assert session.receive()[2] == "wamp.error.protocol_violation"
    way.close()
    asking.close()


def test_a_client_for_which_too_many_messages_wait_or_that_does_not_ask_is_ended(node: RunningNode) -> None:
    full, silent = channel(node, "/tight"), channel(node, "/tight")
    session = Session(full, "json")
    session.join()
    Session(silent, "json").join()
    for number in range(1, 5):
        session.send(SUBSCRIBE, number, {}, f"com.example.n{number}")
    with pytest.raises(ConnectionError, match="404 "):
        session.receive()
    node.wait_for("its outbox is full")
    node.wait_for("it did not ask for messages any more")
    full.close()
    silent.close()
