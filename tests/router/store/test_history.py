"""The file of past events, on a real disk."""

import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.core import CODECS
from wampi.router.codec import EMPTY
from wampi.router.codec.messages import PublishOptions
from wampi.router.core.receivers import ReceiverFilter
from wampi.router.core.shelves import HistoryRule, KeptEvent, MemoryShelf, Page, Query
from wampi.router.store import database as database_module
from wampi.router.store.database import Database
from wampi.router.store.errors import StoreError
from wampi.router.store.history import PAGE_BYTES, PAGE_EVENTS, HistoryFile, Place
from wampi.router.store.history_schema import HISTORY, metadata

TOPIC = Place("home", HistoryRule("com.topic", "exact", 5))
ALL = Place("home", HistoryRule("com.", "prefix", 1000))
DETAILS = {"trustlevel": 3, "publisher": 2**53}


def event(number: int, topic: str = "com.topic", codec: str = "msgpack", value: Any = None) -> KeptEvent:
    payload = CODECS[codec].payload([number if value is None else value], {"key": "value"})
    return KeptEvent(1_000_000.0 + number, 5000 + number, topic, DETAILS, payload, None)


def batch(*events: KeptEvent, place: Place = TOPIC) -> list[tuple[Place, KeptEvent]]:
    return [(place, event) for event in events]


def everything(file: HistoryFile, query: Query | None = None, place: Place = TOPIC) -> list[KeptEvent]:
    """Read all pages."""
    query = query or Query()
    page = file.read(place, query, None)
    found = [*page.events]
    while page.next is not None:
        page = file.read(place, query, page.next)
        found += page.events
    return found


def numbers(events: Sequence[KeptEvent]) -> list[int]:
    return [event.publication - 5000 for event in events]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def test_the_migrations_lead_to_the_declared_tables(path: Path) -> None:
    database = Database(path, HISTORY)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
    database.close()


def test_the_newest_migration_is_the_declared_one() -> None:
    folder = Path(database_module.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder), version_locations=[str(folder / "history")]).get_current_head() == "0001"


def test_only_the_owner_of_the_hub_can_read_it(path: Path) -> None:
    file = HistoryFile(path, [TOPIC])
    file.write(batch(event(1)))
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}
    file.close()


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_events_are_as_they_were_when_the_file_is_opened_again(path: Path, codec: str) -> None:
    file = HistoryFile(path, [TOPIC])
    lists = ReceiverFilter(PublishOptions(eligible_authid=["anna", "ben"], exclude_authrole=[]), "payload_transparency")
    kept = event(1, codec=codec, value=[b"\x00\xff", "text", 1.0, None])
    empty = KeptEvent(2.5, 6000, "com.topic", {}, EMPTY, lists)
    file.write(batch(kept, empty))
    file.close()
    again = HistoryFile(path, [TOPIC])
    found, bare = everything(again)
    assert (found.timestamp, found.publication, found.topic, found.details) == (1_000_001.0, 5001, "com.topic", DETAILS)
    assert found.payload.codec is not None
    assert found.payload.codec.name == codec
    assert (bytes(found.payload.args), bytes(found.payload.kwargs)) == (kept.payload.args, kept.payload.kwargs)
    for other in CODECS.values():
        assert other.load(found.payload.form(other)[0]) == other.load(kept.payload.form(other)[0])
    assert bare.receivers == lists
    assert bare.payload.values() == ([], {})
    again.close()


def test_each_rule_keeps_its_last_events(path: Path) -> None:
    file = HistoryFile(path, [TOPIC, ALL])
    for start in (0, 4, 8):
        some = [event(number) for number in range(start, start + 4)]
        file.write(batch(*some) + batch(*some, place=ALL))
    assert numbers(everything(file)) == [7, 8, 9, 10, 11]
    assert numbers(everything(file, place=ALL)) == list(range(12))
    file.close()


def test_realms_are_apart(path: Path) -> None:
    elsewhere = Place("garden", TOPIC.rule)
    file = HistoryFile(path, [TOPIC, elsewhere])
    file.write(batch(event(1)) + batch(event(2), place=elsewhere))
    assert numbers(everything(file)) == [1]
    assert numbers(everything(file, place=elsewhere)) == [2]
    file.close()


def test_what_a_rule_keeps_is_bounded_in_bytes_also_after_a_restart(path: Path) -> None:
    file = HistoryFile(path, [ALL], most_bytes=10_000)
    for number in range(10):
        file.write(batch(event(number, value="x" * 2000), place=ALL))
    assert numbers(everything(file, place=ALL)) == [6, 7, 8, 9]
    file.close()
    smaller = HistoryFile(path, [ALL], most_bytes=5000)
    assert numbers(everything(smaller, place=ALL)) == [8, 9]
    smaller.close()


