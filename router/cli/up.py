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
        description="Starts everything and stays in the foreground until SIGINT (Ctrl-C) or SIGTERM.",
        epilog="Without --config: config.json of the data directory, else the configuration that comes with wampi. "
        "Exit status: 0 it was stopped, 1 it could not start, 2 there is no such file.",
    )
    parser.add_argument("--config", type=file, metavar="FILE", help="the configuration (JSON)")
    add_data_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Start, serve, and stop when a signal says so."""
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
    service = NodeService(node, data_dir, running)
    try:
        service.startService()
    except StartError as error:
        raise CommandError(str(error)) from None
    running.addSystemEventTrigger("before", "shutdown", service.stopService)
    running.callWhenRunning(_stop_at_signals, running)
    running.run()
    return 0


def _stop_at_signals(reactor: Any) -> None:
    """Stop at SIGINT and SIGTERM; whoever presses Ctrl-C again must wait for the valves, too."""
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        if not asked:
            reactor.callFromThread(reactor.stop)
        asked.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
