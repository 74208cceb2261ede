"""Matching, against a matcher that tries every pattern."""

from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wampi.router.codec.messages import Match
from wampi.router.core.patterns import PatternIndex
from wampi.router.core.patterns import covers as covers_pattern

Pattern = tuple[str, Match]

components = st.sampled_from(["a", "b", "ab", "c"])
uris = st.lists(components, min_size=1, max_size=4).map(".".join)
wildcards = st.lists(components | st.just(""), min_size=1, max_size=4).map(".".join)
prefixes = st.builds(lambda uri, cut: uri[:cut], uris, st.integers(0, 8))
patterns: st.SearchStrategy[Pattern] = st.one_of(
    st.tuples(uris, st.just("exact")),
    st.tuples(prefixes, st.just("prefix")),
    st.tuples(wildcards, st.just("wildcard")),
)


def covers(pattern: str, match: Match, uri: str) -> bool:
    if match == "exact":
        return uri == pattern
    if match == "prefix":
        return uri.startswith(pattern)
    ours, theirs = pattern.split("."), uri.split(".")
    return len(ours) == len(theirs) and all(one in ("", other) for one, other in zip(ours, theirs, strict=True))


def rank(pattern: str, match: Match) -> Any:
    """Return what sorts the patterns that match one URI: exact, the longest prefix, then literals from the left."""
    literals = [not component for component in pattern.split(".")] if match == "wildcard" else []
    return {"exact": 0, "prefix": 1, "wildcard": 2}[match], -len(pattern) if match == "prefix" else 0, literals


def index_of(held: set[Pattern]) -> PatternIndex[Pattern]:
    index: PatternIndex[Pattern] = PatternIndex()
    for uri, match in held:
        index.add(uri, match, (uri, match))
    return index


@given(st.sets(patterns, max_size=25), uris)
def test_all_patterns_that_match_are_found_in_order_of_precedence(held: set[Pattern], uri: str) -> None:
    expected = sorted((pattern for pattern in held if covers(*pattern, uri)), key=lambda pattern: rank(*pattern))
    index = index_of(held)
    assert list(index.matching(uri)) == expected
    assert index.best(uri) == (expected[0] if expected else None)


@given(st.sets(patterns, max_size=25), st.sets(patterns, max_size=25), uris)
def test_what_is_taken_out_is_as_if_it_had_never_been_there(held: set[Pattern], others: set[Pattern], uri: str) -> None:
    index = index_of(held | others)
    for pattern in others:
        index.remove(*pattern)
    left = index_of(held - others)
    assert list(index.matching(uri)) == list(left.matching(uri))
    assert index.has_patterns == left.has_patterns
    for match in ("exact", "prefix", "wildcard"):
        assert set(index.values(match)) == set(left.values(match))


@given(st.sets(patterns, max_size=10), patterns)
def test_a_pattern_is_looked_up_as_itself(held: set[Pattern], pattern: Pattern) -> None:
    assert index_of(held).get(*pattern) == (pattern if pattern in held else None)


def test_one_uri_can_be_held_once_for_each_kind() -> None:
    held: set[Pattern] = {("a.b", "exact"), ("a.b", "prefix"), ("a.b", "wildcard")}
    assert set(index_of(held).matching("a.b")) == held


@pytest.mark.parametrize(
    ("uri", "matching", "others"),
    [
        (
            "a1.b2.c3.d4.e5",
            ["a1.b2.c3.d4.e5/exact", "a1.b2.c3/prefix", "a1.b2.c3./prefix", "a1.b2..d4.e5/wildcard"],
            [],
        ),
        ("a1.b2.c33.d4.e5", ["a1.b2.c33..e5/wildcard", "a1.b2..d4.e5/wildcard"], ["a1.b2.c3./prefix"]),
        ("a1.b2.c88.d4.e5.f6.g7", ["a1.b2..d4.e5..g7/wildcard", "a1.b2..d4..f6.g7/wildcard"], []),
        ("com.app.obj10", ["com.app.obj1/prefix"], ["com.app.obj1/exact"]),
        ("com.app", ["/prefix", ".app/wildcard", "com./wildcard", "./wildcard"], ["../wildcard", "/wildcard"]),
    ],
)
def test_the_examples_of_the_specification(uri: str, matching: list[str], others: list[str]) -> None:
    index: PatternIndex[str] = PatternIndex()
    for pattern in matching + others:
        text, _, match = pattern.rpartition("/")
        index.add(text, match, pattern)  # type: ignore[arg-type]
    assert set(index.matching(uri)) == set(matching)


def test_the_precedence_of_the_specification() -> None:
    held: set[Pattern] = {
        ("a1.b2.c3.d4", "prefix"), ("a1.b2", "prefix"), ("a1.b2..d4.e5", "wildcard"), ("a1.b2.c33..e5", "wildcard"),
        ("a1.b2..d4.e5..g7", "wildcard"), ("a1.b2..d4..f6.g7", "wildcard"), ("a1.b2.c3.d4.e55", "exact"),
    }  # fmt: skip
    index = index_of(held - {("a1.b2", "prefix")})
    assert index.best("a1.b2.c3.d4.e55") == ("a1.b2.c3.d4.e55", "exact")
    assert index.best("a1.b2.c3.d98.e74") is None
    assert index.best("a1.b2.c3.d4.e325") == ("a1.b2.c3.d4", "prefix")
    assert index.best("a1.b2.c55.d4.e5") == ("a1.b2..d4.e5", "wildcard")
    assert index.best("a1.b2.c33.d4.e5") == ("a1.b2.c33..e5", "wildcard")
    assert index.best("a1.b2.c88.d4.e5.f6.g7") == ("a1.b2..d4.e5..g7", "wildcard")
    assert index_of(held).best("a1.b2.c33.d4.e5") == ("a1.b2", "prefix")


def test_a_wildcard_stands_for_exactly_one_component() -> None:
    index = index_of({("a..c", "wildcard")})
    assert [index.best(uri) is not None for uri in ("a.b.c", "a.c", "a.b.b.c", "a.b.c.d", "x.b.c")] == [True] + [
        False
    ] * 4


def test_the_empty_prefix_matches_everything_and_the_empty_wildcard_one_component() -> None:
    index = index_of({("", "prefix"), ("", "wildcard")})
    assert list(index.matching("a.b")) == [("", "prefix")]
    assert list(index.matching("a")) == [("", "prefix"), ("", "wildcard")]


def test_a_deep_uri_is_no_trouble() -> None:
    deep = ".".join("a" * 128)
    index = index_of({("." * 127, "wildcard"), (deep, "wildcard")})
    assert list(index.matching(deep)) == [(deep, "wildcard"), ("." * 127, "wildcard")]


WORLD = [".".join(parts) for length in (1, 2, 3, 4) for parts in product(("a", "b", "ab", "c", "zz"), repeat=length)]
"""URIs enough to tell any two patterns of these tests apart; no pattern names ``zz``, which stands for all others."""


@given(patterns, patterns)
@example(("a.b.", "prefix"), ("a.b", "wildcard"))
@example(("a.b", "exact"), ("a.b", "wildcard"))
@example(("a.", "prefix"), ("a.", "wildcard"))
def test_a_pattern_covers_another_when_it_matches_all_that_the_other_does(general: Pattern, special: Pattern) -> None:
    inside = [uri for uri in [*WORLD, *(special[0] + rest for rest in ("zz", ".zz"))] if covers(*special, uri)]
    assert covers_pattern(*general, *special) == all(covers(*general, uri) for uri in inside)
