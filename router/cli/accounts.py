"""``wampi user`` and ``wampi device``: the accounts, of a hub that runs or of one that does not.

A password is never an argument, which others could read: it is asked for on a terminal, and otherwise taken from the
first line of standard input.
"""

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import add_data_option, file, refusing
from .errors import USAGE, CommandError

if TYPE_CHECKING:
    from ..store.accounts import Account, Accounts

_LONGEST_LINE = 4096


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    from .second_factors import add_totp_command  # noqa: PLC0415 - it takes its parts from here

    users = group(commands, "user", "people: their accounts and passwords")
    _add_user_commands(users)
    add_totp_command(users)
    _add_device_commands(group(commands, "device", "devices: their accounts and keys"))


def group(commands: Any, name: str, text: str) -> Any:
    """Declare a group of commands; return where they are declared."""
    parser = commands.add_parser(name, help=text, description=text.capitalize() + ".")
    return parser.add_subparsers(title="commands", dest="action", metavar="COMMAND", required=True)


def _add_user_commands(commands: Any) -> None:
    add = command(commands, "add", add_user, "make an account; the password is asked for, or read from standard input")
    add.add_argument("name", type=person, metavar="NAME")
    add.add_argument("--role", default="resident", help="a role of the configuration (default: resident)")
    _add_config_option(add)
    command(commands, "list", list_users, "show all accounts of people")
    for action, run, text in (
        ("passwd", change_password, "change a password; it is asked for, or read from standard input"),
        ("remove", remove_user, "remove an account"),
    ):
        command(commands, action, run, text).add_argument("name", type=person, metavar="NAME")


def _add_device_commands(commands: Any) -> None:
    add = command(commands, "add", add_device, "make an account for a device, and its key file")
    add.add_argument("name", type=_device, metavar="NAME")
    rights = add.add_mutually_exclusive_group(required=True)
    rights.add_argument("--prefix", type=_prefix, metavar="URI", help="all rights under it, and none elsewhere")
    rights.add_argument("--role", help="a role of the configuration")
    _add_key_option(add)
    _add_config_option(add)
    renew = command(commands, "renew", renew_device, "give a device another key; the old one is no good any more")
    renew.add_argument("name", type=_device, metavar="NAME")
    _add_key_option(renew)
    command(commands, "list", list_devices, "show all accounts of devices")
    remove = command(commands, "remove", remove_device, "remove the account of a device, and its key file")
    remove.add_argument("name", type=_device, metavar="NAME")
    _add_key_option(remove)


