"""The dealer against a model of calls, over random histories: everybody calls, answers, cancels and leaves."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule
from support.core import ALL_ROLES, Client, FakeRouter
from support.models import Shared, check_kept, check_received
from support.wamp import (
    ABORT,
    CALL,
    CANCEL,
    ERROR,
    GOODBYE,
    INTERRUPT,
    INVOCATION,
    PUBLISH,
    REGISTER,
    REGISTERED,
    RESULT,
    SERIALIZERS,
    UNREGISTER,
    UNREGISTERED,
    YIELD,
)

PROCEDURES = ["a", "a.a", "a.b", "b.a", "b.b", "ab"]
PATTERNS = [
    *((procedure, "exact") for procedure in PROCEDURES),
    *((prefix, "prefix") for prefix in ("a", "a.", "a.b", "b", "")),
    *((wildcard, "wildcard") for wildcard in ("a.", ".b", ".", "a.b")),
]
POLICIES = ["single", "first", "last", "roundrobin", "random"]
Pattern = tuple[str, str]


@dataclass(eq=False)
class Member:
    client: Client
    cancels: bool
    streams: bool
    issued: int = 0
    expected: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class Pending:
    caller: Member
    request: int
    callee: Member
    invocation: int
    progressive: bool
    timeout: float | None
    deadline: float | None
    is_cancelled: bool = False


def covers(pattern: Pattern, uri: str) -> bool:
    text, match = pattern
    if match != "wildcard":
        return text == uri if match == "exact" else uri.startswith(text)
    ours, theirs = text.split("."), uri.split(".")
    return len(ours) == len(theirs) and all(one in ("", other) for one, other in zip(ours, theirs, strict=True))


def precedence(pattern: Pattern) -> Any:
    text, match = pattern
    literals = [part == "" for part in text.split(".")] if match == "wildcard" else []
    return ["exact", "prefix", "wildcard"].index(match), -len(text) if match == "prefix" else 0, literals


class DealerMachine(RuleBasedStateMachine):
    members = Bundle("members")

    @initialize()
    def start(self) -> None:
        self.home = FakeRouter()
        self.all: list[Member] = []
        self.shared: dict[Pattern, Shared] = {}
        self.pending: list[Pending] = []
        self.now = 0.0

    # ---- what sessions do ------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.all) < 4)
    @rule(target=members, codec=st.sampled_from(SERIALIZERS), cancels=st.booleans(), streams=st.booleans())
    def join(self, codec: str, cancels: bool, streams: bool) -> Member:
        features = {"call_canceling": cancels, "progressive_call_results": streams}
        client = self.home.client(codec, roles=ALL_ROLES | {"callee": {"features": features}})
        member = Member(client, cancels, streams and cancels)
        self.all.append(member)
        return member

    @rule(member=consumes(members), how=st.sampled_from(["loss", "goodbye", "abort", "violation", "killed"]))
    def leave(self, member: Member, how: str) -> None:
        self.all.remove(member)
        for call in [call for call in self.pending if call.caller is member]:
            self.pending.remove(call)
            if call.callee is not member:
                self.interrupt(call, "killnowait")
        for call in [call for call in self.pending if call.callee is member]:
            self.refuse(call, "wamp.error.canceled")
        for pattern, shared in list(self.shared.items()):
            self.part(member, pattern, shared)
        if how == "loss":
            member.client.leave()
        elif how == "killed":
            member.client.link.dismiss("wamp.close.killed")
            member.client.leave()
        else:
            ends: dict[str, Any] = {
                "goodbye": (GOODBYE, {}, "x.y"),
                "abort": (ABORT, {}, "x.y"),
                "violation": (YIELD, 2**50, {}),
            }
            member.client.send(*ends[how])
            member.client.leave()

    @rule(member=members, pattern=st.sampled_from(PATTERNS), policy=st.sampled_from(POLICIES))
    def register(self, member: Member, pattern: Pattern, policy: str) -> None:
        answer = member.client.ask(REGISTER, {"match": pattern[1], "invoke": policy}, pattern[0])
        known = self.shared.get(pattern)
        if known is None:
            assert answer[0] == REGISTERED
            known = self.shared[pattern] = Shared(answer[2], policy)
        elif "single" in (policy, known.policy) or policy != known.policy or member in known.callees:
            assert answer[4] == "wamp.error.procedure_already_exists"
            return
        assert answer[2] == known.id
        known.callees.append(member)

    @rule(member=members, pattern=st.sampled_from(PATTERNS))
    def unregister(self, member: Member, pattern: Pattern) -> None:
        known = self.shared.get(pattern)
        answer = member.client.ask(UNREGISTER, known.id if known else 4711)
        if known and member in known.callees:
            assert answer[0] == UNREGISTERED
            self.part(member, pattern, known)
        else:
            assert answer[4] == "wamp.error.no_such_registration"

    def part(self, member: Member, pattern: Pattern, shared: Shared) -> None:
        if member in shared.callees:
            shared.remove(member)
            if not shared.callees:
                del self.shared[pattern]

    @rule(
        member=members,
        procedure=st.sampled_from(PROCEDURES),
        progress=st.booleans(),
        timeout=st.none() | st.sampled_from([0, 125, 1000]),
    )
    def call(self, member: Member, procedure: str, progress: bool, timeout: int | None) -> None:
        options: dict[str, Any] = {"receive_progress": progress} | ({} if timeout is None else {"timeout": timeout})
        request = member.client.call(procedure, [len(self.pending)], **options)
        matching = sorted((pattern for pattern in self.shared if covers(pattern, procedure)), key=precedence)
        if not matching:
            member.expected.append([ERROR, CALL, request, {}, "wamp.error.no_such_procedure"])
            return
        shared = self.shared[matching[0]]
        callee = shared.choose()
        callee.issued += 1
        progressive = progress and callee.streams
        details: dict[str, Any] = {} if matching[0][1] == "exact" else {"procedure": procedure}
        details |= {"receive_progress": True} if progressive else {}
        callee.expected.append([INVOCATION, callee.issued, shared.id, details, [len(self.pending)]])
        seconds = timeout / 1000 if timeout else None
        deadline = self.now + seconds if seconds else None
        self.pending.append(Pending(member, request, callee, callee.issued, progressive, seconds, deadline))

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), mode=st.sampled_from(["skip", "kill", "killnowait", None]))
    def cancel(self, data: st.DataObject, mode: str | None) -> None:
        call = data.draw(st.sampled_from(self.pending))
        call.caller.client.send(CANCEL, call.request, {"mode": mode} if mode else {})
        if call.is_cancelled:
            return
        call.is_cancelled = True
        chosen = (mode or "killnowait") if call.callee.cancels else "skip"
        if chosen != "kill":
            self.refuse(call, "wamp.error.canceled")
        if chosen != "skip":
            self.interrupt(call, chosen)

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), how=st.sampled_from(["result", "error", "progress"]))
    def answer(self, data: st.DataObject, how: str) -> None:
        call = data.draw(st.sampled_from(self.pending))
        self.send_answer(call.callee, call.invocation, how)
        if how == "result":
            self.pending.remove(call)
            call.caller.expected.append([RESULT, call.request, {}, ["r"]])
        elif how == "error":
            self.refuse(call, "com.error")
        elif call.progressive:
            call.caller.expected.append([RESULT, call.request, {"progress": True}, ["p"]])
            call.deadline = self.now + call.timeout if call.timeout else None

    @rule(member=members, data=st.data(), how=st.sampled_from(["result", "error", "progress"]))
    def answer_late(self, member: Member, data: st.DataObject, how: str) -> None:
        open_ids = {call.invocation for call in self.pending if call.callee is member}
        late = sorted(set(range(1, member.issued + 1)) - open_ids)
        if late:
            self.send_answer(member, data.draw(st.sampled_from(late)), how)

    @rule(member=members, request=st.integers(1, 200))
    def cancel_what_is_not_under_way(self, member: Member, request: int) -> None:
        if not any(call.caller is member and call.request == request for call in self.pending):
            member.client.send(CANCEL, request, {})

    @rule(member=members, topic=st.sampled_from(PROCEDURES))
    def publish_something_that_is_nobodys_business(self, member: Member, topic: str) -> None:
        member.client.send(PUBLISH, 1, {}, topic)

    @rule(seconds=st.sampled_from([0.0625, 0.25, 2.0]))
    def wait(self, seconds: float) -> None:
        # like the timeouts, a sum of powers of two: such floats add up exactly, in the model as in the clock
        self.now += seconds
        for call in list(self.pending):
            if call.deadline is not None and call.deadline <= self.now:
                self.refuse(call, "wamp.error.timeout")
                self.interrupt(call, "killnowait")
        # a little more than the model's time, so that floating point does not decide
        self.home.clock.advance(seconds)

    # ---- what they get for it --------------------------------------------------------------------------------

    def send_answer(self, member: Member, invocation: int, how: str) -> None:
        if how == "error":
            member.client.send(ERROR, INVOCATION, invocation, {}, "com.error")
        else:
            options: dict[str, Any] = {"progress": True} if how == "progress" else {}
            member.client.send(YIELD, invocation, options, [how[0]])

    def refuse(self, call: Pending, uri: str) -> None:
        self.pending.remove(call)
        call.caller.expected.append([ERROR, CALL, call.request, {}, uri])

    def interrupt(self, call: Pending, mode: str) -> None:
        if call.callee.cancels:
            call.callee.expected.append([INTERRUPT, call.invocation, {"mode": mode}])

    @invariant()
    def everybody_has_got_what_the_model_says_and_nothing_else(self) -> None:
        check_received(getattr(self, "all", []))

    @invariant()
    def the_router_keeps_just_the_calls_that_are_under_way(self) -> None:
        if hasattr(self, "home"):
            check_kept(self.home, len(self.pending), sum(call.deadline is not None for call in self.pending))


TestDealer = DealerMachine.TestCase
