"""Gives a Python process a wall clock that the test can set, as NTP or a person would.

The file that JUMPING_CLOCK names holds seconds to add to the time; the monotonic clocks are left alone, as the kernel
leaves them.
"""

import os
import time
from pathlib import Path

_real_time = time.time
_file = os.environ.get("JUMPING_CLOCK")


def _jumping_time() -> float:
    try:
        offset = float(Path(_file or "").read_text(encoding="ascii") or 0)
    except (OSError, ValueError):
        offset = 0.0
    return _real_time() + offset


if _file:
    time.time = _jumping_time
