from collections import Counter

from wampi.router.auth.decoys import WITHOUT_ACCOUNTS, Decoys
from wampi.router.credentials import Shape

PERSON = Shape("accounts", "resident", salt_length=24, iterations=600_000, keylen=32)
DEVICE = Shape("accounts", "device")
OLD = Shape("static", "guest", salt_length=60, iterations=1000, keylen=16)
NAMES = [f"name{number}" for number in range(300)]

decoys = Decoys(b"k" * 32)


def test_a_decoy_has_a_shape_in_use() -> None:
    shapes = {PERSON, DEVICE, OLD}
    seen = Counter(decoys.credential(name, shapes).shape for name in NAMES)
    assert seen.keys() == shapes
    assert min(seen.values()) > 60


def test_a_decoy_is_the_same_each_time_and_another_under_another_key() -> None:
    def looks(key: bytes, name: str) -> tuple[Shape, str | None]:
        credential = Decoys(key).credential(name, {PERSON, DEVICE})
        return credential.shape, credential.salt

    assert all(looks(b"1" * 32, name) == looks(b"1" * 32, name) for name in NAMES)
    assert any(looks(b"1" * 32, name) != looks(b"2" * 32, name) for name in NAMES)


def test_a_new_shape_changes_only_those_that_take_it_on() -> None:
    for name in NAMES:
        before = decoys.credential(name, {PERSON, DEVICE}).shape
        after = decoys.credential(name, {PERSON, DEVICE, OLD}).shape
        assert after in (before, OLD)


def test_the_salt_has_the_length_of_the_shape_and_is_of_its_name() -> None:
    salts = {decoys.credential(name, {OLD}).salt for name in NAMES}
    assert len(salts) == len(NAMES)
    assert {len(salt or "") for salt in salts} == {60}


def test_a_shape_without_salt_shows_none() -> None:
    assert decoys.credential("name", {DEVICE}).salt is None


def test_before_there_are_accounts_everybody_looks_like_one() -> None:
    assert decoys.credential("name", ()).shape == WITHOUT_ACCOUNTS


def test_nobody_can_know_the_key_of_a_decoy() -> None:
    first, second = decoys.credential("name", {PERSON}), decoys.credential("name", {PERSON})
    assert first.key != second.key
    assert not first.enabled
