"""A component as a process: started by the node or by hand, stopped by a signal or by the end of its input.

Exit status: 0 when it was asked to stop, 1 when it gave up, 2 when it could not start as configured.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger
from twisted.python.failure import Failure

from .component import Component, Environment
from .connection import Connection
from .errors import SetupError
from .keyfile import read_key
from .logs import COMPONENT, start_logging
from .options import load_component, parse_options
from .session import Login
from .settings import decode_settings
from .storage import InstanceLock
from .transport import SessionAttempt, parse_address
from .worker import ThreadWorker

STOP_LIMIT_SECONDS = 5.0
BEAT_SECONDS = 5.0
UNANSWERED_BEATS = 6
"""A supervised component whose reactor is stuck for half a minute ends, because only a new process helps."""

log = Logger(namespace=COMPONENT)


class ComponentProcess:
    """Ties a component, its connection and the reactor together for the life of the process."""

    def __init__(self, reactor: Any, options: argparse.Namespace, lock: InstanceLock) -> None:
        self.status = 0
        self._reactor = reactor
        self._lock = lock
        kind = load_component(options.component)
        settings = decode_settings(options.extra, kind.Settings)
        login = Login(options.realm, options.authid, read_key(options.key_file))
        address = parse_address(reactor, options.router, options.ca_file or ())
        self._component: Component = kind(settings, self._environment(options))  # type: ignore[call-arg]
        self._connection = Connection(
            reactor,
            lambda outcome: SessionAttempt(address, login, self._component, outcome, log),
            options.router,
            log,
            random.random,
        )

    def start(self) -> None:
        """Take the hardware, then reach for the router."""
        self._reactor.addSystemEventTrigger("before", "shutdown", self._stop)
        done = maybeDeferred(self._component.start)
        done.addCallbacks(lambda _: self._connection.start(), self._failed)

    def _stop(self) -> Deferred[None]:
        """Hardware first, then the router; never longer than five seconds in all."""
        overdue = self._reactor.callLater(STOP_LIMIT_SECONDS, self._abandon)
        done: Deferred[Any] = maybeDeferred(self._component.stop)
        done.addErrback(lambda failure: log.failure("cannot stop the device in order", failure))
        done.addCallback(lambda _: self._connection.stop())
        done.addBoth(lambda _: overdue.cancel() if overdue.active() else None)
        return done

    def _abandon(self) -> None:
        log.error("stopping took longer than {limit:g} seconds", limit=STOP_LIMIT_SECONDS)
        os._exit(1)

    def _environment(self, options: argparse.Namespace) -> Environment:
        return Environment(
            clock=self._reactor,
            processes=self._reactor,
            worker=ThreadWorker(self._reactor, "device"),
            wall_time=time.time,
            data_dir=options.data_dir,
            log=log,
            give_up=self._give_up,
        )

    def _failed(self, failure: Failure) -> None:
        if failure.check(SetupError):
            log.critical("{reason}", reason=failure.getErrorMessage())
            self.status = 2
        else:
            log.failure("cannot start", failure)
            self.status = 1
        self._reactor.stop()

    def _give_up(self, reason: str) -> None:
        log.critical("giving up: {reason}", reason=reason)
        self.status = 1
        stop_reactor(self._reactor)


def stop_reactor(reactor: Any) -> None:
    """Stop the reactor unless it is stopping already."""
    try:
        reactor.stop()
    except ReactorNotRunning:
        return


def stop_at_signals(reactor: Any, supervised: bool) -> None:
    """Stop at SIGTERM and SIGINT, however often they come.

    Ctrl-C reaches every process of the terminal; of a supervised one it is the supervisor's business.
    """

    def stop(_number: int, _frame: object) -> None:
        reactor.callFromThread(stop_reactor, reactor)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN if supervised else stop)


def watch_supervisor(
    descriptor: int,
    stop: Callable[[], None],
    abandon: Callable[[], None],
    patience_seconds: float = STOP_LIMIT_SECONDS + 1,
) -> None:
    """Wait for the end of the supervisor's pipe, in a thread, so that a stuck reactor cannot hide it.

    Args:
        descriptor: the pipe's reading end.
        stop: called (in the thread) at end of file.
        abandon: called when the process is still there after `patience_seconds`.
    """

    def wait() -> None:
        try:
            while os.read(descriptor, 4096):
                pass
        except OSError:
            pass  # a broken pipe is an end, too
        stop()
        time.sleep(patience_seconds)
        abandon()

    threading.Thread(target=wait, name="supervisor", daemon=True).start()


def watch_reactor(reactor: Any, abandon: Callable[[], None], sleep: Callable[[float], None] = time.sleep) -> None:
    """Return once `abandon` was called, because a reactor did not turn; to be run in a thread of its own.

    Beats without an answer are counted, not timed: a process that was stopped for a while has done nothing wrong.
    """
    answered = threading.Event()
    missed = 0
    while missed < UNANSWERED_BEATS:
        answered.clear()
        reactor.callFromThread(answered.set)
        sleep(BEAT_SECONDS)
        missed = 0 if answered.is_set() else missed + 1
    abandon()


def _abandon_hung() -> None:
    # Not by the log: whoever holds its stream may be what hangs.
    os.write(2, b"the component hangs; it ends, to be started again\n")
    os._exit(1)


def main(arguments: Sequence[str], reactor: Any) -> int:
    """Run a component until it is stopped; returns the exit status."""
    options = parse_options(arguments)
    os.umask(0o077)
    start_logging(sys.stderr)
    try:
        options.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = InstanceLock(options.data_dir)
        lock.acquire()
        process = ComponentProcess(reactor, options, lock)
    except SetupError as error:
        log.critical("{reason}", reason=str(error))
        return 2
    except OSError as error:
        log.critical("{reason}", reason=f"{options.data_dir}: {error.strerror or error}")
        return 2
    if options.supervised:
        watch_supervisor(0, lambda: reactor.callFromThread(stop_reactor, reactor), lambda: os._exit(1))
        threading.Thread(target=watch_reactor, args=(reactor, _abandon_hung), name="watch", daemon=True).start()
    reactor.callWhenRunning(stop_at_signals, reactor, options.supervised)
    reactor.callWhenRunning(process.start)
    reactor.run()
    lock.release()
    return process.status
