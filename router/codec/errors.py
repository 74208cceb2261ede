"""What can be wrong with bytes on the wire."""


class ProtocolViolation(ValueError):
    """A peer sent what the protocol forbids; the session ends with ABORT ``wamp.error.protocol_violation``.

    The text is one sentence that may be shown to that peer; it never holds more than a hint of its own data.
    """


class Unrepresentable(ValueError):
    """A value cannot be carried by a serializer (NaN in JSON, an integer past 64 bits in MessagePack …)."""


def hint(error: Exception) -> str:
    """Return what a parser says is wrong, cut short: it may quote what the peer sent."""
    text = str(error)
    return text if len(text) <= 160 else text[:157] + "..."
