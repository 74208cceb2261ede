"""The audit trail as it is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from wampi.router.store.audit import AuditTrail, Entry, Kind
from wampi.router.store.database import Database

KEPT: dict[Kind, int] = {"login": 5, "refused": 10, "session": 5, "change": 5, "device": 5}


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[AuditTrail]:
    database = Database(tmp_path / "accounts.sqlite")
    yield AuditTrail(database, KEPT)
    database.close()


def entry(at: float, kind: Kind = "change", what: str = "user.add", **more: object) -> Entry:
    return Entry(at, kind, what, **more)  # type: ignore[arg-type]


def test_entries_come_back_as_they_were_told_the_newest_first(trail: AuditTrail) -> None:
    trail.add([entry(1.0, who="olga", origin="unix", way="console", details={"name": "ä", "count": 3, "on": True})])
    trail.add([entry(2.0)])
    newest, oldest = trail.list()
    assert oldest == {
        "id": 1,
        "at": 1.0,
        "kind": "change",
        "who": "olga",
        "origin": "unix",
        "way": "console",
        "what": "user.add",
        "details": {"name": "ä", "count": 3, "on": True},
    }
    assert (newest["at"], newest["who"], newest["details"]) == (2.0, None, {})


def test_one_asks_by_kind_by_name_and_page_by_page(trail: AuditTrail) -> None:
    trail.add(entry(float(n), "refused", who="anna" if n % 2 else "ben") for n in range(10))
    trail.add([entry(10.0, who="anna")])
    assert [found["at"] for found in trail.list(limit=3)] == [10.0, 9.0, 8.0]
    assert [found["at"] for found in trail.list("refused", "anna", limit=2)] == [9.0, 7.0]
    before = trail.list(limit=3)[-1]["id"]
    assert [found["at"] for found in trail.list(before=before, limit=2)] == [7.0, 6.0]


def test_each_kind_is_bounded_and_pushes_out_its_own_oldest_alone(trail: AuditTrail) -> None:
    trail.add([entry(0.0)])
    for n in range(100):
        trail.add([entry(float(n), "refused")])
    kept = [found["at"] for found in trail.list("refused", limit=1000)]
    assert 10 <= len(kept) <= 20
    assert kept == sorted(range(100 - len(kept), 100), reverse=True)
    assert len(trail.list("change")) == 1


def test_one_large_batch_is_bounded_too(trail: AuditTrail) -> None:
    trail.add(entry(float(n), "refused") for n in range(1000))
    assert len(trail.list("refused", limit=1000)) == 10


def test_texts_that_others_chose_are_escaped_and_cut(trail: AuditTrail) -> None:
    evil = 'x\n"}]\x1b[31m\u2028' + "y" * 10_000
    trail.add([entry(1.0, who=evil, origin=evil, way=evil, what=evil, details={evil: evil, "n": [evil]})])
    [found] = trail.list()
    texts = [found[key] for key in ("who", "origin", "way", "what")] + [*found["details"], *found["details"].values()]
    assert all(text.isprintable() and len(text) <= 300 for text in texts)


def test_ids_are_never_given_twice(trail: AuditTrail) -> None:
    for n in range(30):
        trail.add([entry(float(n), "refused")])
    assert trail.list("refused")[0]["id"] == 30


def test_nothing_is_nothing(trail: AuditTrail) -> None:
    trail.add([])
    assert trail.list() == []
