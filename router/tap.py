"""The node for twistd: its options, and the service that it runs.

``twistd -n wampi --config FILE`` stays in the foreground, ``twistd --pidfile … --logfile … wampi`` becomes a daemon.
Twisted's names, and untyped ones: this is the only place that has to do with them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from twisted.python import usage

from .config import ConfigurationError, Node
from .errors import StartError
from .logs import escape
from .service import NodeService, load


class Options(usage.Options):
    """``--config`` and ``--data``, as for ``wampi up``."""

    optParameters = [  # noqa: N815 - Twisted's name
        ("config", "c", None, "the configuration (JSON); else config.json of the data directory, else the shipped one"),
        ("data", "d", None, "the data directory; else WAMPI_DATA, else the XDG data home"),
    ]


class TwistdNodeService(NodeService):
    """A node that cannot start says so in one line; twistd would print a traceback in the foreground."""

    def __init__(
        self, node: Node, data_dir: Path, reactor: Any, configuration: Path | None, is_foreground: bool
    ) -> None:
        super().__init__(node, data_dir, reactor, configuration)
        self._is_foreground = is_foreground

    def startService(self) -> None:  # noqa: N802
        """Start; ends the process with status 1 when that cannot be done."""
        try:
            super().startService()
        except StartError as error:
            if not self._is_foreground:
                # twistd removes its pid file, hands the sentence to whoever started the daemon, and then dies of it.
                sys.excepthook = _log_one_line
                raise
            _quit([str(error)])


def makeService(options: Any) -> NodeService:  # noqa: N802
    """Return the service; what is wrong with the configuration ends the process, one line each."""
    from twisted.internet import reactor  # noqa: PLC0415 - twistd has chosen one by now

    config, data = (Path(options[name]).expanduser() if options[name] else None for name in ("config", "data"))
    try:
        node, data_dir = load(config, data)
    except ConfigurationError as error:
        _quit([f"{error.source}: {problem}" for problem in error.problems])
    return TwistdNodeService(node, data_dir, reactor, config, bool(options.parent["nodaemon"]))


def _log_one_line(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    print(f"wampi: {escape(str(error))}", file=sys.stderr)


def _quit(lines: list[str]) -> NoReturn:
    for line in lines:
        print(f"wampi: {escape(line)}", file=sys.__stderr__)
    raise SystemExit(1)
