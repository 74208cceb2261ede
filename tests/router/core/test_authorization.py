"""Permissions: the most specific rule decides, and a pattern needs a rule for all that it matches."""

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.core import EVERYTHING, FakeRouter
from wampi.router.codec.messages import Match
from wampi.router.core.authorization import Action, Disclosure, Guard, Permission, Role
from wampi.router.core.errors import RequestError
from wampi.router.core.uris import UriRules

ACTIONS: tuple[Action, ...] = get_args(Action)
ALL = frozenset(ACTIONS)
NONE: frozenset[Action] = frozenset()

UNIVERSE = [".".join(parts) for length in (1, 2, 3) for parts in product(("a", "b", "ab"), repeat=length)]
"""Every URI of the small world in which coverage is enumerated."""

components = st.sampled_from(["a", "b", "ab"])
uris = st.lists(components, min_size=1, max_size=3).map(".".join)
wildcards = st.lists(components | st.just(""), min_size=1, max_size=3).map(".".join)
prefixes = st.builds(lambda uri, cut: uri[:cut], uris, st.integers(0, 7))
allowances = st.sampled_from([ALL, NONE])
rules = st.one_of(
    st.builds(Permission, uris, st.just("exact"), allowances),
    st.builds(Permission, prefixes, st.just("prefix"), allowances),
    st.builds(Permission, wildcards, st.just("wildcard"), allowances),
)
roles = st.lists(rules, max_size=6, unique_by=lambda rule: (rule.uri, rule.match)).map(
    lambda held: Role("r", tuple(held))
)


def guard(*permissions: Permission) -> Guard:
    return Guard(Role("r", permissions), UriRules())


def allows(check: object, *arguments: object) -> bool:
    try:
        check(*arguments)  # type: ignore[operator]
    except RequestError as error:
        assert error.uri == "wamp.error.not_authorized"
        return False
    return True


def matches(pattern: str, match: Match, uri: str) -> bool:
    if match == "prefix":
        return uri.startswith(pattern)
    ours, theirs = pattern.split("."), uri.split(".")
    return pattern == uri or (
        match == "wildcard"
        and len(ours) == len(theirs)
        and all(one in ("", other) for one, other in zip(ours, theirs, strict=True))
    )


def decides(role: Role, uri: str) -> bool:
    """Return what the most specific rule says, found by trying all."""

    def specificity(rule: Permission) -> tuple[int, int, list[bool]]:
        kind = {"exact": 2, "prefix": 1, "wildcard": 0}[rule.match]
        return kind, len(rule.uri) if rule.match == "prefix" else 0, [part != "" for part in rule.uri.split(".")]

    fitting = [rule for rule in role.permissions if matches(rule.uri, rule.match, uri)]
    return bool(fitting) and max(fitting, key=specificity).allow == ALL


def test_what_no_rule_allows_is_denied() -> None:
    empty = guard()
    assert not allows(empty.may_call, "com.a")
    assert not allows(empty.may_publish, "com.a")
    assert not allows(empty.check_subscribe, "com.a", "exact")
    assert not allows(empty.check_register, "com.a", "exact")
    assert not empty.receives("com.a")
    assert not empty.serves("com.a")


@pytest.mark.parametrize("allowed", ACTIONS)
def test_each_action_is_allowed_by_its_own_name_alone(allowed: Action) -> None:
    one = guard(Permission("com.", "prefix", frozenset({allowed})))
    assert allows(one.may_call, "com.a") == (allowed == "call")
    assert allows(one.may_publish, "com.a") == (allowed == "publish")
    for topic, match in (("com.a", "exact"), ("com.", "prefix"), ("com..x", "wildcard")):
        assert allows(one.check_subscribe, topic, match) == (allowed == "subscribe")
        assert allows(one.check_register, topic, match) == (allowed == "register")
    assert one.receives("com.a") == (allowed == "subscribe")
    assert one.serves("com.a") == (allowed == "register")


@given(roles, uris)
def test_the_most_specific_rule_decides(role: Role, uri: str) -> None:
    one = Guard(role, UriRules())
    for _ in range(2):  # the second answer is a kept one
        assert allows(one.may_call, uri) == decides(role, uri)
        assert allows(one.may_publish, uri) == decides(role, uri)
        assert allows(one.check_subscribe, uri, "exact") == decides(role, uri)
        assert one.receives(uri) == decides(role, uri)
        assert one.serves(uri) == decides(role, uri)


@given(roles, prefixes)
def test_a_prefix_is_granted_only_where_one_rule_covers_all_of_it(role: Role, pattern: str) -> None:
    check_pattern(role, pattern, "prefix")


