"""Who may do what: a role's permissions, and the guard that answers for a role in a realm.

What no rule allows is denied. Where several rules fit, the most specific decides: an exact URI, then the longest
prefix, then the wildcard with the most literal components from the left. What a person has been granted comes on top:
a grant allows, and never denies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Literal

from . import errors
from .errors import RequestError
from .limits import DEFAULT_LIMITS, Limits
from .patterns import PatternIndex, covers, literal_start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..codec.messages import Match
    from .uris import UriRules

Action = Literal["call", "register", "publish", "subscribe"]

CACHED_DECISIONS = 4096
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
    Trust Levels" and "Publication Trust Levels"). ``owns`` is the URI prefix of a device: nobody else may register
    anything under it, whatever their rules say, and it is always told who calls. ``authorizer`` is a procedure that
    decides in place of the rules, which then count for ``wamp.*`` and for the authorizer itself.
    Sessions of a role that ``is_internal`` are the router's own: the session meta API knows nothing of them.
    """

    name: str
    permissions: tuple[Permission, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    trustlevel: int | None = None
    owns: str | None = None
    authorizer: str | None = None
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a guard says: whether the action is allowed, and whether it shows who did it."""

    allowed: bool
    disclosure: Disclosure


DENIED = Decision(allowed=False, disclosure=Disclosure.ON_REQUEST)


class Guard:
    """Answers for one role in one realm; an answer is kept, so that a repeated question costs one lookup.

    An answer that is kept also says that the URI is well formed: a bad one is refused before it gets here. Rules never
    change within a guard: other rules are another guard, which has kept nothing yet.
    """

    def __init__(
        self,
        role: Role,
        uris: UriRules,
        grants: Iterable[Permission] = (),
        owners: PatternIndex[str] | None = None,
        scope: Guard | None = None,
    ) -> None:
        """Make a guard of a role.

        ``grants`` are what one person of that role may do besides. ``owners`` says which role owns a prefix. What
        ``scope`` does not allow is denied, whatever the role and the grants say.
        """
        self.role = role
        self._scope = scope
        self.grants = tuple(grants)
        self._uris = uris
        self._owners: PatternIndex[str] = owners or PatternIndex()
        self._rules: PatternIndex[Permission] = PatternIndex()
        for permission in role.permissions:
            self._rules.add(permission.uri, permission.match, permission)
        self._granted: PatternIndex[Permission] = PatternIndex()
        for permission in _joined(self.grants):
            self._granted.add(permission.uri, permission.match, permission)
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

    def may_hold_subscription(self, topic: str, match: Match) -> bool:
        """Return whether a subscription that was allowed once still is."""
        return self._allows_whole("subscribe", topic, match)

    def may_hold_registration(self, procedure: str, match: Match) -> bool:
        """Return whether a registration that was allowed once still is."""
        return self._allows_whole("register", procedure, match)

    def calls(self, procedure: str) -> bool:
        """Return whether a call that was allowed once still is."""
        return (self.kept_calls.get(procedure) or self._decide("call", procedure)).allowed

    def publishes(self, topic: str) -> bool:
        """Return whether an event that was allowed once still would be."""
        return (self.kept_publishes.get(topic) or self._decide("publish", topic)).allowed

    def may_know(self, action: Action, uri: str) -> bool:
        """Return whether the role may be told of what it could call or subscribe to."""
        return self.calls(uri) if action == "call" else self.receives(uri)

    def receives(self, topic: str) -> bool:
        """Return whether the role may see an event of this topic, which a pattern subscription brought up."""
        decision = self._kept["subscribe"].get(topic)
        return (decision or self._decide("subscribe", topic)).allowed

    def serves(self, procedure: str) -> bool:
        """Return whether the role may answer a call of this procedure, which a pattern registration brought up."""
        decision = self._kept["register"].get(procedure)
        return (decision or self._decide("register", procedure)).allowed

    def _decide(self, action: Action, uri: str) -> Decision:
        decision = self._found(action, uri)
        kept = self._kept[action]
        if len(kept) >= CACHED_DECISIONS:
            kept.clear()
        kept[uri] = decision
        return decision

    def _found(self, action: Action, uri: str) -> Decision:
        rule = self._rules.best(uri)
        if rule is None or action not in rule.allow:
            rule = self._find_grant(action, uri) or rule
        if rule is None or (action == "register" and self._is_of_another(uri)):
            return DENIED
        disclosure = rule.publisher if action == "publish" else rule.caller
        return Decision(action in rule.allow and self._is_in_scope(action, uri), disclosure)

    def _is_in_scope(self, action: Action, uri: str) -> bool:
        return self._scope is None or self._scope._decide(action, uri).allowed

    def _find_grant(self, action: Action, uri: str) -> Permission | None:
        """Return a grant that allows the action."""
        return next((grant for grant in self._granted.matching(uri) if action in grant.allow), None)

    def _check_whole(self, action: Action, pattern: str, match: Match) -> None:
        if not self._allows_whole(action, pattern, match):
            raise self._refusal("subscribe to" if action == "subscribe" else action, pattern)

    def _allows_whole(self, action: Action, pattern: str, match: Match) -> bool:
        if match == "exact" or (match == "wildcard" and "" not in pattern.split(".")):
            return self._decide(action, pattern).allowed
        if action == "register" and self._is_of_another(literal_start(pattern) if match == "wildcard" else pattern):
            return False
        if self._scope is not None and not self._scope._allows_whole(action, pattern, match):
            return False
        rules = [rule for rule in self.role.permissions if covers(rule.uri, rule.match, pattern, match)]
        best = max(rules, key=_specificity, default=None)
        return (best is not None and action in best.allow) or self._is_granted_whole(action, pattern, match)

    def _is_granted_whole(self, action: Action, pattern: str, match: Match) -> bool:
        return any(action in grant.allow and covers(grant.uri, grant.match, pattern, match) for grant in self.grants)

    def owns(self, uri: str) -> bool:
        """Return whether a URI is under the prefix that the role owns."""
        return self.role.owns is not None and self._owners.best(uri) == self.role.name

    def _is_of_another(self, start: str) -> bool:
        """Return whether everything that starts like this is owned by another role."""
        return self._owners.best(start) not in (None, self.role.name)

    def _refusal(self, doing: str, uri: str) -> RequestError:
        return RequestError(errors.NOT_AUTHORIZED, f"the role '{self.role.name}' may not {doing} {uri!a}")


def _joined(grants: Iterable[Permission]) -> list[Permission]:
    """Return one permission for each pattern: what all grants on it allow together."""
    # URI and match kind -> permission
    joined: dict[tuple[str, Match], Permission] = {}
    for grant in grants:
        known = joined.setdefault((grant.uri, grant.match), grant)
        joined[grant.uri, grant.match] = replace(known, allow=known.allow | grant.allow)
    return list(joined.values())


def _specificity(rule: Permission) -> tuple[int, list[bool]]:
    """Return what orders the rules that cover a pattern, in the way :meth:`.PatternIndex.matching` orders them."""
    if rule.match == "prefix":
        return len(rule.uri), []
    return -1, [bool(component) for component in rule.uri.split(".")]
