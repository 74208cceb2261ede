"""``wampi user`` and ``wampi device``: the accounts, of a hub that runs or of one that does not.

A password is never an argument, which others could read: it is asked for on a terminal, and otherwise taken from the
first line of standard input.
"""

import argparse
import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .arguments import add_command, add_group, file, refusing
from .console import ask
from .errors import USAGE, CommandError
from .tables import day, print_table

_LONGEST_LINE = 4096


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    from .second_factors import add_totp_command  # noqa: PLC0415 - it takes its parts from here

    users = add_group(commands, "user", "people: their accounts and passwords")
    _add_user_commands(users)
    add_totp_command(users)
    _add_device_commands(add_group(commands, "device", "devices: their accounts and keys"))


def _add_user_commands(commands: Any) -> None:
    add = add_command(
        commands, "add", add_user, "make an account; the password is asked for, or read from standard input"
    )
    add.add_argument("name", type=person, metavar="NAME")
    add.add_argument("--role", default="resident", help="a role of the configuration (default: resident)")
    _add_config_option(add)
    add_command(commands, "list", list_users, "show all accounts of people")
    for action, run, text in (
        ("passwd", change_password, "change a password; it is asked for, or read from standard input"),
        ("disable", disable_user, "keep somebody out until further notice; sessions end at once"),
        ("enable", enable_user, "let somebody in again"),
        ("remove", remove_user, "remove an account; sessions end at once"),
    ):
        add_command(commands, action, run, text).add_argument("name", type=person, metavar="NAME")
    role = add_command(commands, "role", change_role, "give somebody another role; sessions end at once")
    role.add_argument("name", type=person, metavar="NAME")
    role.add_argument("role", metavar="ROLE", help="a role of the configuration")
    _add_config_option(role)


def _add_device_commands(commands: Any) -> None:
    add = add_command(commands, "add", add_device, "make an account for a device, and its key file")
    add.add_argument("name", type=_device, metavar="NAME")
    rights = add.add_mutually_exclusive_group(required=True)
    rights.add_argument("--prefix", type=_prefix, metavar="URI", help="all rights under it, and none elsewhere")
    rights.add_argument("--role", help="a role of the configuration")
    _add_key_option(add)
    _add_config_option(add)
    renew = add_command(commands, "renew", renew_device, "give a device another key; the old one is no good any more")
    renew.add_argument("name", type=_device, metavar="NAME")
    _add_key_option(renew)
    add_command(commands, "list", list_devices, "show all accounts of devices")
    for action, run, text in (
        ("disable", disable_device, "keep a device out until further notice; its sessions end at once"),
        ("enable", enable_device, "let a device in again"),
    ):
        add_command(commands, action, run, text).add_argument("name", type=_device, metavar="NAME")
    remove = add_command(commands, "remove", remove_device, "remove the account of a device, and its key file")
    remove.add_argument("name", type=_device, metavar="NAME")
    _add_key_option(remove)


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


def _switch(operation: str, said: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that does one thing to an account, and says what that means."""

    def run(options: argparse.Namespace) -> int:
        ask(options.data, operation, {"name": options.name})
        print(f"{options.name} {said}")
        return 0

    return run


disable_user = _switch("user.disable", "cannot log in any more.")
enable_user = _switch("user.enable", "can log in again.")
disable_device = _switch("device.disable", "cannot log in any more.")
enable_device = _switch("device.enable", "can log in again.")


# ---- people ------------------------------------------------------------------------------------------------------


def add_user(options: argparse.Namespace) -> int:
    """Make an account for a person."""
    _check_role(options)
    known = _known(options.data)
    if options.name in known:
        raise CommandError(f"there is an account {options.name!a} already: choose another name")
    arguments = {"name": options.name, "role": options.role, "password": _new_password(options.name)}
    ask(options.data, "user.add", arguments, make=True)
    print(f"{options.name} can log in now, as {options.role}.")
    return 0


def list_users(options: argparse.Namespace) -> int:
    """Show the accounts of people."""
    head = ("name", "role", "may log in", "password of")
    print_table(head, [_user_row(account) for account in ask(options.data, "user.list", {})])
    return 0


def change_password(options: argparse.Namespace) -> int:
    """Change a password."""
    account = ask(options.data, "user.get", {"name": options.name})
    password = _new_password(options.name, account["least_password_characters"])
    ask(options.data, "user.passwd", {"name": options.name, "password": password})
    _forget_first_password(options.data, options.name)
    print(f"{options.name} has a new password.")
    return 0


def change_role(options: argparse.Namespace) -> int:
    """Give a person another role."""
    _check_role(options)
    ask(options.data, "user.role", {"name": options.name, "role": options.role})
    print(f"{options.name} is {options.role} now.")
    return 0


def remove_user(options: argparse.Namespace) -> int:
    """Remove the account of a person."""
    ask(options.data, "user.remove", {"name": options.name})
    _forget_first_password(options.data, options.name)
    print(f"{options.name} is removed.")
    return 0


def _known(data_dir: Path) -> set[str]:
    """Return the names that are taken."""
    try:
        accounts = ask(data_dir, "user.list", {}) + ask(data_dir, "device.list", {})
    except CommandError:
        return set()  # there are none yet, or making one will say what is wrong
    return {account["name"] for account in accounts}


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
        try:
            accepted(password, [name], least or MIN_CHARACTERS)
        except ValueError as error:
            raise CommandError(str(error)) from None
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
    arguments = {"name": options.name, "prefix": options.prefix, "role": options.role}
    _write_key(options, ask(options.data, "device.add", arguments, make=True)["key"])
    return 0


def renew_device(options: argparse.Namespace) -> int:
    """Give a device another key."""
    _write_key(options, ask(options.data, "device.renew", {"name": options.name})["key"])
    return 0


def list_devices(options: argparse.Namespace) -> int:
    """Show the accounts of devices."""
    head = ("name", "role or prefix", "may log in", "key of")
    print_table(head, [_device_row(account) for account in ask(options.data, "device.list", {})])
    return 0


def remove_device(options: argparse.Namespace) -> int:
    """Remove the account of a device."""
    ask(options.data, "device.remove", {"name": options.name})
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


def _user_row(account: dict[str, Any]) -> tuple[str, ...]:
    return account["name"], account["role"], "yes" if account["enabled"] else "no", day(account["secret_changed_at"])


def _device_row(account: dict[str, Any]) -> tuple[str, ...]:
    rights = account["prefix"] or account["role"]
    return account["name"], rights, "yes" if account["enabled"] else "no", day(account["secret_changed_at"])
