"""Event history of a node that is stopped, killed, and out of disk."""

from __future__ import annotations

import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.live import LiveClient, client_at
from support.node import RunningNode, router_configuration

TOPIC = "com.example.door"
CALL, ERROR, RESULT, PUBLISH, PUBLISHED = 48, 8, 50, 16, 17


def configuration(**keys: Any) -> dict[str, Any]:
    configuration = router_configuration()
    store = {"type": "sqlite", "event-history": [{"uri": TOPIC, "limit": 3}]}
    configuration["workers"][0]["realms"][0]["store"] = store | keys
    return configuration


class Visitor:
    """Somebody who publishes, and asks what has been."""

    def __init__(self, client: LiveClient) -> None:
        self.client = client

    def publish(self, *values: object) -> None:
        for value in values:
            assert self.client.ask(PUBLISH, {"acknowledge": True}, TOPIC, [value])[0] == PUBLISHED

    def ask(self) -> list[Any]:
        subscription = self.client.ask(CALL, {}, "wamp.subscription.lookup", [TOPIC])[3][0]
        return self.client.ask(CALL, {}, "wamp.subscription.get_events", [subscription])

    def events(self) -> list[dict[str, Any]]:
        answer = self.ask()
        assert answer[0] == RESULT, answer
        found: list[dict[str, Any]] = answer[3][0]
        return found

    def values(self) -> list[object]:
        return [one["args"][0] for one in self.events()]


@contextmanager
def visit(node: RunningNode, serializer: str = "json") -> Iterator[Visitor]:
    with client_at(node.data / "router.sock", serializer) as client:
        yield Visitor(client)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[RunningNode]:
    with RunningNode(tmp_path, configuration()) as node:
        yield node.start()


def start_again(node: RunningNode) -> None:
    times = node.log.count("router.sock")
    node.start()
    node.wait_for("router.sock", times + 1)


def test_history_is_there_after_a_restart_the_last_events_and_as_they_were(node: RunningNode) -> None:
    with visit(node) as visitor:
        visitor.publish(1, 2, 3, {"text": "\u00fc"})
        before = visitor.events()
        visitor.publish(5)
    assert node.stop() == 0
    assert stat.S_IMODE((node.data / "history.sqlite").stat().st_mode) == 0o600
    start_again(node)
    with visit(node) as visitor:
        assert visitor.values() == [3, {"text": "\u00fc"}, 5]
        assert visitor.events()[:2] == before[1:]
    for serializer in ("msgpack", "cbor"):
        with visit(node, serializer) as visitor:
            assert visitor.values() == [3, {"text": "\u00fc"}, 5]


def test_a_node_that_is_killed_loses_no_more_than_its_last_batch(node: RunningNode) -> None:
    with visit(node) as visitor:
        visitor.publish(1, 2)
        assert visitor.values() == [1, 2]  # a reading has written everything that came before
        node.stop(signal.SIGKILL)
    start_again(node)
    with visit(node) as visitor:
        assert visitor.values() == [1, 2]
        visitor.publish(3)
        assert visitor.values() == [1, 2, 3]
    assert " warn " not in node.log


def test_a_full_disk_is_told_once_and_the_hub_goes_on(node: RunningNode) -> None:
    with visit(node) as visitor:
        visitor.publish(1)
        assert visitor.values() == [1]
        _, most = resource.prlimit(node.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (4096, most))
        visitor.publish(2)
        for _ in range(2):
            answer = visitor.ask()
            assert (answer[0], answer[4]) == (ERROR, "wampi.error.history_unavailable")
        assert visitor.client.ask(CALL, {}, "wamp.session.count")[3] == [1]
        assert node.log.count("past events cannot be kept") == 1
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (most, most))
        assert visitor.values() == [1, 2]
        node.wait_for("past events are kept again")
    assert "Traceback" not in node.log


def test_a_broken_file_keeps_no_hub_from_starting(tmp_path: Path) -> None:
    with RunningNode(tmp_path, configuration()) as node:
        node.data.mkdir(mode=0o700)
        (node.data / "history.sqlite").write_bytes(b"this is no database, however long one looks at it" * 100)
        node.start("past events cannot be kept")
        assert "damaged" in node.log
        with visit(node) as visitor:
            assert visitor.client.ask(CALL, {}, "wamp.session.count")[3] == [1]
        assert node.stop() == 0


def test_a_realm_without_history_on_disk_makes_no_file(tmp_path: Path) -> None:
    with RunningNode(tmp_path, configuration(type="memory")) as node:
        node.start()
        with visit(node) as visitor:
            visitor.publish(1)
            assert visitor.values() == [1]
        assert not (node.data / "history.sqlite").exists()
