from collections.abc import Callable

import pytest
from wampi.router.auth.sources import Sources, StaticUser, StaticUsers
from wampi.router.credentials import Credential, Lookup, Shape

FIRST = StaticUsers({"joe": StaticUser("one", "resident")})
SECOND = StaticUsers({"joe": StaticUser("two", "owner"), "eve": StaticUser("three", "guest", "c2FsdA", 500, 20)})


class Broken:
    """A source that can't be asked."""

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        failed(OSError("gone"))


class Counting:
    """A source that knows nobody and counts who asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        self.asked.append(authid)
        done(Lookup(None, frozenset()))


def unexpected(error: Exception) -> None:
    raise error


def find(source: Sources | StaticUsers, authid: str) -> Lookup:
    found: list[Lookup] = []
    source.find(authid, found.append, unexpected)
    return found.pop()


def test_a_static_user_is_found_with_the_parameters_of_the_configuration() -> None:
    shape = Shape("static", "guest", salt_length=6, iterations=500, keylen=20)
    assert find(SECOND, "eve").credential == Credential("eve", "guest", shape, key=b"three", salt="c2FsdA")


def test_an_unknown_name_has_no_credential() -> None:
    assert find(FIRST, "eve").credential is None


def test_the_first_source_that_knows_a_name_decides() -> None:
    credential = find(Sources([FIRST, SECOND]), "joe").credential
    assert credential is not None
    assert credential.key == b"one"


def test_the_shapes_of_all_sources_come_together() -> None:
    roles = {shape.authrole for shape in find(Sources([FIRST, SECOND]), "nobody").shapes}
    assert roles == {"resident", "owner", "guest"}


def test_all_sources_are_asked_whoever_knows_the_name() -> None:
    last = Counting()
    find(Sources([FIRST, last]), "joe")
    find(Sources([FIRST, last]), "nobody")
    assert last.asked == ["joe", "nobody"]


def test_a_source_that_fails_fails_the_whole() -> None:
    errors: list[Exception] = []
    Sources([FIRST, Broken(), SECOND]).find("joe", lambda found: pytest.fail(str(found)), errors.append)
    assert [str(error) for error in errors] == ["gone"]
