"""URIs: the loose and the strict rules of the basic profile, what a pattern may look like, what is reserved."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wampi.router.codec.messages import Match
from wampi.router.core.errors import RequestError
from wampi.router.core.uris import LOOSE, UriRules, is_reserved

STRICT = UriRules(strict=True)
SPECIFIED_LOOSE = re.compile(r"^([^\s\.#]+\.)*([^\s\.#]+)\Z")
SPECIFIED_STRICT = re.compile(r"^([0-9a-z_]+\.)*([0-9a-z_]+)\Z")
SPECIFIED_WILDCARD = re.compile(r"^(([^\s\.#]+\.)|\.)*([^\s\.#]+)?\Z")

texts = st.text(alphabet="ab_1A-.# \t\n\u00e9\u2003\u0000", max_size=12)


@given(texts)
def test_a_uri_is_what_the_specification_says(uri: str) -> None:
    assert LOOSE.is_valid(uri) == bool(SPECIFIED_LOOSE.match(uri))
    assert STRICT.is_valid(uri) == bool(SPECIFIED_STRICT.match(uri))


@given(texts)
def test_a_wildcard_pattern_is_what_the_specification_says(uri: str) -> None:
    assert LOOSE.is_valid(uri, "wildcard") == bool(SPECIFIED_WILDCARD.match(uri))


@given(texts)
def test_a_prefix_pattern_is_the_beginning_of_a_uri(uri: str) -> None:
    assert LOOSE.is_valid(uri, "prefix") == any(LOOSE.is_valid(uri + rest) for rest in ("", "x"))
    assert STRICT.is_valid(uri, "prefix") == any(STRICT.is_valid(uri + rest) for rest in ("", "x"))


@pytest.mark.parametrize("uri", ["com.Example.my-App.größe", "a", "1.2.3", "a.\u0000"])
def test_the_loose_rules_let_any_text_be_a_component(uri: str) -> None:
    assert LOOSE.is_valid(uri)


@pytest.mark.parametrize("uri", ["", ".", "a.", ".a", "a..b", "a b", "a.b\n", "a#b", "a.\u2003b"])
@pytest.mark.parametrize("rules", [LOOSE, STRICT])
def test_what_no_rules_allow(rules: UriRules, uri: str) -> None:
    assert not rules.is_valid(uri)


@pytest.mark.parametrize("uri", ["com.Example", "my-app", "größe"])
def test_the_strict_rules_want_small_letters_digits_and_underscores(uri: str) -> None:
    assert LOOSE.is_valid(uri)
    for match in ("exact", "prefix", "wildcard"):
        assert not STRICT.is_valid(uri, match)


@pytest.mark.parametrize("match", ["exact", "prefix", "wildcard"])
def test_a_uri_has_255_bytes_at_most(match: Match) -> None:
    assert LOOSE.is_valid("ü" * 127 + "x", match)
    assert not LOOSE.is_valid("ü" * 128, match)


def test_a_lone_surrogate_is_measured_and_not_choked_on() -> None:
    assert LOOSE.is_valid("\ud800" * 85)
    assert not LOOSE.is_valid("\ud800" * 86)


@pytest.mark.parametrize("uri", ["wamp", "wamp.session.count", "wamp."])
def test_what_begins_with_the_component_wamp_is_reserved(uri: str) -> None:
    assert is_reserved(uri)


@pytest.mark.parametrize("uri", ["wampx.foo", "wamp_foo", "wampi.error.busy", "com.wamp.foo", "WAMP.foo", "", "wam"])
def test_what_only_looks_like_it_is_not(uri: str) -> None:
    assert not is_reserved(uri)


@pytest.mark.parametrize("uri", ["a..b", "a b", "x" * 300, "\ud800 ", "a\nb"])
def test_the_error_names_a_bad_uri_in_one_short_printable_line(uri: str) -> None:
    with pytest.raises(RequestError) as caught:
        LOOSE.check(uri)
    assert caught.value.uri == "wamp.error.invalid_uri"
    assert caught.value.message.isprintable()
    assert caught.value.message.isascii()
    assert len(caught.value.message) < 120


def test_the_error_names_the_kind_of_pattern() -> None:
    with pytest.raises(RequestError, match="is not a valid prefix pattern"):
        LOOSE.check("a b", "prefix")


def test_an_application_may_not_use_reserved_uris_as_its_own() -> None:
    LOOSE.check("wamp.session.count")
    for uri in ("wamp", "wamp.foo"):
        with pytest.raises(RequestError, match="reserved") as caught:
            LOOSE.check_own(uri)
        assert caught.value.uri == "wamp.error.invalid_uri"
