"""What the commands share: a parser whose errors are one line, and kinds of arguments."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from ..datadir import default_data_dir
from .errors import USAGE

_FILE_BYTES = 4096


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with a command line."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong, without the usage around it, and exit with status 2."""
        line = one_line(f"{self.prog}: {message}; see {self.prog} --help")
        self.exit(USAGE, f"{line}\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; a command refuses what it does not know itself, so that the line names that command."""
        found, unknown = super().parse_known_args(args, namespace)
        self._refuse(unknown)
        return found, unknown

    def _refuse(self, unknown: list[str]) -> None:
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")


class IntermixedParser(Parser):
    """A parser that takes options between positional arguments, too."""

    _is_intermixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; argparse by itself would take the first run of positional arguments for all of them."""
        if self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        if self._is_intermixing:  # where what is unknown may be what comes next
            return argparse.ArgumentParser.parse_known_args(self, args, namespace)
        self._is_intermixing = True
        try:
            found, unknown = self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_intermixing = False
        self._refuse(unknown)
        return found, unknown


def one_line(text: str) -> str:
    """Return ``text`` with everything that is not printable escaped, cut at 1000 characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return shown if len(shown) <= 1000 else f"{shown[:1000]}..."


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--data``, common to all commands that work on a node's files."""
    parser.add_argument(
        "--data",
        type=directory,
        metavar="DIR",
        help="the data directory (default: WAMPI_DATA, else the XDG data home, now %(default)s)",
        default=default_data_dir(),
    )


def add_group(commands: Any, name: str, text: str) -> Any:
    """Add a group of commands, such as ``wampi user``, and return where its commands are added."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    return parser.add_subparsers(title="commands", dest="action", metavar="COMMAND", required=True)


def add_command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Any:
    """Add a command that works on a hub's data directory, and return its parser."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    add_data_option(parser)
    parser.set_defaults(run=run)
    return parser


def refusing(convert: Callable[[str], str], text: str) -> str:
    """Return ``convert(text)``; what it refuses becomes an error of the command line."""
    try:
        return convert(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def directory(text: str) -> Path:
    """A directory; it need not be there yet."""
    path = file(text)
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{_shown(text)} is there and is no directory")
    return path


def file(text: str) -> Path:
    """A path."""
    if not text or "\0" in text or len(text.encode("utf-8", "surrogateescape")) > _FILE_BYTES:
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a path")
    return Path(text).expanduser()


def uri(text: str) -> str:
    """A URI that stands for itself."""
    from ..core.uris import UriRules  # noqa: PLC0415 - when it is needed

    if not UriRules().is_valid(text):
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a WAMP URI, such as wampi.lighting.porch.turn_on")
    return text


def pattern(text: str) -> str:
    """A URI, or a pattern of URIs of some kind."""
    from ..core.uris import UriRules  # noqa: PLC0415

    if not UriRules().is_valid(text, "wildcard"):
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a WAMP URI or pattern, such as wampi...state")
    return text


def seconds(text: str) -> float:
    """A time span from a millisecond to a day."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.001 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a number of seconds from 0.001 to 86400")
    return value


def count(text: str) -> int:
    """A number of things, at least one."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= 1_000_000_000):
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a whole number from 1")
    return int(text)


def number(text: str) -> int:
    """The number of something: of a session, of a grant."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= 2**53):
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a whole number from 1")
    return int(text)


def json_value(text: str) -> Any:
    """A value in JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        hint = f"; text needs quotes, as in {json.dumps(text)!r}" if text.isidentifier() else ""
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not JSON{hint}") from None


def keyword(text: str) -> tuple[str, Any]:
    """A keyword argument: NAME=JSON."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not NAME=JSON")
    return name, json_value(value)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 60 else text[:57] + "...")
