"""A node whose whole log is kept: all that is logged, at every level, with all its fields."""

from __future__ import annotations

import sys
from pathlib import Path

from support.node import FOREGROUND

_PROGRAM = """
import sys, txaio
from twisted.logger import globalLogPublisher
txaio.use_twisted()
txaio.set_global_log_level("trace")
everything = open(sys.argv.pop(1), "a", buffering=1)
globalLogPublisher.addObserver(lambda event: everything.write(repr(event) + "\\n"))
from wampi.router.cli import main
sys.exit(main(sys.argv[1:]))
"""


def with_every_line(file: Path) -> list[str]:
    """How ``wampi`` begins for its whole log to be kept in a file besides."""
    return [*FOREGROUND, sys.executable, "-c", _PROGRAM, str(file)]
