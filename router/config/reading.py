"""From a file to a checked :class:`Node`, or to the list of everything that is wrong with it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from .node import Node
from .problems import ConfigurationError, Problem, UnreadableFileError, shown
from .shape import shape_problems

_LARGEST_BYTES = 1024 * 1024


def read(path: Path) -> Node:
    """Read a configuration file.

    Raises:
        UnreadableFileError: there is no such file, or it cannot be read.
        ConfigurationError: it is not JSON, or has not the shape of a configuration.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise UnreadableFileError(str(path), [Problem("", error.strerror or str(error))]) from None
    if len(content) > _LARGEST_BYTES:
        raise ConfigurationError(str(path), [Problem("", "is larger than 1 MiB, which no configuration is")])
    return parse(content, str(path))


def parse(content: bytes, source: str) -> Node:
    """Read a configuration from its bytes; ``source`` names it in errors. Raises :class:`ConfigurationError`."""
    value, doubles = _load(content, source)
    try:
        node = msgspec.convert(value, Node)
    except msgspec.ValidationError as error:
        problems = list(shape_problems(value, Node))
        raise ConfigurationError(source, doubles + (problems or [Problem("", str(error))])) from None
    if doubles:
        raise ConfigurationError(source, doubles)
    return node


def _load(content: bytes, source: str) -> tuple[object, list[Problem]]:
    """Return the JSON value, and the keys that stand twice in one object."""
    doubles: list[Problem] = []

    def build(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = sorted({key for key in keys if keys.count(key) > 1})
            doubles.extend(Problem("", f"the key {shown(key)} stands twice in one object") for key in twice)
        return built

    try:
        text = content.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=build, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
        return value, doubles
    except UnicodeEncodeError:
        problem = "holds half of a surrogate pair, which is no character"
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        problem = f"is not JSON at line {error.lineno}, column {error.colno}: {error.msg.lower()}"
    except (RecursionError, ValueError) as error:
        problem = "is nested too deeply" if isinstance(error, RecursionError) else f"is not JSON: {error}"
    raise ConfigurationError(source, [Problem("", problem)])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
