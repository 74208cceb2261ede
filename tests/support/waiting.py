"""Waiting for what happens in other threads and processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
"""How long a test waits for what has to happen: only a hang takes so long. It says nothing about speed."""


def eventually(what: str, condition: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """Return the first true value of ``condition``, asked again and again; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s, but {value!r}"
        time.sleep(0.02)
    return value
