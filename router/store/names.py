"""What accounts, roles and prefixes may be called."""

from __future__ import annotations

import re
import unicodedata

from .errors import InvalidName

MAX_AUTHID_BYTES = 128
MAX_URI_BYTES = 255
MAX_LABEL_BYTES = 64
DEVICE_ROLE = "device:"
"""Begins the name of a role that belongs to one device; no role of a configuration may."""

ADMINISTRATION = "wampi.admin."
"""Begins what only owners may call."""

INTERNAL_ROLE = "router:"
"""Begins the names of the roles of the router's own sessions; no role of a configuration may."""

_DEVICE = re.compile(r"[0-9a-z_]+")
_PREFIX = re.compile(r"([0-9a-z_]+\.)+")
_IN_NAMES = "._@+-"


def person_name(authid: str) -> str:
    """Return the name of a person; raises :class:`InvalidName`.

    Lower case and normalised (NFKC), so that no two accounts look the same to those who read their names.
    """
    _check_length("the name", authid, MAX_AUTHID_BYTES)
    if unicodedata.normalize("NFKC", authid).casefold() != authid or not all(
        character.isalnum() or character in _IN_NAMES for character in authid
    ):
        raise InvalidName(f"{authid!a} can't be the name of an account: use lower-case letters, digits and . _ @ + -")
    return authid


def device_name(authid: str) -> str:
    """Return the name of a device; raises :class:`InvalidName`."""
    _check_length("the name", authid, MAX_AUTHID_BYTES)
    if not _DEVICE.fullmatch(authid):
        raise InvalidName(f"{authid!a} can't be the name of a device: use the letters a to z, digits and _")
    return authid


def configured_role(role: str) -> str:
    """Return the name of a role of the configuration; raises :class:`InvalidName`."""
    _check_length("the role", role, MAX_AUTHID_BYTES)
    if not role.isprintable() or role.startswith((DEVICE_ROLE, INTERNAL_ROLE)):
        raise InvalidName(f"{role!a} can't be a role: use the name of one that stands in the configuration")
    return role


def label(text: str) -> str:
    """Return what a token or key is called by the person who made it; raises :class:`InvalidName`."""
    _check_length("the name", text, MAX_LABEL_BYTES)
    if not text.isprintable():
        raise InvalidName(f"{text!a} can't be a name: use what can be printed")
    return text


def device_prefix(prefix: str) -> str:
    """Return a URI prefix with the dot at its end; raises :class:`InvalidName`."""
    whole = prefix if prefix.endswith(".") else f"{prefix}."
    _check_length("the prefix", whole, MAX_URI_BYTES)
    if not _PREFIX.fullmatch(whole):
        raise InvalidName(f"{prefix!a} can't be a prefix: write it like org.example.doorbell")
    if whole == "wampi." or whole.startswith(("wamp.", ADMINISTRATION)):
        raise InvalidName(f"{prefix!a} is not for one device: choose a prefix of its own, like wampi.doorbell.front")
    return whole


def granted_prefix(prefix: str) -> str:
    """Return the prefix of a device, or of all devices of a kind, with the dot at its end; raises InvalidName."""
    whole = prefix if prefix.endswith(".") else f"{prefix}."
    _check_length("the prefix", whole, MAX_URI_BYTES)
    if not _PREFIX.fullmatch(whole) or whole.count(".") < 2:
        raise InvalidName(f"{prefix!a} names no device: write it like wampi.sprinkler.garden")
    if whole.startswith(("wamp.", ADMINISTRATION)):
        raise InvalidName(f"{prefix!a} belongs to the router: grant a device, like wampi.sprinkler.garden")
    return whole


def _check_length(what: str, text: str, most_bytes: int) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise InvalidName(f"{what} is not valid text: type it again") from None
    if not 1 <= size <= most_bytes:
        raise InvalidName(f"{what} has {size} bytes: give it 1 to {most_bytes}")
