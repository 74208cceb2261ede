"""Waiting for what happens in other processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(what: str, condition: Callable[[], T], seconds: float = 20.0) -> T:
    """Return the first true value of ``condition``, asked again and again; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s, but {value!r}")
        time.sleep(0.02)
    return value
