"""Misbehaving: that all of it is gone through and told about, never how fast the machine is."""

import pytest

from benchmarks import chaos
from benchmarks.chaos import MISBEHAVIOUR, Outcome


def test_every_kind_of_misbehaviour_is_told_about(capsys: pytest.CaptureFixture[str]) -> None:
    chaos.main(["--seconds", "0.2", "--only", "d"])  # all but those that take long to be over
    shown = capsys.readouterr()
    names = [one.__name__.replace("_", " ") for one in MISBEHAVIOUR if "d" in one.__name__]
    assert len(names) == len(MISBEHAVIOUR) - 3
    assert [line[:24].strip() for line in shown.out.splitlines()] == names
    assert shown.err == ""


def outcome(p99_seconds: float = 0.01, resident_bytes: int = 10**8, descriptors: int = 20) -> Outcome:
    return Outcome("x", [0.001] * 90 + [p99_seconds] * 10, (10**8, resident_bytes), (20, descriptors))


def test_a_bystander_who_waits_and_what_is_left_behind_are_too_much() -> None:
    assert outcome().is_good
    assert outcome(resident_bytes=int(1.09 * 10**8), descriptors=22).is_good
    for bad in (outcome(p99_seconds=0.3), outcome(resident_bytes=int(1.2 * 10**8)), outcome(descriptors=23)):
        assert not bad.is_good
        assert str(bad).endswith("too much")
