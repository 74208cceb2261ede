"""``wampi check``: everything that is wrong with a configuration, found without starting it."""

import argparse
import sys
from typing import Any

from .arguments import add_data_option, file, one_line
from .errors import FAILED, USAGE, CommandError


def add_commands(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "check",
        help="find what is wrong with a configuration",
        description="Prints everything that is wrong with a configuration, one line each. Nothing is started.",
        epilog="Exit status: 0 all is well, 1 something is wrong, 2 there is no such file.",
    )
    parser.add_argument("file", type=file, metavar="FILE", help="the configuration (JSON)")
    add_data_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check a file; its relative paths start at the data directory."""
    from ..config import ConfigurationError, UnreadableFileError, check, read  # noqa: PLC0415

    try:
        node = read(options.file)
        problems = check(node, options.data)
        if problems:
            raise ConfigurationError(str(options.file), problems)
    except UnreadableFileError as error:
        raise CommandError(str(error), USAGE) from None
    except ConfigurationError as error:
        for problem in error.problems:
            print(one_line(f"{error.source}: {problem}"), file=sys.stderr)
        return FAILED
    print(f"{options.file}: OK")
    return 0
