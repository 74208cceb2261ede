"""``wampi passkey``: what people log in with by the page, of a hub that runs or of one that does not.

They are added on the page alone, after a fresh login: the private key is made by the device that keeps it.
"""

import argparse
from typing import Any

from .accounts import person
from .arguments import add_command, add_group, number
from .console import ask
from .tables import day, print_table


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    passkeys = add_group(commands, "passkey", "passkeys: what people log in with by the page, without a password")
    shown = add_command(passkeys, "list", list_passkeys, "show the passkeys of somebody")
    shown.add_argument("name", type=person, metavar="NAME")
    remove = add_command(passkeys, "remove", remove_passkey, "let nobody in with a passkey any more")
    remove.add_argument("name", type=person, metavar="NAME")
    remove.add_argument("number", type=number, metavar="NUMBER", help="as the list shows it")


def list_passkeys(options: argparse.Namespace) -> int:
    """Show passkeys."""
    head = ("number", "called", "for", "made", "last used")
    print_table(head, map(_row, ask(options.data, "passkey.list", {"name": options.name})))
    return 0


def remove_passkey(options: argparse.Namespace) -> int:
    """Let nobody in with a passkey any more."""
    ask(options.data, "passkey.remove", {"name": options.name, "number": options.number})
    print(f"passkey {options.number} of {options.name} lets nobody in any more.")
    return 0


def _row(passkey: dict[str, Any]) -> tuple[str, ...]:
    used = "never" if passkey["used_at"] is None else day(passkey["used_at"])
    return str(passkey["number"]), passkey["label"], passkey["relying_party"], day(passkey["created_at"]), used
