"""The short form of ``make fuzz``: every seed, and changed seeds by the thousand, always the same ones."""

import random
from collections.abc import Iterator

import pytest
from support.fuzzing import TARGETS, corpus

ROUNDS = 1500
INTERESTING = [b"\x00", b"\x7e", b"\x7f", b"\x80", b"\x81", b"\x82", b"\xd4\x00\x00", b"\xf7", b"\xff", b"\xff\xff"]


@pytest.mark.parametrize(
    ("target", "seed"),
    [pytest.param(name, seed, id=f"{name}-{index}") for name in TARGETS for index, seed in enumerate(corpus(name))],
)
def test_every_seed_passes(target: str, seed: bytes) -> None:
    TARGETS[target](seed)


@pytest.mark.parametrize("target", TARGETS)
def test_thousands_of_changed_seeds_pass(target: str) -> None:
    for data in changed(corpus(target), ROUNDS, random.Random(target)):
        TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_bytes_without_any_sense_pass(target: str) -> None:
    chance = random.Random(target)
    for _ in range(ROUNDS):
        TARGETS[target](chance.randbytes(chance.randrange(60)))


def changed(seeds: list[bytes], rounds: int, chance: random.Random) -> Iterator[bytes]:
    """Yield seeds with up to four changes: bits flipped, pieces left out, doubled, or taken from another seed."""
    for _ in range(rounds):
        data = chance.choice(seeds)
        for _ in range(chance.randint(1, 4)):
            data = _change(data, chance.choice(seeds), chance)
        yield data


def _change(data: bytes, other: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    to = min(len(data), at + chance.randint(1, 8))
    replacement = chance.choice(
        [
            b"",
            data[at:to] * 2,
            chance.choice(INTERESTING),
            other[chance.randint(0, len(other)) :][: chance.randint(1, 40)],
            bytes(byte ^ 1 << chance.randrange(8) for byte in data[at:to]),
        ]
    )
    return data[:at] + replacement + data[to:]