@given(roles, wildcards)
def test_a_wildcard_is_granted_only_where_one_rule_covers_all_of_it(role: Role, pattern: str) -> None:
    check_pattern(role, pattern, "wildcard")


def check_pattern(role: Role, pattern: str, match: Match) -> None:
    one = Guard(role, UriRules())
    granted = allows(one.check_subscribe, pattern, match)
    assert granted == allows(one.check_register, pattern, match)
    # beside the small world, URIs that no rule names stand for all others
    inside = [uri for uri in [*UNIVERSE, *others(pattern, match)] if matches(pattern, match, uri)]
    covering = [rule for rule in role.permissions if all(matches(rule.uri, rule.match, uri) for uri in inside)]
    if granted:
        assert covering, "a pattern was granted that no rule covers"
        # and where no rule inside the pattern says otherwise, everything in it is allowed
        inner = [rule for rule in role.permissions if rule not in covering]
        for uri in inside:
            if not any(matches(rule.uri, rule.match, uri) for rule in inner):
                assert decides(role, uri)
    elif covering:
        untouched = [
            uri
            for uri in inside
            if not any(matches(r.uri, r.match, uri) for r in role.permissions if r not in covering)
        ]
        assert not any(decides(role, uri) for uri in untouched), "a pattern was denied that a rule covers"


def others(pattern: str, match: Match) -> list[str]:
    if match == "prefix":
        return [pattern + rest for rest in ("zz", ".zz", "zz.zz.zz", ".zz.zz.zz.zz")] if pattern else ["zz", "zz.zz"]
    return [".".join(part or "zz" for part in pattern.split("."))]


def test_a_pattern_without_a_wildcard_in_it_is_a_uri() -> None:
    one = guard(Permission("com.a", "exact", ALL))
    assert allows(one.check_subscribe, "com.a", "wildcard")
    assert not allows(one.check_subscribe, "com.a", "prefix")
    assert not allows(one.check_subscribe, "com.", "wildcard")


def test_a_pattern_is_judged_by_the_rule_that_would_judge_its_uris() -> None:
    one = guard(Permission("a..", "wildcard", NONE), Permission(".bbbbbb.", "wildcard", ALL))
    assert not decides(one.role, "a.bbbbbb.c")
    assert not allows(one.check_subscribe, "a.bbbbbb.", "wildcard")


def test_a_right_to_one_uri_is_no_right_to_a_pattern_that_begins_with_it() -> None:
    one = guard(Permission("com.a", "exact", ALL))
    for pattern, match in (("com.a", "prefix"), ("com.a.", "wildcard"), ("", "prefix"), ("..", "wildcard")):
        assert not allows(one.check_subscribe, pattern, match)
        assert not allows(one.check_register, pattern, match)


def test_a_bad_uri_is_named_as_such_before_any_right_is_looked_at() -> None:
    nobody = guard()
    checks = [
        (nobody.may_call, ("a..b",)),
        (nobody.may_publish, ("a..b",)),
        (nobody.check_subscribe, ("a..b", "exact")),
        (nobody.check_register, ("a b", "prefix")),
        (nobody.may_publish, ("wamp.topic",)),
        (nobody.check_register, ("wamp.procedure", "exact")),
        (nobody.check_register, ("wamp.", "prefix")),
    ]
    for check, arguments in checks:
        with pytest.raises(RequestError) as caught:
            check(*arguments)  # type: ignore[operator]
        assert caught.value.uri == "wamp.error.invalid_uri"


def test_a_reserved_uri_is_refused_again_when_it_is_tried_again() -> None:
    one = guard(Permission("", "prefix", ALL))
    assert allows(one.may_call, "wamp.session.count")
    assert one.receives("wamp.session.on_join")
    for _ in range(2):
        with pytest.raises(RequestError, match="reserved"):
            one.may_publish("wamp.session.count")


def test_the_refusal_says_who_may_not_do_what() -> None:
    with pytest.raises(RequestError, match=r"the role 'r' may not publish to 'com\.a'"):
        guard().may_publish("com.a")


def test_disclosure_comes_from_the_rule_that_decides() -> None:
    one = guard(
        Permission("", "prefix", ALL),
        Permission("com.", "prefix", ALL, caller=Disclosure.ALWAYS, publisher=Disclosure.NEVER),
    )
    assert one.may_call("org.a").disclosure is Disclosure.ON_REQUEST
    assert one.may_call("com.a").disclosure is Disclosure.ALWAYS
    assert one.may_publish("com.a").disclosure is Disclosure.NEVER


