"""``wampi token`` and ``wampi key``: what accounts log in with besides passwords, of a hub that runs or does not."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from .arguments import add_command, add_group, file, number, refusing
from .console import ask
from .errors import CommandError
from .tables import day, print_table

_DAY_SECONDS = 86_400
_KEY_CHARACTERS = 64


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    _add_token_commands(add_group(commands, "token", "tokens: what scripts and devices log in with"))
    _add_key_commands(add_group(commands, "key", "public keys and client certificates that accounts log in with"))


def _add_token_commands(commands: Any) -> None:
    add = add_command(commands, "add", add_token, "make a token for an account, and show it this once")
    add.add_argument("name", type=_account, metavar="NAME", help="the account that it lets in")
    add.add_argument("--for", dest="label", type=_label, metavar="TEXT", help="what it is for, as the list shows it")
    add.add_argument("--scope", type=_role, metavar="ROLE", help="a role beyond which the token allows nothing")
    add.add_argument("--days", type=_days, metavar="N", help="for how many days it is good (default: until revoked)")
    add_command(commands, "list", list_tokens, "show all tokens, without what is secret in them")
    revoke = add_command(commands, "revoke", revoke_token, "take a token back")
    revoke.add_argument("number", type=number, metavar="NUMBER", help="as the list shows it")


def _add_key_commands(commands: Any) -> None:
    add = add_command(commands, "add", add_key, "let an account log in with a public key or a client certificate")
    add.add_argument("name", type=_account, metavar="NAME", help="the account that it lets in")
    kinds = add.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--public-key", type=_public_key, metavar="HEX", help="an Ed25519 public key: 64 digits")
    kinds.add_argument("--certificate", type=file, metavar="FILE", help="a client certificate in PEM form")
    add.add_argument("--for", dest="label", type=_label, metavar="TEXT", help="where it is, as the list shows it")
    add_command(commands, "list", list_keys, "show all public keys and certificates")
    remove = add_command(commands, "remove", remove_key, "let nobody in with a key or certificate any more")
    remove.add_argument("number", type=number, metavar="NUMBER", help="as the list shows it")
    add_command(
        commands, "hub", show_hub_key, "show the public key by which the hub proves itself to cryptosign clients"
    )


def _account(text: str) -> str:
    from ..store.names import person_name  # noqa: PLC0415 - when it is needed

    return refusing(person_name, text)  # what a device may be called a person may, too


def _label(text: str) -> str:
    from ..store.names import label  # noqa: PLC0415

    return refusing(label, text)


def _role(text: str) -> str:
    from ..store.names import configured_role  # noqa: PLC0415

    return refusing(configured_role, text)


def _days(text: str) -> float:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 36_500 and len(text) <= 6):
        raise argparse.ArgumentTypeError(f"{text[:60]!a} is not a number of days from 1 to 36500")
    return int(text) * _DAY_SECONDS


def _public_key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text) if len(text) == _KEY_CHARACTERS else b""
    except ValueError:
        key = b""
    if not key:
        raise argparse.ArgumentTypeError(f"{text[:80]!a} is not a public key: {_KEY_CHARACTERS} hexadecimal digits")
    return key


# ---- tokens ------------------------------------------------------------------------------------------------------


def add_token(options: argparse.Namespace) -> int:
    """Make a token."""
    expires_at = None if options.days is None else time.time() + options.days
    arguments = {"name": options.name, "label": options.label, "scope": options.scope, "expires_at": expires_at}
    made = ask(options.data, "token.add", arguments)
    until = "until it is revoked" if expires_at is None else f"until {day(expires_at)}"
    print(made["token"], flush=True)
    # Not where the token goes: a file with it has nothing else in it.
    print(f"{options.name} can log in with this token {until}. It is shown only now.", file=sys.stderr)
    return 0


def list_tokens(options: argparse.Namespace) -> int:
    """Show tokens."""
    head = ("number", "account", "for", "scope", "made", "good until", "last used")
    print_table(head, map(_token_row, ask(options.data, "token.list", {})))
    return 0


def revoke_token(options: argparse.Namespace) -> int:
    """Take a token back."""
    token = ask(options.data, "token.revoke", {"number": options.number})
    print(f"token {token['number']} of {token['name']} lets nobody in any more.")
    return 0


def _token_row(token: dict[str, Any]) -> tuple[str, ...]:
    until = "no end" if token["expires_at"] is None else day(token["expires_at"])
    used = "never" if token["used_at"] is None else day(token["used_at"])
    scope = token["scope"] or "all"
    return str(token["number"]), token["name"], token["label"], scope, day(token["created_at"]), until, used


# ---- keys --------------------------------------------------------------------------------------------------------


def add_key(options: argparse.Namespace) -> int:
    """Let an account log in with a key or certificate."""
    if options.certificate is None:
        arguments = {"kind": "cryptosign", "key": options.public_key.hex(), "label": options.label}
    else:
        label = options.label or options.certificate.name
        arguments = {"kind": "certificate", "key": _fingerprint(options.certificate).hex(), "label": label}
    key = ask(options.data, "key.add", {"name": options.name, **arguments})
    print(f"{options.name} can log in with key {key['number']} now.")
    return 0


def list_keys(options: argparse.Namespace) -> int:
    """Show keys and certificates."""
    head = ("number", "account", "for", "made", "way", "public key, or SHA-256")
    print_table(head, map(_key_row, ask(options.data, "key.list", {})))
    return 0


def remove_key(options: argparse.Namespace) -> int:
    """Let nobody in with a key any more."""
    key = ask(options.data, "key.remove", {"number": options.number})
    print(f"key {key['number']} of {key['name']} lets nobody in any more.")
    return 0


def show_hub_key(options: argparse.Namespace) -> int:
    """Show the hub's own public key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - slow to import

    from ..logins import SIGNING_KEY  # noqa: PLC0415
    from ..store.errors import StoreError  # noqa: PLC0415
    from ..store.keyfile import KEY_FILE, HubKey  # noqa: PLC0415

    if not (options.data / KEY_FILE).exists():
        raise CommandError(f"there is no key in {options.data} yet: start the hub once")
    try:
        private = Ed25519PrivateKey.from_private_bytes(HubKey.open(options.data).derive(SIGNING_KEY))
    except StoreError as error:
        raise CommandError(str(error)) from None
    print(private.public_key().public_bytes_raw().hex())
    return 0


def _key_row(key: dict[str, Any]) -> tuple[str, ...]:
    way = "tls" if key["kind"] == "certificate" else key["kind"]
    return str(key["number"]), key["name"], key["label"], day(key["created_at"]), way, key["key"]


def _fingerprint(path: Path) -> bytes:
    """Return the SHA-256 of the first certificate of a file."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0].fingerprint(SHA256())
    except OSError as error:
        raise CommandError(f"the certificate {path} can't be read: {error.strerror}") from None
    except ValueError:
        raise CommandError(f"{path} holds no certificate in PEM form") from None
