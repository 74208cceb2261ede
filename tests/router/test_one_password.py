"""One password on every way in: as long as they may be, however its accents are typed, and with nothing cut off.

It is set on the command line. Where the client derives something of it, the client brings it into its normal form, as
the hub's own page and commands do; where the password itself is sent, the hub does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.every_way import EveryWay, by_basic, by_digest, by_form, by_json, by_scram, by_wamp_scram, by_wampcra
from support.node import wampi

SET = "".join(chr(0x4E00 + number) for number in range(340)) + "\u00e9" + "ab"
TYPED = unicodedata.normalize("NFD", SET)
KILOBYTE = 1024

SENT: dict[str, Callable[[Any, str, str], bytes]] = {"basic": by_basic, "form": by_form, "form, by a script": by_json}
DERIVED: dict[str, Callable[[Any, str, str], bytes]] = {
    "wampcra": by_wampcra,
    "wamp-scram": by_wamp_scram,
    "scram": by_scram,
    "digest": by_digest,
}
IS_IN = (b"[2,", b"HTTP/1.1 101", b"HTTP/1.1 200", b"HTTP/1.1 303")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EveryWay]:
    running = EveryWay(tmp_path_factory.mktemp("hub"))
    assert len(SET.encode()) == KILOBYTE < len(TYPED.encode())
    added = running.node.run("user", "add", "lena", "--role", "resident", stdin=f"{TYPED}\n")
    assert added.returncode == 0, added.stderr
    yield running
    running.close()


@pytest.mark.parametrize("way", [*SENT, *DERIVED])
def test_a_kilobyte_gets_in_by_every_way_and_one_character_less_does_not(hub: EveryWay, way: str) -> None:
    by = (SENT | DERIVED)[way]
    assert not by(hub, "lena", SET[:-1]).startswith(IS_IN)
    assert by(hub, "lena", SET).startswith(IS_IN)


@pytest.mark.parametrize("way", SENT)
def test_it_gets_in_however_its_accents_are_typed(hub: EveryWay, way: str) -> None:
    assert SENT[way](hub, "lena", TYPED).startswith(IS_IN)


def test_so_it_does_by_a_command(hub: EveryWay, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{TYPED}\n")
    file.chmod(0o600)
    address = ["--url", hub.url, "--ca-file", str(hub.authority)]
    done = wampi("call", "wampi.nothing.here", "--user", "lena", "--password-file", str(file), *address)
    assert "wamp.error.no_such_procedure" in done.stderr
