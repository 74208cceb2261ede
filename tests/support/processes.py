"""Processes that are not there: what was started, and what it was sent."""

# ruff: noqa: N802, N803 - the names are Twisted's

from typing import Any

from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.interfaces import IReactorProcess
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer


class FakeProcess:
    """One started process. It ends when the test says so; signals are remembered."""

    def __init__(self, protocol: ProcessProtocol, arguments: list[str], env: dict[str, str], path: str | None) -> None:
        self.protocol = protocol
        self.arguments = arguments
        self.env = env
        self.path = path
        self.signals: list[str] = []
        self.has_ended = False

    def signalProcess(self, signal: str) -> None:
        """Remember a signal."""
        if self.has_ended:
            raise ProcessExitedAlready
        self.signals.append(signal)

    def end(self, status: int | None = 0, signal: int | None = None) -> None:
        """End."""
        self.has_ended = True
        reason = ProcessDone(0) if status == 0 and signal is None else ProcessTerminated(status, signal)
        self.protocol.processEnded(Failure(reason))


@implementer(IReactorProcess)
class FakeProcessReactor(Clock):
    """A clock that starts fake processes."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[FakeProcess] = []

    def spawnProcess(
        self, processProtocol: ProcessProtocol, executable: str, args: Any, env: Any, path: str | None = None
    ) -> FakeProcess:
        """Start a fake process."""
        process = FakeProcess(processProtocol, list(args), dict(env), path)
        self.started.append(process)
        processProtocol.transport = process  # type: ignore[assignment]
        processProtocol.connectionMade()
        return process