def test_a_lower_limit_of_the_configuration_holds_at_once(path: Path) -> None:
    file = HistoryFile(path, [TOPIC])
    file.write(batch(*map(event, range(5))))
    file.close()
    lower = Place("home", HistoryRule("com.topic", "exact", 2))
    again = HistoryFile(path, [lower])
    assert numbers(everything(again, place=lower)) == [3, 4]
    again.close()


def test_events_of_a_rule_that_is_gone_are_removed(path: Path) -> None:
    file = HistoryFile(path, [TOPIC, ALL])
    file.write(batch(event(1)) + batch(event(1), place=ALL))
    file.close()
    HistoryFile(path, [ALL]).close()
    again = HistoryFile(path, [TOPIC, ALL])
    assert everything(again) == []
    assert numbers(everything(again, place=ALL)) == [1]
    again.close()


def test_a_page_is_bounded_in_number_and_bytes(path: Path) -> None:
    file = HistoryFile(path, [ALL])
    file.write(batch(*map(event, range(PAGE_EVENTS + 1)), place=ALL))
    page = file.read(ALL, Query(), None)
    assert (len(page.events), page.next is None) == (PAGE_EVENTS, False)
    assert numbers(file.read(ALL, Query(), page.next).events) == [PAGE_EVENTS]
    file.write(batch(*(event(number, value="x" * (PAGE_BYTES // 2)) for number in range(200, 204)), place=ALL))
    page = file.read(ALL, Query(after_publication=5000 + PAGE_EVENTS), None)
    assert numbers(page.events) == [200, 201]
    assert numbers(file.read(ALL, Query(limit=1), None).events) == [0]
    file.close()


def test_an_event_that_the_disk_has_damaged_is_left_out(path: Path) -> None:
    file = HistoryFile(path, [TOPIC])
    file.write(batch(event(1), event(2), event(3)))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE events SET args = x'c1' WHERE publication = 5001")
    connection.execute("UPDATE events SET serializer = 'morse' WHERE publication = 5003")
    connection.commit()
    connection.close()
    assert numbers(everything(file)) == [2]
    assert file.damaged == 2
    file.close()


def test_a_batch_is_written_whole_or_not_at_all(path: Path) -> None:
    file = HistoryFile(path, [TOPIC])
    file.write(batch(event(1)))
    blocker = sqlite3.connect(path)
    # The second event of the batch is refused.
    blocker.execute(
        "CREATE TRIGGER no BEFORE INSERT ON events WHEN NEW.publication = 5003 BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    blocker.commit()
    with pytest.raises(StoreError):
        file.write(batch(event(2), event(3)))
    blocker.execute("DROP TRIGGER no")
    blocker.commit()
    blocker.close()
    assert numbers(everything(file)) == [1]
    file.write(batch(event(4)))
    assert numbers(everything(file)) == [1, 4]
    file.close()


def test_a_file_that_is_no_database_is_named_with_what_to_do(path: Path) -> None:
    path.write_bytes(b"this is no database, however long one looks at it" * 100)
    with pytest.raises(StoreError, match=r"the history database .* is damaged"):
        HistoryFile(path, [TOPIC])


# ---- the two kinds of shelf agree ---------------------------------------------------------------------------------

TIMES = st.none() | st.integers(-1, 12).map(lambda number: 1_000_000.0 + number)
PUBLICATIONS = st.none() | st.integers(5000, 5013)
QUERIES = st.builds(
    Query,
    limit=st.integers(1, 4),
    reverse=st.booleans(),
    topic=st.none() | st.sampled_from(["com.a", "com.b"]),
    from_time=TIMES,
    after_time=TIMES,
    before_time=TIMES,
    until_time=TIMES,
    from_publication=PUBLICATIONS,
    after_publication=PUBLICATIONS,
    before_publication=PUBLICATIONS,
    until_publication=PUBLICATIONS,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.lists(st.sampled_from(["com.a", "com.b"]), max_size=4), max_size=4),
    limit=st.integers(1, 8),
    queries=st.lists(QUERIES, min_size=1, max_size=4),
)
def test_a_file_answers_as_the_memory_does(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], limit: int, queries: list[Query]
) -> None:
    rule = HistoryRule("com.", "prefix", limit)
    place, shelf = Place("home", rule), MemoryShelf(rule)
    file = HistoryFile(tmp_path_factory.mktemp("history") / "history.sqlite", [place])
    count = 0
    for topics in batches:
        events = [event(count + index, topic) for index, topic in enumerate(topics)]
        count += len(events)
        for one in events:
            shelf.add(one)
        file.write(batch(*events, place=place))
    pages: list[Page] = []
    for query in queries:
        shelf.read(query, None, pages.append, lambda: pytest.fail("the memory has failed"))
        assert numbers(everything(file, query, place)) == numbers(pages[-1].events)
    file.close()
