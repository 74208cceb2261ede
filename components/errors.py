"""The errors of components.

One tree. What a caller is told carries the WAMP error URI that it becomes on the wire (docs/protocol.md,
"Calls"); what keeps a component from starting is a `SetupError`, shown as one line, with exit status 2.
"""

from typing import ClassVar


class ComponentError(Exception):
    """Anything that a component reports in one clear sentence."""


class SetupError(ComponentError):
    """The component cannot start as it is configured or installed."""


class CallError(ComponentError):
    """A call that failed; the sentence goes to the caller."""

    uri: ClassVar[str] = "wamp.error.runtime_error"


class InvalidArgumentError(CallError, ValueError):
    """An argument is missing, unknown, of the wrong type or out of range. Nothing has changed."""

    uri = "wamp.error.invalid_argument"


class NotFoundError(CallError, LookupError):
    """What an argument names does not exist."""

    uri = "wampi.error.not_found"


class BusyError(CallError):
    """A queue or a limit is full."""

    uri = "wampi.error.busy"


class DeviceFailedError(CallError, RuntimeError):
    """The hardware did not do it."""

    uri = "wampi.error.device_failed"
