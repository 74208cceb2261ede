"""What holds secrets does not show them: whatever is written to a log by mistake is its name alone."""


class Unshown:
    """Comes before the other bases of a struct with secrets: msgspec knows no field that is left out of ``repr``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"
