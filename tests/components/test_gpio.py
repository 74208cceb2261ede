"""The module `RPi.GPIO`: there or not, and never replaced in silence."""

import sys
from typing import Any

import pytest
from wampi.components import SetupError
from wampi.components.gpio import load_gpio


class NotOnAPi:
    """Finds `RPi.GPIO`, which says on any other machine what this says."""

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] == "RPi":
            raise RuntimeError("This module can only be run on a Raspberry Pi!")


def test_a_missing_library_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden: Any = None
    monkeypatch.setitem(sys.modules, "RPi", hidden)
    with pytest.raises(SetupError, match=r"pip install 'wampi\[pi\]' \(on a Pi 5 'wampi\[pi5\]'\)"):
        load_gpio()


def test_a_machine_that_is_no_raspberry_pi_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "RPi"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NotOnAPi(), *sys.meta_path])
    with pytest.raises(SetupError, match="the driver rpi_gpio cannot work here: This module can only be run on a Rasp"):
        load_gpio()