def test_the_memory_of_a_guard_is_bounded() -> None:
    one = guard(Permission("", "prefix", ALL))
    for number in range(10_000):
        one.may_call(f"com.p{number}")
        one.may_publish(f"com.t{number}")
    assert len(one.kept_calls) <= 4096
    assert len(one.kept_publishes) <= 4096


def test_a_kept_answer_is_the_same_object() -> None:
    one = guard(Permission("", "prefix", ALL))
    assert one.may_call("com.a") is one.may_call("com.a")


def test_what_is_kept_of_a_uri_says_nothing_of_a_pattern_that_reads_the_same() -> None:
    one = guard(Permission("a.b", allow=ALL))
    assert one.receives("a.b")
    assert allows(one.check_subscribe, "a.b", "exact")
    for match in ("prefix", "wildcard"):
        assert allows(one.check_subscribe, "a.b", match) is (match == "wildcard")  # which without a gap is the URI
        assert not allows(one.check_subscribe, "a.", match if match == "prefix" else "prefix")
    whole = guard(Permission("a.b", "prefix", ALL), Permission("a.b", allow=NONE))
    assert allows(whole.check_subscribe, "a.b", "prefix")
    assert not whole.receives("a.b")
    assert not allows(whole.check_subscribe, "a.b", "exact")


def test_what_is_kept_for_one_action_says_nothing_of_another() -> None:
    one = guard(Permission("a.b", allow=frozenset({"call"})))
    assert one.calls("a.b")
    assert not any((one.publishes("a.b"), one.receives("a.b"), one.serves("a.b")))


def test_what_is_kept_for_one_person_says_nothing_of_another_with_the_same_role() -> None:
    realm = FakeRouter([Role("r")]).realm
    realm.set_grants({"anna": (Permission("a.b", allow=ALL),)})
    guards = {who: realm.guard("r", who) for who in ("anna", "ben")}
    assert {who: one is not None and one.calls("a.b") for who, one in guards.items()} == {"anna": True, "ben": False}
    within = realm.guard("r", "anna", "r")
    assert within is not None
    assert not within.calls("a.b")


def test_what_was_kept_under_other_rules_is_forgotten_with_them() -> None:
    realm = FakeRouter([Role("r", (Permission("a.b", allow=ALL),))]).realm
    before = realm.guard("r")
    assert before is not None
    assert before.calls("a.b")
    realm.set_roles([Role("r")])
    after = realm.guard("r")
    assert after is not None
    assert not after.calls("a.b")


# ---- scope -------------------------------------------------------------------------------------------------------


@given(roles, roles, uris)
def test_within_a_scope_is_allowed_what_both_roles_allow(role: Role, scope: Role, uri: str) -> None:
    within = Guard(scope, UriRules())
    narrow, wide = Guard(role, UriRules(), scope=within), Guard(role, UriRules())
    for ask in ("may_call", "may_publish"):
        both = allows(getattr(wide, ask), uri) and allows(getattr(within, ask), uri)
        assert allows(getattr(narrow, ask), uri) is both


@given(roles, roles, st.one_of(uris, prefixes, wildcards), st.sampled_from(get_args(Match)))
def test_within_a_scope_a_pattern_needs_both_roles_for_the_whole_of_it(
    role: Role, scope: Role, pattern: str, match: Match
) -> None:
    within = Guard(scope, UriRules())
    narrow, wide = Guard(role, UriRules(), scope=within), Guard(role, UriRules())
    try:
        UriRules().check(pattern, match)
    except RequestError:
        return
    both = allows(wide.check_subscribe, pattern, match) and allows(within.check_subscribe, pattern, match)
    assert allows(narrow.check_subscribe, pattern, match) is both
    assert narrow.may_hold_subscription(pattern, match) is both


def test_a_grant_goes_no_further_than_the_scope() -> None:
    grant = Permission("a.b", allow=frozenset({"call"}))
    within = Guard(Role("narrow", (Permission("a.c", allow=ALL),)), UriRules())
    narrow = Guard(Role("r"), UriRules(), [grant, Permission("a.c", allow=ALL)], scope=within)
    assert not allows(narrow.may_call, "a.b")
    assert allows(narrow.may_call, "a.c")


def test_a_role_that_an_authorizer_decides_about_is_no_scope() -> None:
    realm = FakeRouter([EVERYTHING, Role("asked", EVERYTHING.permissions, authorizer="com.authorize")]).realm
    assert realm.guard("everything", "anna", "asked") is None
    assert realm.guard("asked", "anna", "everything") is not None
