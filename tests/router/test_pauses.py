"""Pauses: in a process of its own, because what is set holds for all of it."""

import subprocess
import sys

from support.waiting import PATIENCE_SECONDS
from wampi.router.pauses import SWITCH_SECONDS

_PROGRAM = """
import gc, sys
from wampi.router.pauses import keep_pauses_short
kept = [[] for _ in range(1000)]
keep_pauses_short()
print(gc.isenabled(), gc.get_freeze_count() > 1000, len(gc.get_objects()) < 1000, sys.getswitchinterval())
"""


def test_what_stays_is_collected_no_more_and_threads_take_short_turns() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
    )
    assert done.stdout == f"True True True {SWITCH_SECONDS}\n"
