"""Rights that a procedure decides about: what it was asked, what it has said, and the guard that remembers it.

Source: Crossbar's dynamic authorizers; the WAMP specification leaves the section open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .authorization import CACHED_DECISIONS, DENIED, Decision, Disclosure, Guard
from .patterns import PatternIndex, covers, literal_start
from .uris import is_reserved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..codec.messages import Match
    from .authorization import Action, Permission, Role
    from .uris import UriRules


@dataclass(frozen=True, slots=True)
class Question:
    """What a dynamic authorizer is asked about a request; ``options`` are those of the request."""

    action: Action
    uri: str
    options: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)
    match: Match = "exact"
    is_testament: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an authorizer has said; with ``cache`` it is to be asked no more about this."""

    decision: Decision
    cache: bool = False


DENIED_VERDICT = Verdict(DENIED)


def read_verdict(answer: object) -> Verdict | None:
    """Read the answer of an authorizer: a boolean, or a map with ``allow``, ``disclose`` and ``cache``.

    None where it is neither: nobody has decided then.
    """
    if isinstance(answer, bool):
        return Verdict(Decision(answer, Disclosure.ON_REQUEST))
    if not isinstance(answer, dict) or not isinstance(answer.get("allow"), bool):
        return None
    disclose, cache = answer.get("disclose"), answer.get("cache")
    if not isinstance(disclose, bool | None) or not isinstance(cache, bool | None):
        return None
    return Verdict(Decision(answer["allow"], Disclosure.ALWAYS if disclose else Disclosure.ON_REQUEST), bool(cache))


