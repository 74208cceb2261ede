"""Which passwords are good enough, and how they are brought into one form (NIST SP 800-63B).

Fifteen characters at least, a kilobyte at most, no rules of composition. Refused is what anyone would try first: the
3000 commonest passwords, and what is made of them by repeating, joining, decorating or walking over the keyboard.
"""

from __future__ import annotations

import re
import secrets
import stringprep
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .errors import WeakPassword

MIN_CHARACTERS = 15
MIN_CHARACTERS_WITH_SECOND_FACTOR = 8
MAX_BYTES = 1024
_MOST_TYPED_BYTES = 4 * MAX_BYTES
"""Before it is in its normal form: a long row of accents takes time by the square of its length."""

_ADVICE = "four or five words that have nothing to do with each other are easy to remember"

_LEAST_DIFFERENT_CHARACTERS = 5
_MOST_PIECES = 3
_SHORTEST_PIECE, _LONGEST_PIECE = 3, 30
_LETTERS_FOR_SIGNS = str.maketrans("@$", "as")
_LETTERS_FOR_DIGITS = str.maketrans("013457", "oleast")
_WALKS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "1234567890qwertyuiopasdfghjklzxcvbnm",
    "1234567890qwertzuiopasdfghjklyxcvbnm",
    "1234567890azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""For passwords that are made: nothing that is read for something else."""


def generate() -> str:
    """Return a password of 99 bits, in five groups that can be typed on a phone."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(5))


def accepted(password: str, names: Iterable[str] = (), least: int = MIN_CHARACTERS) -> str:
    """Return the password as it is hashed (NFKC). Raises :class:`WeakPassword` with one sentence.

    ``names`` are what a stranger would try for this account: its own name and that of the host. ``least`` is how many
    characters it needs.
    """
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        raise WeakPassword("the password has a control character in it: use what a keyboard can type")
    _check_size(password, _MOST_TYPED_BYTES)
    normalised = unicodedata.normalize("NFKC", password)
    if len(normalised) < least:
        raise WeakPassword(f"the password has {len(normalised)} characters and needs {least} at least: {_ADVICE}")
    _check_size(normalised, MAX_BYTES)
    if is_guessable(normalised, names):
        raise WeakPassword(f"the password is among the first that anyone would try: {_ADVICE}")
    return normalised


def _check_size(password: str, most_bytes: int) -> None:
    size = len(password.encode())
    if size > most_bytes:
        raise WeakPassword(f"the password has {size} bytes: {MAX_BYTES} are allowed")


def is_enough_alone(password: str) -> bool:
    """Return whether a password is long enough without a second factor."""
    return len(unicodedata.normalize("NFKC", password)) >= MIN_CHARACTERS


def is_guessable(password: str, names: Iterable[str] = ()) -> bool:
    """Return whether a password is common, or made of common ones by a pattern."""
    text = password.casefold()
    known = _common() | {name.casefold() for name in names if len(name) >= _SHORTEST_PIECE}
    return (
        len(set(text)) < _LEAST_DIFFERENT_CHARACTERS
        or _is_repeated(text)
        or _is_walk(text)
        or any(_is_decorated(form, known) or _is_joined(form, known) for form in _readings(text))
    )


def saslprep(password: str) -> str:
    """Return a password as SCRAM wants it (RFC 4013), unchanged where that allows no such password."""
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in password
        if not stringprep.in_table_b1(character)
    )
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    return password if any(map(_is_prohibited, prepared)) or _mixes_directions(prepared) else prepared


def _readings(text: str) -> tuple[str, str]:
    return text, text.translate(_LETTERS_FOR_SIGNS)


def _is_repeated(text: str) -> bool:
    # A text is made of repetitions exactly when it stands inside its own double, off both ends.
    return text in (text + text)[1:-1]


def _is_walk(text: str) -> bool:
    return any(text in walk * (len(text) // len(walk) + 2) for walk in (*_WALKS, *(w[::-1] for w in _WALKS)))


def _is_decorated(text: str, known: set[str] | frozenset[str]) -> bool:
    """Return whether there is nothing but a common password once digits and signs are taken off the ends."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    return text in known or core in known or core.translate(_LETTERS_FOR_DIGITS) in known


def _is_joined(text: str, known: set[str] | frozenset[str]) -> bool:
    """Return whether the letters and digits are at most three common passwords, numbers or walks in a row."""
    joined = "".join(character for character in text if character.isalnum())
    if not joined:
        return True
    if len(joined) > _MOST_PIECES * _LONGEST_PIECE:
        return False
    # length of a beginning -> the fewest pieces that it can be made of
    fewest = {0: 0}
    for end in range(_SHORTEST_PIECE, len(joined) + 1):
        counts = [
            fewest[begin] + 1
            for begin in range(max(0, end - _LONGEST_PIECE), end - _SHORTEST_PIECE + 1)
            if begin in fewest and _is_piece(joined[begin:end], known)
        ]
        if counts:
            fewest[end] = min(counts)
    return fewest.get(len(joined), _MOST_PIECES + 1) <= _MOST_PIECES


def _is_piece(text: str, known: set[str] | frozenset[str]) -> bool:
    return (
        text in known
        or text.translate(_LETTERS_FOR_DIGITS) in known
        or (len(text) <= 4 and text.isdecimal())
        or len(set(text)) == 1
        or _is_walk(text)
    )


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _is_prohibited(character: str) -> bool:
    tables = (
        stringprep.in_table_a1,
        stringprep.in_table_c12,
        stringprep.in_table_c21_c22,
        stringprep.in_table_c3,
        stringprep.in_table_c4,
        stringprep.in_table_c5,
        stringprep.in_table_c6,
        stringprep.in_table_c7,
        stringprep.in_table_c8,
        stringprep.in_table_c9,
    )
    return any(table(character) for table in tables)


def _mixes_directions(text: str) -> bool:
    """Return whether a text breaks the rule about right-to-left writing (RFC 3454, section 6)."""
    if not any(map(stringprep.in_table_d1, text)):
        return False
    ends_right = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return not ends_right or any(map(stringprep.in_table_d2, text))
