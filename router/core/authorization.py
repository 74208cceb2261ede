"""Who may do what: a role's permissions, and the guard that answers for a role in a realm.

What no rule allows is denied. Where several rules fit, the most specific decides: an exact URI, then the longest
prefix, then the wildcard with the most literal components from the left.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

from . import errors
from .errors import RequestError
from .limits import DEFAULT_LIMITS, Limits
from .patterns import PatternIndex, covers

if TYPE_CHECKING:
    from ..codec.messages import Match
    from .uris import UriRules

Action = Literal["call", "register", "publish", "subscribe"]

_CACHED_DECISIONS = 4096
"""How many answers a guard keeps for each action, before it starts afresh; bounds what a peer can make it hold."""


class Disclosure(Enum):
    """Whether the identity of a caller or publisher is shown to the other side."""

    ON_REQUEST = "on request"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Permission:
    """One rule of a role: what it allows on the URIs that match."""

    uri: str
    match: Match = "exact"
    allow: frozenset[Action] = frozenset()
    caller: Disclosure = Disclosure.ON_REQUEST
    publisher: Disclosure = Disclosure.ON_REQUEST


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a realm: its rules, its limits, and how far others may trust what its sessions send.

    ``trustlevel`` is shown to callees and subscribers; 0 is the lowest, None shows nothing (advanced profile, "Call
    Trust Levels" and "Publication Trust Levels").
    """

    name: str
    permissions: tuple[Permission, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    trustlevel: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a guard says: whether the action is allowed, and whether it shows who did it."""

    allowed: bool
    disclosure: Disclosure


_DENIED = Decision(allowed=False, disclosure=Disclosure.ON_REQUEST)


class Guard:
    """Answers for one role in one realm; an answer is kept, so that a repeated question costs one lookup.

    An answer that is kept also says that the URI is well formed: a bad one is refused before it gets here.
    """

    def __init__(self, role: Role, uris: UriRules) -> None:
        self.role = role
        self._uris = uris
        self._rules: PatternIndex[Permission] = PatternIndex()
        for permission in role.permissions:
            self._rules.add(permission.uri, permission.match, permission)
        # action -> URI -> decision
        self._kept: dict[Action, dict[str, Decision]] = {
            "call": {},
            "register": {},
            "publish": {},
            "subscribe": {},
        }
        self.kept_calls = self._kept["call"]
        self.kept_publishes = self._kept["publish"]

    def may_call(self, procedure: str) -> Decision:
        """Return the decision on a call; raises :class:`RequestError` when it is not allowed."""
        decision = self.kept_calls.get(procedure)
        if decision is None:
            self._uris.check(procedure)
            decision = self._decide("call", procedure)
        if not decision.allowed:
            raise self._refusal("call", procedure)
        return decision

    def may_publish(self, topic: str) -> Decision:
        """Return the decision on a publication; raises :class:`RequestError` when it is not allowed."""
        decision = self.kept_publishes.get(topic)
        if decision is None:
            self._uris.check_own(topic)
            decision = self._decide("publish", topic)
        if not decision.allowed:
            raise self._refusal("publish to", topic)
        return decision

    def check_subscribe(self, topic: str, match: Match) -> None:
        """Raise :class:`RequestError` unless the role may subscribe to this topic or to the whole of this pattern."""
        self._uris.check(topic, match)
        self._check_whole("subscribe", topic, match)

    def check_register(self, procedure: str, match: Match) -> None:
        """Raise :class:`RequestError` unless the role may register this procedure or the whole of this pattern."""
        self._uris.check_own(procedure, match)
        self._check_whole("register", procedure, match)

    def receives(self, topic: str) -> bool:
        """Return whether the role may see an event of this topic, which a pattern subscription brought up."""
        decision = self._kept["subscribe"].get(topic)
        return (decision or self._decide("subscribe", topic)).allowed

    def serves(self, procedure: str) -> bool:
        """Return whether the role may answer a call of this procedure, which a pattern registration brought up."""
        decision = self._kept["register"].get(procedure)
        return (decision or self._decide("register", procedure)).allowed

    def _decide(self, action: Action, uri: str) -> Decision:
        rule = self._rules.best(uri)
        decision = _DENIED
        if rule is not None:
            disclosure = rule.publisher if action == "publish" else rule.caller
            decision = Decision(action in rule.allow, disclosure)
        kept = self._kept[action]
        if len(kept) >= _CACHED_DECISIONS:
            kept.clear()
        kept[uri] = decision
        return decision

    def _check_whole(self, action: Action, pattern: str, match: Match) -> None:
        if match == "exact" or (match == "wildcard" and "" not in pattern.split(".")):
            allowed = self._decide(action, pattern).allowed
        else:
            rules = [rule for rule in self.role.permissions if covers(rule.uri, rule.match, pattern, match)]
            best = max(rules, key=_specificity, default=None)
            allowed = best is not None and action in best.allow
        if not allowed:
            raise self._refusal("subscribe to" if action == "subscribe" else action, pattern)

    def _refusal(self, doing: str, uri: str) -> RequestError:
        return RequestError(errors.NOT_AUTHORIZED, f"the role '{self.role.name}' may not {doing} {uri!a}")


def _specificity(rule: Permission) -> tuple[int, list[bool]]:
    """Return what orders the rules that cover a pattern, in the way :meth:`.PatternIndex.matching` orders them."""
    if rule.match == "prefix":
        return len(rule.uri), []
    return -1, [bool(component) for component in rule.uri.split(".")]
