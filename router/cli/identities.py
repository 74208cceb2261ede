"""``wampi identity``: who has come from a provider of OpenID Connect, and which accounts that is."""

import argparse
from typing import Any

from .accounts import command, day, group, opened_accounts, person, print_table
from .credentials import number


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    identities = group(commands, "identity", "identities at providers of OpenID Connect, and their accounts")
    command(identities, "list", list_identities, "show all identities that have come, linked or not")
    link = command(identities, "link", link_identity, "let an identity log in as an account")
    link.add_argument("number", type=number, metavar="NUMBER", help="as the list shows it")
    link.add_argument("name", type=person, metavar="NAME")
    unlink = command(identities, "unlink", unlink_identity, "take the account from an identity")
    unlink.add_argument("number", type=number, metavar="NUMBER", help="as the list shows it")


def list_identities(options: argparse.Namespace) -> int:
    """Show all identities."""
    with opened_accounts(options.data) as accounts:
        shown = accounts.identities.list()
    head = ("number", "account", "calls itself", "subject", "issuer", "last seen")
    rows = ((str(one.number), one.authid or "-", one.hint, one.subject, one.issuer, day(one.seen_at)) for one in shown)
    print_table(head, rows)
    return 0


def link_identity(options: argparse.Namespace) -> int:
    """Link an identity to an account."""
    with opened_accounts(options.data) as accounts:
        accounts.identities.link(options.number, options.name)
    print(f"The identity {options.number} can log in as {options.name} now.")
    return 0


def unlink_identity(options: argparse.Namespace) -> int:
    """Take the account from an identity."""
    with opened_accounts(options.data) as accounts:
        authid, _ = accounts.identities.unlink(options.number)
    print(f"The identity {options.number} can log in as {authid} no more.")
    return 0
