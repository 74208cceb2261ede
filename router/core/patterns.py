"""Finding what matches a URI, without looking at what does not.

Exact URIs are one lookup. Prefixes are one lookup for each length in use. Wildcards are a walk through a tree of
components that follows only branches which match so far.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..codec.messages import Match

T = TypeVar("T")


class _Node(Generic[T]):
    """A place in the tree of wildcard patterns: component -> next place; "" stands for any component."""

    __slots__ = ("children", "value")

    def __init__(self) -> None:
        self.children: dict[str, _Node[T]] = {}
        self.value: T | None = None


class PatternIndex(Generic[T]):
    """Values by pattern: at most one for each pair of URI and match kind."""

    __slots__ = ("_lengths", "_prefix", "_wildcard", "_wildcards", "exact")

    def __init__(self) -> None:
        self.exact: dict[str, T] = {}
        # prefix -> value
        self._prefix: dict[str, T] = {}
        # length of a prefix -> how many prefixes have it
        self._lengths: Counter[int] = Counter()
        # pattern -> value, the same values that hang in the tree
        self._wildcards: dict[str, T] = {}
        self._wildcard: _Node[T] = _Node()

    @property
    def has_patterns(self) -> bool:
        """Whether anything but exact URIs is in here."""
        return bool(self._prefix or self._wildcards)

    def get(self, uri: str, match: Match) -> T | None:
        """Return the value of this very pattern."""
        return self._table(match).get(uri)

    def add(self, uri: str, match: Match, value: T) -> None:
        """Put in a value; there must be none for this pattern yet."""
        self._table(match)[uri] = value
        if match == "prefix":
            self._lengths[len(uri)] += 1
        elif match == "wildcard":
            node = self._wildcard
            for component in uri.split("."):
                node = node.children.setdefault(component, _Node())
            node.value = value

    def remove(self, uri: str, match: Match) -> None:
        """Take out the value of a pattern."""
        del self._table(match)[uri]
        if match == "prefix":
            self._lengths[len(uri)] -= 1
            if not self._lengths[len(uri)]:
                del self._lengths[len(uri)]
        elif match == "wildcard":
            self._prune(uri.split("."))

    def values(self, match: Match) -> Iterator[T]:
        """Iterate over all values of one match kind."""
        return iter(self._table(match).values())

    def matching(self, uri: str) -> Iterator[T]:
        """Iterate over the values of all patterns that match: exact, then prefixes from the longest, then wildcards.

        Among wildcards the more specific comes first: read from the left, a literal component beats a wildcard
        (advanced profile, "Pattern-based Registrations").
        """
        if (value := self.exact.get(uri)) is not None:
            yield value
        if self._prefix:
            yield from self._matching_prefixes(uri)
        if self._wildcards:
            yield from self._matching_wildcards(self._wildcard, uri.split("."), 0)

    def best(self, uri: str) -> T | None:
        """Return the first of :meth:`matching`."""
        return next(self.matching(uri), None)

    def _matching_prefixes(self, uri: str) -> Iterator[T]:
        for length in sorted(self._lengths, reverse=True):
            if length <= len(uri) and (value := self._prefix.get(uri[:length])) is not None:
                yield value

    def _matching_wildcards(self, node: _Node[T], components: list[str], depth: int) -> Iterator[T]:
        if depth == len(components):
            if node.value is not None:
                yield node.value
            return
        for key in (components[depth], ""):
            child = node.children.get(key)
            if child is not None:
                yield from self._matching_wildcards(child, components, depth + 1)

    def _prune(self, components: list[str]) -> None:
        """Take a wildcard pattern out of the tree, and the branches that lead nowhere then."""
        path = [self._wildcard]
        for component in components:
            path.append(path[-1].children[component])
        path[-1].value = None
        for node, component in zip(reversed(path[:-1]), reversed(components), strict=True):
            child = node.children[component]
            if child.children or child.value is not None:
                return
            del node.children[component]

    def _table(self, match: Match) -> dict[str, T]:
        return self.exact if match == "exact" else self._prefix if match == "prefix" else self._wildcards


def covers(general: str, general_match: Match, pattern: str, match: Match) -> bool:
    """Return whether every URI that ``pattern`` matches is matched by ``general`` as well."""
    if general_match == "exact":
        return general == pattern and match != "prefix" and "" not in pattern.split(".")
    if general_match == "prefix":
        literal = literal_start(pattern) if match == "wildcard" else pattern
        return literal.startswith(general)
    if match == "prefix":
        return False
    ours, theirs = general.split("."), pattern.split(".")
    return len(ours) == len(theirs) and all(a in ("", b) for a, b in zip(ours, theirs, strict=True))


def literal_start(wildcard: str) -> str:
    """Return the text that every URI matching a wildcard pattern begins with."""
    components = wildcard.split(".")
    literal = components[: components.index("")] if "" in components else components
    return ".".join(literal) + ("." if literal and len(literal) < len(components) else "")
