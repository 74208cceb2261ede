"""How a command fails: with one line, and a status that says whose fault it was."""

FAILED = 1
"""What was asked for could not be done."""

USAGE = 2
"""What was asked for makes no sense: a wrong option, a file that is not there."""


class CommandError(Exception):
    """Ends a command with one line on standard error."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        super().__init__(message)
        self.status = status