class DynamicGuard(Guard):
    """Answers for one session whose role has an authorizer, by what that has said; what it has not said is denied.

    ``is_static`` is true for a session that is the authorizer itself: the rules of the role decide about it.
    ``taken_back`` is what the authorizer no longer allows, while that is being taken from the session.
    """

    is_static = False
    taken_back: Question | None = None

    def __init__(
        self,
        role: Role,
        uris: UriRules,
        grants: Iterable[Permission] = (),
        owners: PatternIndex[str] | None = None,
        scope: Guard | None = None,
    ) -> None:
        super().__init__(role, uris, grants, owners, scope)
        # question -> answer that may be kept; its match kind is part of the question
        self._answers: dict[Question, Decision] = {}
        # topic of a testament -> answer, for as long as the session lives
        self._bequests: dict[str, Decision] = {}
        self._once: tuple[Question, Decision] | None = None

    def knows(self, question: Question) -> bool:
        """Return whether the authorizer need not be asked."""
        uri, action = question.uri, question.action
        if self._is_by_rules(uri) or question in self._answers:
            return True
        return question.match == "exact" and self._find_grant(action, uri) is not None

    def grants_whole(self, question: Question) -> bool:
        """Return whether a grant allows everything that the question is about."""
        return self._is_granted_whole(question.action, question.uri, question.match)

    def forget(self) -> None:
        """Forget what has been kept for good: the authorizer is asked again."""
        self._answers.clear()

    def keep(self, question: Question, verdict: Verdict) -> None:
        """Keep an answer as long as it may be."""
        if question.is_testament:
            if len(self._bequests) < CACHED_DECISIONS:
                self._bequests[question.uri] = verdict.decision
        elif verdict.cache:
            if len(self._answers) >= CACHED_DECISIONS:
                self._answers.clear()
            self._answers[question] = verdict.decision

    def inherit(self, before: Guard) -> None:
        """Take over what holds for the life of the session from the guard that it had before."""
        if isinstance(before, DynamicGuard):
            self._bequests = before._bequests

    def allow_once(self, question: Question, verdict: Verdict) -> None:
        """Let an answer hold for the request that it was asked about."""
        self._once = question, verdict.decision

    def forget_once(self) -> None:
        """The request has been handled."""
        self._once = None

    def may_know(self, action: Action, uri: str) -> bool:
        """Return whether it is known that this is allowed: the authorizer is not asked for each description."""
        return self._is_in_scope(action, uri) and self._decide(action, uri).allowed

    def receives(self, topic: str) -> bool:
        """Return whether an event may pass: the authorizer was asked about the whole pattern that it comes by."""
        return super().receives(topic) if self._is_by_rules(topic) else self._is_in_scope("subscribe", topic)

    def serves(self, procedure: str) -> bool:
        """Return whether a call may pass, as :meth:`receives`; what another role owns is that role's."""
        if self._is_by_rules(procedure):
            return super().serves(procedure)
        if self._is_taken_back("register", procedure):
            return False
        return self._is_in_scope("register", procedure) and not self._is_of_another(procedure)

    def calls(self, procedure: str) -> bool:
        """Return whether a call that was allowed once still is: the authorizer was asked when it was made."""
        if self._is_by_rules(procedure):
            return super().calls(procedure)
        return self._is_in_scope("call", procedure) and not self._is_taken_back("call", procedure)

    def publishes(self, topic: str) -> bool:
        """Return whether an event that was allowed once still would be, as :meth:`calls`."""
        return super().publishes(topic) if self._is_by_rules(topic) else self._is_in_scope("publish", topic)

    def may_hold_subscription(self, topic: str, match: Match) -> bool:
        """Return whether a subscription that was allowed once still is, as :meth:`calls`."""
        if self._is_by_rules(topic):
            return super().may_hold_subscription(topic, match)
        if self.taken_back == Question("subscribe", topic, match=match):
            return False
        return self._scope is None or self._scope.may_hold_subscription(topic, match)

    def may_hold_registration(self, procedure: str, match: Match) -> bool:
        """Return whether a registration that was allowed once still is, as :meth:`calls`."""
        if self._is_by_rules(procedure):
            return super().may_hold_registration(procedure, match)
        if self.taken_back == Question("register", procedure, match=match):
            return False
        is_in_scope = self._scope is None or self._scope.may_hold_registration(procedure, match)
        return is_in_scope and not self._is_of_another(procedure)

    def _is_taken_back(self, action: Action, uri: str) -> bool:
        """Return whether the authorizer has just taken back what this URI is part of."""
        taken = self.taken_back
        return taken is not None and taken.action == action and covers(taken.uri, taken.match, uri, "exact")

    def _is_by_rules(self, uri: str) -> bool:
        return self.is_static or is_reserved(uri) or uri == self.role.authorizer

    def _decide(self, action: Action, uri: str) -> Decision:
        if self._is_by_rules(uri):
            return self._by_rules(action, uri)
        if not self._is_in_scope(action, uri):
            return DENIED
        return self._said(Question(action, uri)) or self._granted_or_denied(action, uri)

    def _allows_whole(self, action: Action, pattern: str, match: Match) -> bool:
        if self._is_by_rules(pattern):
            return super()._allows_whole(action, pattern, match)
        if action == "register" and self._is_of_another(literal_start(pattern) if match == "wildcard" else pattern):
            return False
        if self._scope is not None and not self._scope._allows_whole(action, pattern, match):
            return False
        said = self._said(Question(action, pattern, match=match))
        return (said is not None and said.allowed) or self._is_granted_whole(action, pattern, match)

    def _said(self, question: Question) -> Decision | None:
        """Return what the authorizer has said about this, just now or for good."""
        if self._once is not None and (self._once[0].action, self._once[0].uri, self._once[0].match) == (
            question.action,
            question.uri,
            question.match,
        ):
            return self._once[1]
        if question in self._answers:
            return self._answers[question]
        return self._bequests.get(question.uri) if question.action == "publish" else None

    def _granted_or_denied(self, action: Action, uri: str) -> Decision:
        grant = self._find_grant(action, uri)
        return DENIED if grant is None else Decision(allowed=True, disclosure=grant.caller)

    def _by_rules(self, action: Action, uri: str) -> Decision:
        """Return what the rules say, without keeping it: the session may become the authorizer, or cease to be it."""
        return self._found(action, uri)
