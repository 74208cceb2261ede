"""The broker against a model that tries every subscription, over random histories of several sessions."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule
from support.core import EVERYTHING, Client, FakeRouter
from support.wamp import (
    ABORT,
    ERROR,
    EVENT,
    GOODBYE,
    PUBLISHED,
    SERIALIZERS,
    SUBSCRIBE,
    SUBSCRIBED,
    UNSUBSCRIBE,
    UNSUBSCRIBED,
    YIELD,
)
from wampi.router.core.authorization import Permission, Role

SOME = Role(
    "some",
    (
        Permission("a", "prefix", frozenset({"publish", "subscribe"})),
        Permission("a.b", "exact"),
        Permission("b.", "wildcard", frozenset({"subscribe"})),
    ),
)
TOPICS = ["a", "b", "ab", "a.a", "a.b", "b.a", "b.b", "ab.b", "a.b.a", "b.a.a"]
PREFIXES = ["a", "ab", "a.", "a.b", "b", "b.", "c"]
WILDCARDS = ["a.", "b.", ".b", ".", "a.b", "a..a", "b.."]
patterns = st.one_of(
    st.tuples(st.sampled_from(TOPICS), st.just("exact")),
    st.tuples(st.sampled_from(PREFIXES), st.just("prefix")),
    st.tuples(st.sampled_from(WILDCARDS), st.just("wildcard")),
)
Pattern = tuple[str, str]


def covers(pattern: Pattern, topic: str) -> bool:
    text, match = pattern
    if match == "exact":
        return text == topic
    if match == "prefix":
        return topic.startswith(text)
    ours, theirs = text.split("."), topic.split(".")
    return len(ours) == len(theirs) and all(one in ("", other) for one, other in zip(ours, theirs, strict=True))


def may(role: str, action: str, topic: str) -> bool:
    """Say what the role ``some`` may do, written out by hand."""
    if role == "everything":
        return True
    if topic == "a.b":
        return False
    return topic.startswith("a") or (action == "subscribe" and covers(("b.", "wildcard"), topic))


def may_subscribe(role: str, pattern: Pattern) -> bool:
    text, match = pattern
    if match == "exact" or text == "a.b":
        return may(role, "subscribe", text) if match != "prefix" else role == "everything" or text.startswith("a")
    if match == "prefix":
        return role == "everything" or text.startswith("a")
    return role == "everything" or text.startswith("a") or text == "b."


@dataclass(eq=False)
class Member:
    client: Client
    authid: str
    role: str
    held: dict[Pattern, int] = field(default_factory=dict)
    expected: list[Any] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.client.session


@dataclass
class Publication:
    number: int
    publisher: Member
    options: dict[str, Any]

    def is_for(self, member: Member) -> bool:
        ours = {"": member.id, "_authid": member.authid, "_authrole": member.role}
        if self.options.get("exclude_me", True) and member is self.publisher:
            return False
        return all(
            ours[suffix] in self.options.get("eligible" + suffix, [ours[suffix]])
            and ours[suffix] not in self.options.get("exclude" + suffix, [])
            for suffix in ours
        )

    def details(self) -> dict[str, Any]:
        if not self.options.get("disclose_me"):
            return {}
        publisher = self.publisher
        return {
            "publisher": publisher.id,
            "publisher_authid": publisher.authid,
            "publisher_authrole": publisher.role,
        }


class BrokerMachine(RuleBasedStateMachine):
    members = Bundle("members")

    @initialize()
    def start(self) -> None:
        self.home = FakeRouter([EVERYTHING, SOME])
        self.all: list[Member] = []
        # topic -> retained publications, the oldest first
        self.retained: dict[str, list[Publication]] = {}
        self.ids: dict[Pattern, int] = {}
        self.count = 0

    @precondition(lambda self: len(self.all) < 4)
    @rule(
        target=members,
        codec=st.sampled_from(SERIALIZERS),
        authid=st.sampled_from(["ann", "bob"]),
        role=st.sampled_from(["everything", "some"]),
    )
    def join(self, codec: str, authid: str, role: str) -> Member:
        member = Member(self.home.client(codec, role, authid), authid, role)
        self.all.append(member)
        return member

    @rule(member=consumes(members), how=st.sampled_from(["loss", "goodbye", "abort", "violation", "killed"]))
    def leave(self, member: Member, how: str) -> None:
        if how == "loss":
            member.client.leave()
        elif how == "killed":
            member.client.link.dismiss("wamp.close.killed")
        else:
            ends = {"goodbye": (GOODBYE, {}, "x.y"), "abort": (ABORT, {}, "x.y"), "violation": (YIELD, 9, {})}
            member.client.send(*ends[how])
        farewell = [message[0] for message in member.client.take()]
        assert farewell == {"goodbye": [GOODBYE], "killed": [GOODBYE], "violation": [ABORT]}.get(how, [])
        self.all.remove(member)

    @rule(member=members, pattern=patterns, get_retained=st.booleans())
    def subscribe(self, member: Member, pattern: Pattern, get_retained: bool) -> None:
        text, match = pattern
        request = member.client.request(SUBSCRIBE, {"match": match, "get_retained": get_retained}, text)
        first, *events = member.client.take()
        if not may_subscribe(member.role, pattern):
            assert first[:5] == [ERROR, SUBSCRIBE, request, {}, "wamp.error.not_authorized"]
            assert events == []
            return
        assert first[:2] == [SUBSCRIBED, request]
        holders = [other for other in self.all if pattern in other.held]
        assert all(other.held[pattern] == first[2] for other in holders)
        taken = {id for other in self.all for held, id in other.held.items() if held != pattern}
        assert first[2] not in taken
        member.held[pattern] = first[2]
        expected = self.retained_for(member, pattern) if get_retained else []
        assert sorted((event[3:] for event in events), key=repr) == sorted(expected, key=repr)
        assert all(event[:2] == [EVENT, first[2]] for event in events)

    def retained_for(self, member: Member, pattern: Pattern) -> list[Any]:
        found = []
        for topic, publications in self.retained.items():
            if not covers(pattern, topic) or not may(member.role, "subscribe", topic):
                continue
            newest = next((one for one in reversed(publications) if one.is_for(member)), None)
            if newest is not None:
                named = {} if pattern[1] == "exact" else {"topic": topic}
                found.append([newest.details() | {"retained": True} | named, [newest.number]])
        return found

    @rule(member=members, pattern=patterns)
    def unsubscribe(self, member: Member, pattern: Pattern) -> None:
        held = next((other.held[pattern] for other in self.all if pattern in other.held), 4711)
        answer = member.client.ask(UNSUBSCRIBE, held)
        if pattern in member.held:
            assert answer[0] == UNSUBSCRIBED
            del member.held[pattern]
        else:
            assert answer[4] == "wamp.error.no_such_subscription"

    @rule(data=st.data(), member=members, topic=st.sampled_from(TOPICS))
    def publish(self, data: st.DataObject, member: Member, topic: str) -> None:
        options = data.draw(self.options())
        self.count += 1
        publication = Publication(self.count, member, options)
        request = member.client.publish(topic, [self.count], **options)
        if not may(member.role, "publish", topic):
            if options.get("acknowledge"):
                member.expected.append([ERROR, 16, request, {}, "wamp.error.not_authorized"])
            return
        if options.get("acknowledge"):
            member.expected.append([PUBLISHED, request])
        if options.get("retain"):
            self.retained.setdefault(topic, []).append(publication)
        for other in self.all:
            for pattern, subscription in other.held.items():
                allowed = pattern[1] == "exact" or may(other.role, "subscribe", topic)
                if covers(pattern, topic) and publication.is_for(other) and allowed:
                    named = {} if pattern[1] == "exact" else {"topic": topic}
                    other.expected.append([EVENT, subscription, publication.details() | named, [self.count]])

    def options(self) -> st.SearchStrategy[dict[str, Any]]:
        sessions = st.lists(st.sampled_from([4711, *(member.id for member in self.all)]), max_size=2)
        authids = st.lists(st.sampled_from(["ann", "bob", "eve"]), max_size=2)
        roles = st.lists(st.sampled_from(["everything", "some"]), max_size=1)
        return st.fixed_dictionaries(
            {},
            optional={
                **dict.fromkeys(["acknowledge", "exclude_me", "disclose_me", "retain"], st.booleans()),
                **{"eligible": sessions, "eligible_authid": authids, "eligible_authrole": roles},
                **{"exclude": sessions, "exclude_authid": authids, "exclude_authrole": roles},
            },
        )

    @invariant()
    def everybody_has_got_what_the_model_says_and_nothing_else(self) -> None:
        for member in getattr(self, "all", []):
            got = [shown(message) for message in member.client.take()]
            assert sorted(got, key=repr) == sorted(member.expected, key=repr)
            member.expected.clear()

    @invariant()
    def the_broker_holds_what_the_members_hold(self) -> None:
        if not hasattr(self, "home"):
            return
        index = self.home.realm.broker.index
        held = {(one.topic, match) for match in ("exact", "prefix", "wildcard") for one in index.values(match)}
        assert held == {pattern for member in self.all for pattern in member.held}


def shown(message: list[Any]) -> list[Any]:
    """Return a message without what is random or for people: publication ids and sentences."""
    if message[0] == EVENT:
        return [EVENT, message[1], *message[3:]]
    return message[:2] if message[0] == PUBLISHED else message[:5]


TestBroker = BrokerMachine.TestCase
