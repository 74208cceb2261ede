"""``wampi up``: the router, its components and the web page, in the foreground."""

import argparse
import signal
import sys
from typing import Any

from .arguments import add_data_option, file, one_line
from .errors import FAILED, USAGE, CommandError


def add_commands(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "up",
        help="start the hub: router, devices and web page",
        description="Starts everything and stays in the foreground until SIGINT (Ctrl-C), SIGTERM or SIGHUP.",
        epilog="Without --config: config.json of the data directory, else the configuration that comes with wampi. "
        "Exit status: 0 it was stopped, 1 it could not start, 2 there is no such file.",
    )
    parser.add_argument("--config", type=file, metavar="FILE", help="the configuration (JSON)")
    add_data_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Start, serve, and stop when a signal says so."""
    signals = _StopSignals()
    from twisted.internet import epollreactor  # noqa: PLC0415

    epollreactor.install()
    from twisted.internet import reactor  # noqa: PLC0415

    from ..config import ConfigurationError, UnreadableFileError  # noqa: PLC0415
    from ..errors import StartError  # noqa: PLC0415
    from ..logs import start_logging  # noqa: PLC0415
    from ..service import NodeService, load  # noqa: PLC0415

    try:
        node, data_dir = load(options.config, options.data)
    except UnreadableFileError as error:
        raise CommandError(str(error), USAGE) from None
    except ConfigurationError as error:
        for problem in error.problems:
            print(one_line(f"{error.source}: {problem}"), file=sys.stderr)
        return FAILED
    start_logging(sys.stderr)
    running: Any = reactor
    service = NodeService(node, data_dir, running, options.config)
    try:
        service.startService()
    except StartError as error:
        raise CommandError(str(error)) from None
    running.addSystemEventTrigger("before", "shutdown", service.stopService)
    signals.stop(running)
    running.run()
    return 0


class _StopSignals:
    """The signals that stop the hub in order, from the first moment: what comes during the start is not lost.

    Whoever presses Ctrl-C again must wait for the valves, too.
    """

    def __init__(self) -> None:
        self._reactor: Any = None
        self._is_asked = False
        self._is_stopping = False
        self._catch()

    def stop(self, reactor: Any) -> None:
        """Stop this reactor, at once if a signal has come before."""
        self._reactor = reactor
        reactor.callWhenRunning(self._catch)  # Twisted puts its own handlers in their place when it begins to run
        if self._is_asked:
            reactor.callFromThread(self._stop)

    def _catch(self) -> None:
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # which nohup(1) has seen to
            signal.signal(signal.SIGHUP, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._is_asked = True
        if self._reactor is not None:
            self._reactor.callFromThread(self._stop)

    def _stop(self) -> None:
        if not self._is_stopping:
            self._is_stopping = True
            self._reactor.stop()
