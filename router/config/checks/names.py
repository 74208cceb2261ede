"""Names that must not stand twice."""

from collections.abc import Iterator, Sequence

from ..problems import Problem, shown, under


def doubles(path: str, names: Sequence[str | None], what: str, key: str = "id") -> Iterator[Problem]:
    """Yield a problem for each item of the list at ``path`` that has the name of one before it."""
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name is not None and first.setdefault(name, index) != index:
            yield Problem(
                under(under(path, index), key),
                f"{under(path, first[name])} has the {what} {shown(name)} already",
            )
