"""Calls in parts and calls that go on to another callee, against a model, over random histories.

All callees share one registration. What a call may do there, and what is late, is where routers go wrong.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.core import ALL_ROLES, Client, FakeRouter
from support.models import Shared, check_kept, check_received
from support.wamp import CALL, CANCEL, ERROR, INTERRUPT, INVOCATION, REGISTER, RESULT, UNREGISTER, YIELD

UNAVAILABLE = "wamp.error.unavailable"
POLICIES = ["single", "first", "last", "roundrobin", "random"]
numbers = st.integers(0, 5)
"""Which of the members or calls it is, counted from 0; there may be fewer."""
Kind = tuple[bool, bool, bool]
kinds = st.tuples(st.booleans(), st.booleans(), st.sampled_from([True, True, False]))
"""Whether a member can be interrupted, takes calls in parts, and may say that it is not available."""


@dataclass(eq=False)
class Member:
    client: Client
    cancels: bool
    streams: bool
    reroutes: bool
    issued: int = 0
    expected: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class Pending:
    """A call: where it is now, whom it has been to, and whether there is more to come of it."""

    caller: Member
    request: int
    argument: int
    timeout: int
    end: float | None
    has_more: bool
    was_in_parts: bool
    callee: Member | None = None
    registration: int = 0
    invocation: int = 0
    tried: list[Member] = field(default_factory=list)
    is_cancelled: bool = False


class RoutesMachine(RuleBasedStateMachine):
    @initialize(policy=st.sampled_from(POLICIES), kinds=st.lists(kinds, min_size=3, max_size=3))
    def start(self, policy: str, kinds: list[Kind]) -> None:
        self.home = FakeRouter()
        self.shared = Shared(0, policy)
        self.all: list[Member] = []
        self.calls: list[Pending] = []
        # calls that ended before all of their parts had come
        self.cut_short: list[Pending] = []
        self.now = 0.0
        self.count = 0
        # without these a random history seldom gets to where two callees have refused a call
        for number, kind in enumerate(kinds):
            self.enter(kind)
            self.register_as(self.all[number])

    def member(self, number: int) -> Member:
        return self.all[number % len(self.all)]

    # ---- members ---------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.all) < 5)
    @rule(kind=kinds)
    def join(self, kind: Kind) -> None:
        self.enter(kind)

    def enter(self, kind: Kind) -> None:
        cancels, streams, reroutes = kind
        parts = {"progressive_call_invocations": streams}
        callee = {"features": {"call_canceling": cancels, "call_reroute": reroutes, **parts}}
        caller = {"features": {"progressive_call_invocations": True}}
        roles = ALL_ROLES | {"callee": callee, "caller": caller}
        self.all.append(Member(self.home.client("msgpack", roles=roles), cancels, streams and cancels, reroutes))

    @precondition(lambda self: self.all)
    @rule(number=numbers)
    def register(self, number: int) -> None:
        self.register_as(self.member(number))

    def register_as(self, member: Member) -> None:
        answer = member.client.ask(REGISTER, {"invoke": self.shared.policy}, "com.work")
        if self.shared.callees and (self.shared.policy == "single" or member in self.shared.callees):
            assert answer[4] == "wamp.error.procedure_already_exists"
            return
        if not self.shared.callees:
            self.shared = Shared(answer[2], self.shared.policy)
        self.shared.callees.append(member)

    @precondition(lambda self: self.shared.callees)
    @rule(number=numbers)
    def unregister(self, number: int) -> None:
        member = self.shared.callees[number % len(self.shared.callees)]
        member.client.ask(UNREGISTER, self.shared.id)
        self.shared.remove(member)

    @precondition(lambda self: self.all)
    @rule(number=numbers)
    def leave(self, number: int) -> None:
        member = self.member(number)
        self.all.remove(member)
        for call in [call for call in self.calls if call.caller is member]:
            self.calls.remove(call)
            if call.callee is not member:
                self.interrupt(call)
        for call in [call for call in self.calls if call.callee is member]:
            self.refuse(call, "wamp.error.canceled")
        self.cut_short = [call for call in self.cut_short if call.caller is not member]
        if member in self.shared.callees:
            self.shared.remove(member)
        member.client.leave()

    # ---- callers ---------------------------------------------------------------------------------------------

    @precondition(lambda self: self.all)
    @rule(number=numbers, has_more=st.sampled_from([False, False, True]), timeout=st.sampled_from([0, 500]))
    def call(self, number: int, has_more: bool, timeout: int) -> None:
        member = self.member(number)
        self.count += 1
        options: dict[str, Any] = {"progress": has_more, "timeout": timeout}
        request = member.client.call("com.work", [self.count], **options)
        end = self.now + timeout / 1000 if timeout else None
        call = Pending(member, request, self.count, timeout, end, has_more, was_in_parts=has_more)
        self.calls.append(call)
        if not self.shared.callees:
            self.refuse(call, "wamp.error.no_such_procedure")
        else:
            self.ask(call, self.shared.choose())

    @precondition(lambda self: self.calls)
    @rule(number=numbers, has_more=st.booleans())
    def send_another_part(self, number: int, has_more: bool) -> None:
        call = self.calls[number % len(self.calls)]
        if not call.has_more or call.callee is None:
            return  # that would break the protocol
        call.has_more = has_more
        call.caller.client.send(CALL, call.request, {"progress": has_more, "timeout": 9}, "com.else", ["more"])
        details = {"progress": True} if has_more else {}
        call.callee.expected.append([INVOCATION, call.invocation, call.registration, details, ["more"]])

    @precondition(lambda self: self.cut_short)
    @rule(number=numbers, has_more=st.booleans())
    def send_a_part_too_late(self, number: int, has_more: bool) -> None:
        call = self.cut_short[number % len(self.cut_short)]
        call.caller.client.send(CALL, call.request, {"progress": has_more}, "com.work", ["late"])
        if not has_more:
            self.cut_short.remove(call)

    @precondition(lambda self: self.calls)
    @rule(number=numbers, mode=st.sampled_from(["skip", "kill", "killnowait"]))
    def cancel(self, number: int, mode: str) -> None:
        call = self.calls[number % len(self.calls)]
        call.caller.client.send(CANCEL, call.request, {"mode": mode})
        if call.is_cancelled or call.callee is None:
            return
        call.is_cancelled = True
        mode = mode if call.callee.cancels else "skip"
        if mode != "kill":
            self.refuse(call, "wamp.error.canceled")
        if mode != "skip":
            self.interrupt(call, mode)

    # ---- callees ---------------------------------------------------------------------------------------------

    @precondition(lambda self: self.calls)
    @rule(number=numbers, how=st.sampled_from(["result", "error", "unavailable", "unavailable"]))
    def answer(self, number: int, how: str) -> None:
        call = self.calls[number % len(self.calls)]
        callee = call.callee
        assert callee is not None
        if how == "result":
            callee.client.send(YIELD, call.invocation, {}, ["done"])
            self.end(call)
            call.caller.expected.append([RESULT, call.request, {}, ["done"]])
            return
        uri = UNAVAILABLE if how == "unavailable" else "com.error"
        callee.client.send(ERROR, INVOCATION, call.invocation, {}, uri)
        if how == "error" or not callee.reroutes:
            self.refuse(call, uri)
        elif call.is_cancelled:
            self.refuse(call, "wamp.error.canceled")
        elif call.was_in_parts:
            self.refuse(call, "wamp.error.no_available_callee")
        else:
            self.go_on(call)

    def go_on(self, call: Pending) -> None:
        """Expect the next callee of the registration to be asked, if there is one."""
        callee = self.shared.choose_next(call.tried) if call.registration == self.shared.id else None
        if callee is None:
            self.refuse(call, "wamp.error.no_available_callee")
        else:
            self.ask(call, callee)

    def ask(self, call: Pending, callee: Member) -> None:
        if call.has_more and not callee.streams:
            self.refuse(call, "wamp.error.feature_not_supported")
            return
        callee.issued += 1
        call.callee, call.invocation, call.registration = callee, callee.issued, self.shared.id
        call.tried.append(callee)
        details = {"progress": True} if call.has_more else {}
        callee.expected.append([INVOCATION, callee.issued, self.shared.id, details, [call.argument]])

    # ---- ends ------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.125, 0.375, 2.0]))
    def wait(self, seconds: float) -> None:
        # like the timeouts, sums of powers of two: such floats add up exactly, in the model as in the clock
        self.now += seconds
        for call in list(self.calls):
            if call.end is not None and call.end <= self.now:
                self.refuse(call, "wamp.error.timeout")
                self.interrupt(call)
        self.home.clock.advance(seconds)

    def end(self, call: Pending) -> None:
        self.calls.remove(call)
        if call.has_more:
            self.cut_short.append(call)

    def refuse(self, call: Pending, uri: str) -> None:
        self.end(call)
        call.caller.expected.append([ERROR, CALL, call.request, {}, uri])

    def interrupt(self, call: Pending, mode: str = "killnowait") -> None:
        if call.callee is not None and call.callee.cancels:
            call.callee.expected.append([INTERRUPT, call.invocation, {"mode": mode}])

    @invariant()
    def everybody_has_got_what_the_model_says_and_nothing_else(self) -> None:
        check_received(getattr(self, "all", []))

    @invariant()
    def the_router_keeps_just_the_calls_that_are_under_way(self) -> None:
        if hasattr(self, "home"):
            check_kept(self.home, len(self.calls), sum(call.end is not None for call in self.calls))


TestRoutes = RoutesMachine.TestCase
TestRoutes.settings = settings(max_examples=100)
