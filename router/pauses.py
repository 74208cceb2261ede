"""What the interpreter makes a running hub wait for, kept short: its housekeeping, and threads beside the reactor.

Measured in docs/performance.md, "A bystander of logins".
"""

from __future__ import annotations

import gc
import sys

SWITCH_SECONDS = 0.001
"""How long another thread may run Python before the reactor, which something has come for, gets its turn."""


def keep_pauses_short() -> None:
    """Set the interpreter up for serving; to be called when everything is loaded that stays.

    Python's garbage collection goes through all objects now and then, with everything at a standstill. Most objects of
    a hub are its code and its libraries: they are taken out of that.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
