"""Whatever peers send, in whatever order: no exception comes out of a link, and nothing stays behind.

The bytes are made from valid messages with right, wrong and odd values put in, and then sometimes damaged.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.core import ALL_ROLES, CODECS, Client, FakeRouter
from support.wamp import ENCODE, FROM_CLIENTS, SERIALIZERS
from wampi.router.codec import ProtocolViolation
from wampi.router.codec.messages import Features, Match
from wampi.router.core.authentication import Accept, Applicant, Challenge, Decide, Decision, Deny
from wampi.router.core.link import State
from wampi.router.core.shelves import HistoryRule

EVERY_FEATURE = {role: {"features": dict.fromkeys(Features.__struct_fields__, True)} for role in ALL_ROLES}
URIS = [
    "a",
    "a.b",
    "a.",
    "",
    ".b",
    "a..b",
    "wamp.session.on_join",
    "wamp.session",
    "x" * 300,
    "a b",
    "ü.\u0000",
    "wamp.",
]
PROCEDURES = [
    "wamp.session.kill",
    "wamp.session.kill_all",
    "wamp.session.kill_by_authid",
    "wamp.session.kill_by_authrole",
    "wamp.session.get",
    "wamp.session.list",
    "wamp.session.add_testament",
    "wamp.session.flush_testaments",
    "wamp.registration.lookup",
    "wamp.registration.get",
    "wamp.subscription.match",
    "wamp.subscription.list_subscribers",
    "wamp.subscription.get_events",
    "wamp.subscription.remove_subscriber",
    "wamp.registration.remove_callee",
    "wamp.reflect.define",
    "wamp.reflect.describe",
    "wamp.reflection.procedure.list",
    "wamp.reflection.topic.describe",
    "wamp.error.unavailable",
]
ids = st.sampled_from([1, 2, 3, 4, 5, 1001, 1002, 1003, 2**53])
uris = st.sampled_from(URIS + PROCEDURES)
odd: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        2**53 + 1,
        2**64 - 1,
        1.5,
        float("nan"),
        "",
        "text",
        [],
        {},
        [[]],
        {"a": {"b": []}},
        "\u0000AA==",
    ]
)
args = st.lists(odd | ids | uris | st.sampled_from([{"match": "prefix"}, {"type": "procedure"}]), max_size=4)
kwargs = st.dictionaries(st.sampled_from(["reason", "message", "scope", "x", "session", ""]), odd | uris, max_size=2)
options = st.fixed_dictionaries(
    {},
    optional={
        "match": st.sampled_from(["exact", "prefix", "wildcard"]),
        "invoke": st.sampled_from(["single", "first", "last", "roundrobin", "random"]),
        "mode": st.sampled_from(["skip", "kill", "killnowait"]),
        "timeout": st.sampled_from([0, 1, 1000]),
        "_outbox": st.sampled_from(["kick", "latest"]),
        "exclude": st.lists(ids, max_size=2),
        "eligible_authid": st.lists(st.just("ann"), max_size=1),
        "roles": st.sampled_from([ALL_ROLES, EVERY_FEATURE, {"caller": {}}]),
        "authid": st.sampled_from(["ann", "x" * 200, ""]),
        **dict.fromkeys(
            ["acknowledge", "exclude_me", "disclose_me", "retain", "get_retained", "receive_progress", "progress"],
            st.booleans(),
        ),
        **dict.fromkeys(["disclose_caller", "force_reregister", "forward_timeout"], st.booleans()),
    },
)


@st.composite
def messages(draw: st.DrawFn) -> list[Any]:
    """Draw a message of a valid form, sometimes with one element replaced, left out or added."""
    example = FROM_CLIENTS[draw(st.sampled_from(list(FROM_CLIENTS)))]
    message: list[Any] = [example[0]]
    for position, element in enumerate(example[1:], start=1):
        is_last = position == len(example) - 1
        if isinstance(element, dict):
            message.append(draw(kwargs if is_last and isinstance(example[-2], list) else options))
        elif isinstance(element, list):
            message.append(draw(args))
        elif isinstance(element, str):
            message.append("home" if example[0] == 1 else draw(uris))
        else:
            message.append(element if element == 68 else draw(ids))
    damage = draw(st.sampled_from([None] * 12 + ["replace", "drop", "add"]))
    if damage == "replace":
        message[draw(st.integers(0, len(message) - 1))] = draw(odd)
    elif damage == "drop":
        del message[draw(st.integers(0, len(message) - 1)) :]
    elif damage == "add":
        message.append(draw(odd))
    return message


class AnyDecision:
    """An authenticator that decides at once, late or never, as a test draws it."""

    def __init__(self, decisions: list[str]) -> None:
        self._decisions = decisions
        self.late: list[tuple[Decide, Decision]] = []

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        self._next(decide)

    def answer(self, _signature: str, _extra: dict[str, Any], decide: Decide) -> None:
        self._next(decide)

    def _next(self, decide: Decide) -> None:
        kind = self._decisions.pop() if self._decisions else "accept"
        decision: Decision = Accept("ann", "everything", "ticket", "static")
        if kind == "deny":
            decision = Deny("because")
        elif kind == "challenge":
            decision = Challenge("ticket", {}, self.answer)
        elif kind == "nobody":
            decision = Accept("ann", "nobody", "ticket", "static")
        if kind == "late":
            self.late.append((decide, decision))
        else:
            decide(decision)


decisions = st.lists(st.sampled_from(["accept", "accept", "deny", "challenge", "late", "nobody"]), max_size=3)
steps = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 2), messages()),
        st.tuples(st.integers(0, 2), st.sampled_from(["lost", "violate", "dismiss", "late"])),
        st.tuples(st.integers(0, 2), st.sampled_from([0.001, 3.0, 20.0])),
    ),
    max_size=40,
)


def feed(client: Client, data: bytes) -> None:
    """Do what a transport does with a message."""
    try:
        message = client.peer.codec.decode(data)
    except ProtocolViolation as violation:
        client.link.violate(str(violation))
    else:
        client.link.receive(message)


def check_consistency(home: FakeRouter, clients: list[Client], lost: set[int]) -> None:
    sessions = home.realm.sessions
    assert sum(client.link.state is State.JOINED for client in clients) == len(sessions)
    assert sum(len(session.calls) for session in sessions.values()) == sum(
        len(session.invocations) for session in sessions.values()
    )
    for number, client in enumerate(clients):
        assert client.peer.is_closed or number in lost or client.link.state is not State.CLOSED


@settings(max_examples=300)
@given(
    serializers=st.tuples(*[st.sampled_from(SERIALIZERS)] * 3),
    joined=st.tuples(*[st.booleans()] * 3),
    decided=decisions,
    history=steps,
)
def test_no_history_of_messages_makes_a_link_fail(
    serializers: tuple[str, ...], joined: tuple[bool, ...], decided: list[str], history: list[tuple[int, Any]]
) -> None:
    home = FakeRouter(history=[HistoryRule("a", "prefix", 5)])
    authenticator = AnyDecision(decided)
    clients = [
        home.client(name, roles=EVERY_FEATURE) if is_in else home.attach(name, authenticator)
        for name, is_in in zip(serializers, joined, strict=True)
    ]
    lost: set[int] = set()
    for number, step in history:
        client = clients[number]
        if isinstance(step, list):
            feed(client, ENCODE[client.peer.codec.name](step))
        elif isinstance(step, float):
            home.clock.advance(step)
        elif step == "lost":
            client.link.lost()
            lost.add(number)
        elif step == "violate":
            client.link.violate("broken frame")
        elif step == "dismiss":
            client.link.dismiss("wamp.close.killed")
        elif authenticator.late:
            decide, decision = authenticator.late.pop()
            decide(decision)
        check_consistency(home, clients, lost)
    for client in clients:
        client.link.lost()
    assert home.realm.sessions == {}
    assert home.clock.twisted.getDelayedCalls() == []
    matches: tuple[Match, ...] = ("exact", "prefix", "wildcard")
    subscriptions = [one for match in matches for one in home.realm.broker.index.values(match) if not one.is_permanent]
    registrations = [one for match in matches for one in home.realm.dealer.registry.index.values(match)]
    assert (subscriptions, registrations) == ([], [])


@settings(max_examples=300)
@given(
    name=st.sampled_from(SERIALIZERS),
    message=messages(),
    cut=st.integers(0, 60),
    junk=st.binary(max_size=4),
    replaced=st.integers(0, 3),
)
def test_damaged_bytes_are_refused_and_nothing_worse(
    name: str, message: list[Any], cut: int, junk: bytes, replaced: int
) -> None:
    data = ENCODE[name](message)
    home = FakeRouter()
    client = home.client(name)
    feed(client, data[:cut] + junk + data[cut + replaced :])
    assert client.link.state in State


@settings(max_examples=300)
@given(name=st.sampled_from(SERIALIZERS), data=st.binary(max_size=80))
def test_no_bytes_at_all_make_a_codec_fail(name: str, data: bytes) -> None:
    try:
        CODECS[name].decode(data)
    except ProtocolViolation as violation:
        assert len(str(violation)) < 250
