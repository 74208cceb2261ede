"""A reactor on a clock that nobody can set.

Twisted's reactors count delayed calls by the machine's wall clock, which jumps: a Raspberry Pi without a
clock of its own starts in 1970 and is set when the network is there, and a call due in a second would then
come at once, or after fifty years. Components run on the monotonic clock.
"""

import time

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.main import installReactor


class MonotonicReactor(EPollReactor):
    """Twisted's epoll reactor with CLOCK_MONOTONIC."""

    seconds = staticmethod(time.monotonic)


def install() -> MonotonicReactor:
    """Make it the process's reactor; must come before anything imports `twisted.internet.reactor`."""
    reactor = MonotonicReactor()  # type: ignore[no-untyped-call]
    installReactor(reactor)
    return reactor
