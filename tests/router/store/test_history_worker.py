"""The history off the reactor's thread: batches, readings, a disk that does not do what it should."""

import queue
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.core import CODECS, FakeClock, FakeRouter, KeptLog
from support.store import Reactor
from support.waiting import PATIENCE_SECONDS
from wampi.router.core.shelves import HistoryRule, KeptEvent, Page, Query
from wampi.router.store.history import Place
from wampi.router.store.history_worker import (
    BATCH_SECONDS,
    FULL_BATCH_BYTES,
    RETRY_SECONDS,
    EventQueue,
    HistoryWorker,
    StoredShelf,
)
from wampi.router.store.worker import MOST_WAITING

RULE = HistoryRule("com.topic", "exact", 100)
PLACE = Place("home", RULE)
GARBAGE = b"this is no database, however long one looks at it" * 100


def event(number: int, value: object = None) -> KeptEvent:
    payload = CODECS["msgpack"].payload([number if value is None else value])
    return KeptEvent(1_000_000.0 + number, 5000 + number, "com.topic", {}, payload, None)


class Hub:
    """A worker with one shelf, and the reactor's side of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reactor = Reactor()
        self.clock = FakeClock()
        self.log = KeptLog()
        self.worker = HistoryWorker(path, self.clock, self.log, self.reactor.call_from_thread)
        self.shelf: StoredShelf = self.worker.shelf("home", RULE)

    def start(self) -> "Hub":
        self.worker.start()
        self.reactor.run_one()
        return self

    def add(self, *numbers: int) -> None:
        for number in numbers:
            self.shelf.add(event(number))

    def read(self, **query: Any) -> list[int] | None:
        """Return the numbers of the events of the first page, None when it cannot be read."""
        pages: list[Page | None] = []
        self.shelf.read(Query(**query), None, pages.append, lambda: pages.append(None))
        while not pages:
            self.reactor.run_one()
        page = pages[0]
        return None if page is None else [event.publication - 5000 for event in page.events]

    def advance(self, seconds: float) -> None:
        """Let time pass, and what is due then be written."""
        self.clock.advance(seconds)
        self.reactor.run_one()

    def on_disk(self) -> list[int]:
        """Return the numbers of the events that a crash would leave."""
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        found = [row[0] - 5000 for row in connection.execute("SELECT publication FROM events ORDER BY id")]
        connection.close()
        return found

    def said(self, event: str) -> int:
        return [line for line, _ in self.log.lines].count(event)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path / "history.sqlite")
    yield hub
    hub.worker.stop()


def test_events_are_written_together_once_a_second(hub: Hub) -> None:
    hub.start()
    hub.add(1, 2)
    hub.clock.advance(BATCH_SECONDS / 2)
    hub.add(3)
    assert hub.on_disk() == []
    hub.advance(BATCH_SECONDS / 2)
    assert hub.on_disk() == [1, 2, 3]
    hub.add(4)
    hub.advance(BATCH_SECONDS)
    assert hub.on_disk() == [1, 2, 3, 4]


def test_a_full_batch_does_not_wait(hub: Hub) -> None:
    hub.start()
    hub.shelf.add(event(1, "x" * FULL_BATCH_BYTES))
    hub.reactor.run_one()
    assert hub.on_disk() == [1]


def test_a_reading_finds_every_event_that_was_added_before(hub: Hub) -> None:
    hub.start()
    for number in range(5):
        hub.add(number)
        assert hub.read() == list(range(number + 1))
    assert hub.read(reverse=True, limit=2) == [4, 3]


def test_what_is_queued_at_the_end_is_written(hub: Hub) -> None:
    hub.start()
    hub.add(1, 2, 3)
    hub.worker.stop()
    hub.worker.stop()
    assert hub.on_disk() == [1, 2, 3]
    assert hub.read() is None
    assert hub.log.lines == []


def test_events_are_there_after_a_restart(hub: Hub) -> None:
    hub.start()
    hub.add(1, 2)
    hub.worker.stop()
    again = Hub(hub.path).start()
    again.add(3)
    assert again.read() == [1, 2, 3]
    again.worker.stop()


def test_events_that_no_rule_keeps_any_more_are_told_of(hub: Hub) -> None:
    hub.start()
    hub.worker.stop()
    clock, log, reactor = FakeClock(), KeptLog(), Reactor()
    other = HistoryWorker(hub.path, clock, log, reactor.call_from_thread)
    other.shelf("home", HistoryRule("com.other"))
    other.start()
    reactor.run_one()
    other.stop()
    assert log.lines == [
        ("past events removed, no rule of the configuration keeps them any more", {"rules": 1}),
    ]


# ---- a disk that does not do what it should -----------------------------------------------------------------------


def test_a_broken_file_is_told_once_and_answers_an_error_until_it_is_mended(hub: Hub) -> None:
    hub.path.write_bytes(GARBAGE)
    hub.start()
    hub.add(1)
    assert hub.read() is None
    assert hub.read() is None
    hub.advance(RETRY_SECONDS)
    assert hub.said("past events cannot be kept") == 1
    assert "damaged" in str(hub.log.lines[0][1]["reason"])
    hub.path.unlink()
    hub.add(2)
    hub.advance(RETRY_SECONDS)
    assert hub.said("past events are kept again") == 1
    assert hub.read() == [1, 2]
    assert len(hub.log.lines) == 2


def test_a_file_that_breaks_later_on_is_opened_again(hub: Hub) -> None:
    hub.start()
    hub.add(1)
    assert hub.read() == [1]
    hub.worker.stop()
    again = Hub(hub.path).start()
    connection = sqlite3.connect(hub.path)
    connection.execute("ALTER TABLE events RENAME TO hidden")
    connection.commit()
    again.add(2)
    assert again.read() is None
    connection.execute("ALTER TABLE hidden RENAME TO events")
    connection.commit()
    connection.close()
    assert again.read() == [1, 2]
    again.worker.stop()


def test_what_cannot_be_written_at_the_end_is_told(hub: Hub) -> None:
    hub.path.write_bytes(GARBAGE)
    hub.start()
    hub.add(1, 2)
    hub.worker.stop()
    assert [line for line, _ in hub.log.lines] == ["past events cannot be kept", "past events could not be written"]
    assert hub.log.lines[1][1]["events"] == 2


def test_a_damaged_event_is_told_once(hub: Hub) -> None:
    hub.start()
    hub.add(1, 2)
    hub.read()
    connection = sqlite3.connect(hub.path)
    connection.execute("UPDATE events SET args = x'c1' WHERE publication = 5001")
    connection.commit()
    connection.close()
    assert [hub.read(), hub.read()] == [[2], [2]]
    assert hub.said("past events are damaged, and left out") == 1


def test_a_disk_that_stands_still_holds_nobody_up_and_the_newest_events_are_kept(hub: Hub) -> None:
    hub.start()
    blocker = sqlite3.connect(hub.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    large = "x" * (FULL_BATCH_BYTES // 2)
    for number in range(40):
        hub.shelf.add(event(number, large))  # returns, while the thread waits for the lock
    blocker.execute("ROLLBACK")
    blocker.close()
    hub.reactor.run_one()
    kept = hub.read(reverse=True, limit=1)
    assert kept == [39]
    [(said, fields)] = hub.log.lines
    assert said == "past events are lost, they came faster than they could be written"
    assert fields["events"] == 40 - len(hub.on_disk())


def test_more_readers_than_can_wait_are_refused_and_nothing_is_said_to_be_broken(hub: Hub) -> None:
    hub.start()
    blocker = sqlite3.connect(hub.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    hub.add(1)
    answers: list[Page | None] = []
    for _ in range(MOST_WAITING):
        hub.shelf.read(Query(), None, answers.append, lambda: answers.append(None))
    hub.add(2)
    hub.clock.advance(BATCH_SECONDS)
    assert answers == []
    hub.shelf.read(Query(), None, answers.append, lambda: answers.append(None))
    assert answers == [None]
    blocker.execute("ROLLBACK")
    blocker.close()
    for _ in range(MOST_WAITING):
        hub.reactor.run_one()
    assert None not in answers[1:]
    hub.advance(BATCH_SECONDS)
    assert hub.on_disk() == [1, 2]
    assert hub.log.lines == []


# ---- the queue ----------------------------------------------------------------------------------------------------


def test_the_queue_loses_the_oldest_beyond_its_size() -> None:
    size = event(0).size_bytes
    line = EventQueue(most_bytes=3 * size)
    for number in range(5):
        line.put(PLACE, event(number))
    assert line.size_bytes == 3 * size
    assert [one.publication for _, one in line.take()] == [5002, 5003, 5004]
    assert (line.take_lost(), line.take_lost(), len(line), line.size_bytes) == (2, 0, 0, 0)


def test_what_is_put_back_comes_before_what_has_come_since() -> None:
    size = event(0).size_bytes
    line = EventQueue(most_bytes=3 * size)
    line.put(PLACE, event(1))
    line.put(PLACE, event(2))
    batch = line.take()
    line.put(PLACE, event(3))
    line.put(PLACE, event(4))
    line.put_back(batch)
    assert [one.publication for _, one in line.take()] == [5002, 5003, 5004]
    assert line.take_lost() == 1


def test_no_event_is_lost_or_doubled_between_two_threads() -> None:
    line = EventQueue(most_bytes=2**40)
    taken: queue.Queue[list[int]] = queue.Queue()
    is_done = threading.Event()

    def take() -> None:
        found: list[int] = []
        while not is_done.is_set() or len(line):
            batch = line.take()
            line.put_back(batch[1:])
            found += [one.publication - 5000 for _, one in batch[:1]]
        taken.put(found)

    thread = threading.Thread(target=take)
    thread.start()
    for number in range(2000):
        line.put(PLACE, event(number))
    is_done.set()
    assert taken.get(timeout=PATIENCE_SECONDS) == list(range(2000))


# ---- as a client sees it ------------------------------------------------------------------------------------------


def test_history_from_the_disk_reaches_clients_of_every_serializer(hub: Hub) -> None:
    fake = FakeRouter(history=[RULE], shelf=lambda _: hub.shelf)
    hub.start()
    publisher = fake.client("msgpack", authid="publisher")
    publisher.publish("com.topic", [b"\x00bytes", "text", 1.5], {"key": 1})
    publisher.publish("com.topic", [float("inf")])
    publisher.publish("com.topic", ["not for all"], eligible_authid=["anna"])
    publisher.publish("com.topic", [], exclude=[1])
    publisher.publish("com.topic")
    for serializer in CODECS:
        reader = fake.client(serializer, authid="anna" if serializer == "cbor" else "ben")
        subscription = reader.result("wamp.subscription.lookup", "com.topic")
        reader.call("wamp.subscription.get_events", [subscription])
        assert reader.take() == []
        hub.reactor.run_one()
        [[code, _, _, [found]]] = reader.take()
        assert code == 50
        expected: list[Any] = [[b"\x00bytes", "text", 1.5], [float("inf")], ["not for all"], []]
        if serializer not in ("msgpack", "cbor"):  # these alone have a form for infinity
            del expected[1]
        if serializer != "cbor":
            expected.remove(["not for all"])
        assert [one["args"] for one in found] == expected
        assert found[0]["kwargs"] == {"key": 1}
        assert found[0]["details"] == {"topic": "com.topic"}
