"""The command line, ``wampi``: one file for each group of commands.

Exit status: 0 when it was done, 1 when it could not be done, 2 when the command line makes no sense. What a command
needs is imported when it runs, so that ``--help`` is quick.
"""

import sys
import warnings
from collections.abc import Sequence

from . import accounts, authority, check, client, credentials, identities, passkeys, rights, up
from .arguments import IntermixedParser, Parser, one_line
from .errors import FAILED, CommandError

GROUPS = (up, check, accounts, credentials, passkeys, identities, rights, authority, client)


def make_parser() -> Parser:
    """Return the parser of all commands."""
    parser = Parser(
        prog="wampi",
        description="A home hub: a WAMP router, its devices and its web page.",
        epilog="The web page and the devices start with: wampi up",
    )
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True, parser_class=IntermixedParser
    )
    for group in GROUPS:
        group.add_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # they are for developers: python -W default shows them
    name = "wampi"
    try:
        options = make_parser().parse_args(arguments)
        name = " ".join(filter(None, (name, options.command, getattr(options, "action", None))))
        status: int = options.run(options)
    except CommandError as error:
        print(one_line(f"{name}: {error}"), file=sys.stderr)
        return error.status
    except PermissionError as error:
        # Most often the data directory of a hub that another user runs, which nobody else can look into.
        advice = "run this as the user that it belongs to, which is the one that runs the hub"
        print(one_line(f"{name}: {error.filename}: {error.strerror}; {advice}"), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 128 + 2
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has gone; there is nobody to tell
        return FAILED
    return status
