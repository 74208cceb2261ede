"""The meta API against a model: what a watcher is told, event by event in order, and what it finds when it asks."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.core import ALL_ROLES, EVERYTHING, Client, FakeRouter
from support.wamp import ABORT, EVENT, GOODBYE, REGISTER, SUBSCRIBE, UNREGISTER, UNSUBSCRIBE, YIELD
from wampi.router.core.authorization import Role

GUEST = Role("guest", EVERYTHING.permissions)
REVOCABLE = {
    "subscriber": {"features": {"subscription_revocation": True}},
    "callee": {"features": {"registration_revocation": True}},
}
PATTERNS = [("a", "exact"), ("a.b", "exact"), ("a", "prefix"), ("a.", "wildcard"), ("a.b", "wildcard")]
POLICIES = ["single", "first", "roundrobin"]
WILL = "com.will"
Pattern = tuple[str, str]
patterns = st.sampled_from(PATTERNS)
numbers = st.integers(0, 3)
"""Which of the members does something, counted from 0; there may be fewer."""


@dataclass(eq=False)
class Member:
    client: Client
    authid: str
    role: str
    is_told: bool
    # pattern -> id, in the order in which the member got them
    subscriptions: dict[Pattern, int] = field(default_factory=dict)
    registrations: dict[Pattern, int] = field(default_factory=dict)
    testaments: dict[str, list[int]] = field(default_factory=lambda: {"detached": [], "destroyed": []})

    @property
    def id(self) -> int:
        return self.client.session


class MetaMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.home = FakeRouter([EVERYTHING, GUEST])
        self.all: list[Member] = []
        # pattern -> policy of a registration
        self.policies: dict[Pattern, str] = {}
        # pattern -> its callees in the order of their registration
        self.order: dict[Pattern, list[Member]] = {}
        self.expected: list[Any] = []
        self.count = 0
        self.watcher = self.home.client()
        self.own = {self.watcher.subscribe("wamp.", match="prefix"), self.watcher.subscribe(WILL)}
        self.watcher.take()

    def member(self, number: int) -> Member:
        return self.all[number % len(self.all)]

    def tell(self, topic: str, *args: Any) -> None:
        self.expected.append((f"wamp.{topic}", list(args)))

    # ---- sessions --------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.all) < 4)
    @rule(authid=st.sampled_from(["ann", "bob"]), role=st.sampled_from(["everything", "guest"]), is_told=st.booleans())
    def join(self, authid: str, role: str, is_told: bool) -> None:
        roles = ALL_ROLES | REVOCABLE if is_told else ALL_ROLES
        member = Member(self.home.client("cbor", role, authid, roles), authid, role, is_told)
        self.all.append(member)
        who = {"session": member.id, "authid": authid, "authrole": role}
        rest = {"authmethod": "anonymous", "authprovider": "static", "transport": {"type": "memory", "peer": "memory"}}
        self.tell("session.on_join", who | rest)

    @precondition(lambda self: self.all)
    @rule(number=numbers, how=st.sampled_from(["loss", "goodbye", "abort", "violation", "kill"]))
    def leave(self, number: int, how: str) -> None:
        member = self.member(number)
        self.all.remove(member)
        self.parted(member)
        self.expected += [
            (WILL, [number]) for scope in ("detached", "destroyed") for number in member.testaments[scope]
        ]
        self.tell("session.on_leave", member.id, member.authid, member.role)
        ends = {"goodbye": (GOODBYE, {}, "x.y"), "abort": (ABORT, {}, "x.y"), "violation": (YIELD, 9, {})}
        if how == "kill":
            self.watcher.call("wamp.session.kill", [member.id])
        elif how in ends:
            member.client.send(*ends[how])
        member.client.leave()

    @rule(by=st.sampled_from(["authid", "authrole", "all"]), who=st.sampled_from(["ann", "bob", "guest"]))
    def kill_many(self, by: str, who: str) -> None:
        ended = [m for m in self.all if by == "all" or who == (m.authid if by == "authid" else m.role)]
        for member in ended:
            self.parted(member)
            if by != "all":
                wills = member.testaments["detached"] + member.testaments["destroyed"]
                self.expected += [(WILL, [number]) for number in wills]
                self.tell("session.on_leave", member.id, member.authid, member.role)
        self.all = [member for member in self.all if member not in ended]
        self.watcher.call(f"wamp.session.kill_{'' if by == 'all' else 'by_'}{by}", [] if by == "all" else [who])
        for member in ended:
            member.client.leave()

    def parted(self, member: Member) -> None:
        """Expect what is told when all that a member held is taken from it."""
        held = list(member.subscriptions.items())
        member.subscriptions.clear()
        for pattern, subscription in held:
            self.tell("subscription.on_unsubscribe", member.id, subscription)
            if not self.holders(pattern):
                self.tell("subscription.on_delete", member.id, subscription)
        for pattern in list(member.registrations):
            self.unregistered(member, pattern)

    def holders(self, pattern: Pattern) -> list[Member]:
        return [member for member in self.all if pattern in member.subscriptions]

    def callees(self, pattern: Pattern) -> list[Member]:
        return [member for member in self.all if pattern in member.registrations]

    # ---- what they hold --------------------------------------------------------------------------------------

    @precondition(lambda self: self.all)
    @rule(number=numbers, pattern=patterns)
    def subscribe(self, number: int, pattern: Pattern) -> None:
        member = self.member(number)
        is_new, holders = pattern not in member.subscriptions, self.holders(pattern)
        subscription = member.client.ask(SUBSCRIBE, {"match": pattern[1]}, pattern[0])[2]
        if not holders:
            self.tell("subscription.on_create", member.id, self.described(subscription, pattern))
        if is_new:
            self.tell("subscription.on_subscribe", member.id, subscription)
        member.subscriptions.setdefault(pattern, subscription)
        assert {other.subscriptions[pattern] for other in self.holders(pattern)} == {subscription}

    @precondition(lambda self: self.all)
    @rule(number=numbers, pattern=patterns, is_revoked=st.booleans())
    def unsubscribe(self, number: int, pattern: Pattern, is_revoked: bool) -> None:
        member = self.member(number)
        subscription = member.subscriptions.pop(pattern, None)
        if subscription is None:
            return
        member.client.take()
        if is_revoked:
            self.watcher.call("wamp.subscription.remove_subscriber", [subscription, member.id])
            told = [[35, 0, {"subscription": subscription, "reason": "wampi.close.revoked"}]]
            assert member.client.take() == (told if member.is_told else [])
        else:
            member.client.ask(UNSUBSCRIBE, subscription)
        self.tell("subscription.on_unsubscribe", member.id, subscription)
        if not self.holders(pattern):
            self.tell("subscription.on_delete", member.id, subscription)

    @precondition(lambda self: self.all)
    @rule(number=numbers, pattern=patterns, policy=st.sampled_from(POLICIES), force=st.booleans())
    def register(self, number: int, pattern: Pattern, policy: str, force: bool) -> None:
        member = self.member(number)
        callees = self.callees(pattern)
        options = {"match": pattern[1], "invoke": policy, "force_reregister": force}
        member.client.request(REGISTER, options, pattern[0])
        # before it there may be news that the session has forced itself out
        answer = member.client.take()[-1]
        if callees and force and all(callee.authid == member.authid for callee in callees):
            for callee in self.in_order(pattern):
                self.unregistered(callee, pattern)
            callees = []
        elif callees and (member in callees or policy == "single" or policy != self.policies[pattern]):
            assert answer[4] == "wamp.error.procedure_already_exists"
            return
        registration = answer[-1]
        if not callees:
            self.policies[pattern] = policy
            described = self.described(registration, pattern) | {"invoke": policy}
            self.tell("registration.on_create", member.id, described)
        self.tell("registration.on_register", member.id, registration)
        member.registrations[pattern] = registration
        self.order.setdefault(pattern, []).append(member)

    @precondition(lambda self: self.all)
    @rule(number=numbers, pattern=patterns, is_revoked=st.booleans())
    def unregister(self, number: int, pattern: Pattern, is_revoked: bool) -> None:
        member = self.member(number)
        registration = member.registrations.get(pattern)
        if registration is None:
            return
        member.client.take()
        if is_revoked:
            self.watcher.call("wamp.registration.remove_callee", [registration, member.id], {"reason": "com.enough"})
            told = [[67, 0, {"registration": registration, "reason": "com.enough"}]]
            assert member.client.take() == (told if member.is_told else [])
        else:
            member.client.ask(UNREGISTER, registration)
        self.unregistered(member, pattern)

    def unregistered(self, member: Member, pattern: Pattern) -> None:
        registration = member.registrations.pop(pattern)
        self.order[pattern].remove(member)
        self.tell("registration.on_unregister", member.id, registration)
        if not self.order[pattern]:
            self.tell("registration.on_delete", member.id, registration)

    def in_order(self, pattern: Pattern) -> list[Member]:
        return list(self.order.get(pattern, []))

    @staticmethod
    def described(id: int, pattern: Pattern) -> dict[str, Any]:
        return {"id": id, "created": "1970-01-12T13:46:40.000Z", "uri": pattern[0], "match": pattern[1]}

    # ---- testaments ------------------------------------------------------------------------------------------

    @precondition(lambda self: self.all)
    @rule(number=numbers, scope=st.sampled_from(["detached", "destroyed"]))
    def add_testament(self, number: int, scope: str) -> None:
        member = self.member(number)
        if sum(map(len, member.testaments.values())) < 8:
            self.count += 1
            member.testaments[scope].append(self.count)
            member.client.result("wamp.session.add_testament", WILL, [self.count], {}, scope=scope)

    @precondition(lambda self: self.all)
    @rule(number=numbers, scope=st.sampled_from(["detached", "destroyed"]))
    def flush_testaments(self, number: int, scope: str) -> None:
        member = self.member(number)
        member.testaments[scope].clear()
        member.client.result("wamp.session.flush_testaments", scope=scope)

    # ---- what the watcher sees -------------------------------------------------------------------------------

    @invariant()
    def the_watcher_is_told_everything_in_order(self) -> None:
        if not hasattr(self, "home"):
            return
        events = [message for message in self.watcher.take() if message[0] == EVENT]
        assert [(event[3].get("topic", WILL), event[4]) for event in events] == self.expected
        self.expected.clear()

    @invariant()
    def what_it_asks_for_is_what_is_there(self) -> None:
        if not hasattr(self, "home"):
            return
        ask = self.watcher.result
        assert ask("wamp.session.list") == [self.watcher.session, *(member.id for member in self.all)]
        subscriptions = ask("wamp.subscription.list")
        for match in ("exact", "prefix", "wildcard"):
            held = {m.subscriptions[p] for m in self.all for p in m.subscriptions if p[1] == match}
            assert set(subscriptions[match]) - self.own == held
        for pattern in PATTERNS:
            options = {"match": pattern[1]}
            callees = [member.id for member in self.in_order(pattern)]
            registration = ask("wamp.registration.lookup", pattern[0], options)
            assert (registration is None) == (not callees)
            if callees:
                assert ask("wamp.registration.list_callees", registration) == callees
            found = ask("wamp.subscription.lookup", pattern[0], options)
            assert (found is None) == (not self.holders(pattern))
            if found is not None:
                assert ask("wamp.subscription.count_subscribers", found) == len(self.holders(pattern))
        self.watcher.take()


TestMeta = MetaMachine.TestCase
TestMeta.settings = settings(max_examples=50)
