"""``wampi identity``: who has come from a provider of OpenID Connect, and which accounts that is."""

import argparse
from typing import Any

from .accounts import person
from .arguments import add_command, add_group, number
from .console import ask
from .tables import day, print_table


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    identities = add_group(commands, "identity", "identities at providers of OpenID Connect, and their accounts")
    add_command(identities, "list", list_identities, "show all identities that have come, linked or not")
    link = add_command(identities, "link", link_identity, "let an identity log in as an account")
    link.add_argument("number", type=number, metavar="NUMBER", help="as the list shows it")
    link.add_argument("name", type=person, metavar="NAME")
    unlink = add_command(identities, "unlink", unlink_identity, "take the account from an identity")
    unlink.add_argument("number", type=number, metavar="NUMBER", help="as the list shows it")


def list_identities(options: argparse.Namespace) -> int:
    """Show all identities."""
    head = ("number", "account", "calls itself", "subject", "issuer", "last seen")
    print_table(head, map(_row, ask(options.data, "identity.list", {})))
    return 0


def link_identity(options: argparse.Namespace) -> int:
    """Link an identity to an account."""
    ask(options.data, "identity.link", {"number": options.number, "name": options.name})
    print(f"The identity {options.number} can log in as {options.name} now.")
    return 0


def unlink_identity(options: argparse.Namespace) -> int:
    """Take the account from an identity."""
    name = ask(options.data, "identity.unlink", {"number": options.number})["name"]
    print(f"The identity {options.number} can log in as {name} no more.")
    return 0


def _row(identity: dict[str, Any]) -> tuple[str, ...]:
    texts = (identity["hint"], identity["subject"], identity["issuer"])
    return str(identity["number"]), identity["name"] or "-", *texts, day(identity["seen_at"])