def command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Any:
    """Declare a command of a group; return its parser."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    add_data_option(parser)
    parser.set_defaults(run=run)
    return parser


def _add_config_option(parser: Any) -> None:
    parser.add_argument(
        "--config", type=file, metavar="FILE", help="the configuration that has the roles (default: as for wampi up)"
    )


def _add_key_option(parser: Any) -> None:
    parser.add_argument(
        "--key-file", type=file, metavar="FILE", help="where the key is (default: keys/NAME.key in the data directory)"
    )


def person(text: str) -> str:
    """The name of a person."""
    from ..store.names import person_name  # noqa: PLC0415 - when it is needed

    return refusing(person_name, text)


def _device(text: str) -> str:
    from ..store.names import device_name  # noqa: PLC0415

    return refusing(device_name, text)


def _prefix(text: str) -> str:
    from ..store.names import device_prefix  # noqa: PLC0415

    return refusing(device_prefix, text)


# ---- people ------------------------------------------------------------------------------------------------------


def add_user(options: argparse.Namespace) -> int:
    """Make an account for a person."""
    _check_role(options)
    with opened_accounts(options.data, make=True) as accounts:
        if any(account.authid == options.name for account in accounts.list()):
            raise CommandError(f"there is an account {options.name!a} already: choose another name")
        accounts.add_person(options.name, options.role, _new_password(options.name))
    print(f"{options.name} can log in now, as {options.role}.")
    return 0


def list_users(options: argparse.Namespace) -> int:
    """Show the accounts of people."""
    with opened_accounts(options.data) as accounts:
        people = [account for account in accounts.list() if account.kind == "person"]
    print_table(("name", "role", "may log in", "password of"), map(_user_row, people))
    return 0


def change_password(options: argparse.Namespace) -> int:
    """Change a password."""
    with opened_accounts(options.data) as accounts:
        _check_kind(accounts.get(options.name), "person")
        least = accounts.least_characters(options.name)
        accounts.set_password(options.name, _new_password(options.name, least))
    _forget_first_password(options.data, options.name)
    print(f"{options.name} has a new password.")
    return 0


def remove_user(options: argparse.Namespace) -> int:
    """Remove the account of a person."""
    with opened_accounts(options.data) as accounts:
        _check_kind(accounts.get(options.name), "person")
        accounts.remove(options.name)
    _forget_first_password(options.data, options.name)
    print(f"{options.name} is removed.")
    return 0


def _forget_first_password(data_dir: Path, name: str) -> None:
    from ..datadir import OWNER, PASSWORD_FILE  # noqa: PLC0415

    if name == OWNER:
        (data_dir / PASSWORD_FILE).unlink(missing_ok=True)


def _new_password(name: str, least: int | None = None) -> str:
    """Return a new password: typed twice on a terminal, otherwise the first line of standard input."""
    from ..store.passwords import MIN_CHARACTERS, accepted  # noqa: PLC0415

    if not sys.stdin.isatty():
        return first_line("password")
    try:
        password = getpass.getpass(f"New password for {name}: ")
        accepted(password, [name], least or MIN_CHARACTERS)
        if getpass.getpass("The same again: ") != password:
            raise CommandError("the two passwords differ: nothing was changed")
    except EOFError:
        print(file=sys.stderr)  # the line of the question has not ended
        raise CommandError("no password was given: nothing was changed") from None
    return password


def first_line(what: str) -> str:
    """Return the first line of standard input."""
    line = sys.stdin.buffer.readline(_LONGEST_LINE)
    try:
        return line.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise CommandError(f"the {what} on standard input is not UTF-8 text") from None


# ---- devices -----------------------------------------------------------------------------------------------------


def add_device(options: argparse.Namespace) -> int:
    """Make an account for a device, and the file with its key."""
    if options.role is not None:
        _check_role(options)
    with opened_accounts(options.data, make=True) as accounts:
        key = accounts.add_device(options.name, prefix=options.prefix, role=options.role)
    _write_key(options, key)
    return 0


def renew_device(options: argparse.Namespace) -> int:
    """Give a device another key."""
    with opened_accounts(options.data) as accounts:
        key = accounts.renew_device_key(options.name)
    _write_key(options, key)
    return 0


def list_devices(options: argparse.Namespace) -> int:
    """Show the accounts of devices."""
    with opened_accounts(options.data) as accounts:
        devices = [account for account in accounts.list() if account.kind == "device"]
    print_table(("name", "role or prefix", "may log in", "key of"), map(_device_row, devices))
    return 0


def remove_device(options: argparse.Namespace) -> int:
    """Remove the account of a device, and its key file."""
    with opened_accounts(options.data) as accounts:
        _check_kind(accounts.get(options.name), "device")
        accounts.remove(options.name)
    _key_file(options).unlink(missing_ok=True)
    print(f"{options.name} is removed.")
    return 0


def _key_file(options: argparse.Namespace) -> Path:
    from ..datadir import KEYS  # noqa: PLC0415

    chosen: Path | None = options.key_file
    return chosen or options.data.absolute() / KEYS / f"{options.name}.key"


def _write_key(options: argparse.Namespace, key: str) -> None:
    from ..files import make_private_directory, replace_file  # noqa: PLC0415

    path = _key_file(options)
    try:
        make_private_directory(path.parent)
        replace_file(path, f"{key}\n".encode())
    except OSError as error:
        raise CommandError(
            f"the key can't be written to {path}: {error.strerror}; "
            f"the account is there: wampi device renew {options.name} --key-file FILE"
        ) from None
    print(f"{options.name} can log in with the key in {path}")


# ---- both --------------------------------------------------------------------------------------------------------


@contextmanager
def opened_accounts(data_dir: Path, make: bool = False) -> "Iterator[Accounts]":
    """Open the accounts; what goes wrong with them ends the command with one line."""
    from ..store.accounts import Accounts  # noqa: PLC0415 - SQLAlchemy takes a while to import
    from ..store.errors import StoreError  # noqa: PLC0415
    from ..store.keyfile import DATABASE_FILE  # noqa: PLC0415

    if not make and not (data_dir / DATABASE_FILE).exists():
        raise CommandError(f"there are no accounts in {data_dir} yet: start the hub once, or make one with add")
    try:
        with Accounts.open(data_dir) as accounts:
            yield accounts
    except StoreError as error:
        raise CommandError(str(error)) from None


def _check_kind(account: "Account", kind: str) -> None:
    if account.kind != kind:
        group = "device" if kind == "person" else "user"
        raise CommandError(f"{account.authid!a} is a {account.kind}: see wampi {group} --help")


def _check_role(options: argparse.Namespace) -> None:
    """Refuse a role that the configuration does not have: nobody could log in with it."""
    from ..config import ConfigurationError, read  # noqa: PLC0415
    from ..config.problems import nearest, shown  # noqa: PLC0415
    from ..datadir import default_configuration  # noqa: PLC0415

    source = options.config or default_configuration(options.data)
    try:
        node = read(source)
    except ConfigurationError as error:
        raise CommandError(f"{error.source}: {error.problems[0]}") from None
    roles = {role.name for router in node.routers for realm in router.realms for role in realm.roles}
    if options.role not in roles:
        hint = nearest(options.role, roles)
        raise CommandError(f"{source} has no role {shown(options.role)}; {hint}", USAGE)


def _user_row(account: "Account") -> tuple[str, ...]:
    return account.authid, account.role, "yes" if account.enabled else "no", day(account.secret_changed_at)


def _device_row(account: "Account") -> tuple[str, ...]:
    rights = account.prefix or account.role
    return account.authid, rights, "yes" if account.enabled else "no", day(account.secret_changed_at)


def day(seconds: float) -> str:
    """Return a time as a date (UTC)."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def print_table(head: Sequence[str], rows: "Iterator[tuple[str, ...]]") -> None:
    """Print rows in columns that are as wide as they need."""
    table = [tuple(head), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
