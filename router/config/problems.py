"""What is wrong with a configuration: where, and one sentence."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; ``path`` is the JSON path (``workers[0].realms[0].name``), empty for the whole file."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


class ConfigurationError(Exception):
    """A configuration that cannot be used, with all that is wrong with it."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))
        self.source = source
        self.problems = tuple(problems)


class UnreadableFileError(ConfigurationError):
    """There is no such file, or it cannot be read at all."""


def under(path: str, key: str | int) -> str:
    """Return the JSON path of a key of an object, or of an item of a list."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if (key.isidentifier() and key.isascii() and len(key) <= 64) or key == "$schema":
        return f"{path}.{key}" if path else key
    return f"{path}[{shown(key)}]"


def shown(value: object) -> str:
    """Return a value of the file for an error message: printable and short."""
    text = ascii(value)
    return text if len(text) <= 80 else text[:77] + "..."


def nearest(word: str, known: Iterable[str]) -> str:
    """Return what may have been meant by an unknown word, as the end of a sentence."""
    choices = sorted(known)
    match = difflib.get_close_matches(word, choices, n=1)
    if match:
        return f"did you mean {shown(match[0])}?"
    return f"known are {', '.join(choices)}" if choices else "nothing may stand here"
