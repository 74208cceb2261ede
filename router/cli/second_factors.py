"""``wampi user totp``: a code besides the password."""

import argparse
import os
import sys
from typing import Any, TextIO

from .accounts import first_line, person
from .arguments import add_command
from .console import ask
from .errors import CommandError


def add_totp_command(users: Any) -> None:
    """Declare the command."""
    totp = add_command(users, "totp", change_second_factor, "ask for a code besides the password, or stop that")
    totp.add_argument("name", type=person, metavar="NAME")
    totp.add_argument("--off", action="store_true", help="let the password be enough again")


def change_second_factor(options: argparse.Namespace) -> int:
    """Set a second factor once a code has shown that the app has it, or take it away."""
    if options.off:
        ask(options.data, "totp.remove", {"name": options.name})
        print(f"{options.name} logs in with the password alone now.")
        return 0
    begun = ask(options.data, "totp.begin", {"name": options.name})
    print(f"Add this to an authenticator app:\n\n    {begun['uri']}\n", flush=True)
    if can_show_blocks(sys.stdout):
        from ..qr_codes import for_terminal  # noqa: PLC0415 - other commands need not wait for the library

        print(f"{for_terminal(begun['uri'])}\n", flush=True)
    codes = ask(options.data, "totp.confirm", {"name": options.name, "code": _code()})["recovery_codes"]
    print(f"{options.name} needs a code to log in from now on. Recovery codes, shown only now, each good once:\n")
    print("\n".join(f"    {code}" for code in codes))
    return 0


def can_show_blocks(stream: TextIO) -> bool:
    """Return whether a stream is a terminal that shows colours and block characters."""
    if not stream.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        "█▀▄".encode(stream.encoding)
    except UnicodeEncodeError:
        return False
    return True


def _code() -> str:
    """Return a code: asked for on a terminal, otherwise the first line of standard input."""
    if not sys.stdin.isatty():
        return first_line("code")
    try:
        return input("Code that it shows now: ")
    except EOFError:
        print(file=sys.stderr)  # the line of the question has not ended
        raise CommandError("no code was given: nothing was changed") from None
