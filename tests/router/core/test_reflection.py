"""Interface reflection: advanced profile, "Interface Reflection"."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.core import EVERYTHING, Client, FakeRouter
from support.wamp import CALL, EVENT, WELCOME
from wampi.router.core import meta, reflection
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.catalog import own_definitions
from wampi.router.core.limits import MAX_DEFINED_BYTES, MAX_DEFINITION_BYTES, Limits

DEFINE, DESCRIBE = "wamp.reflect.define", "wamp.reflect.describe"
ADD = {"type": "procedure", "description": "Adds two numbers.", "args": ["x", "y"], "kwargs": {"type": "object"}}
TOPIC = {"type": "topic", "description": "What the time is."}
ERROR = {"type": "error", "description": "It is too late."}
REFLECT = Permission("wamp.", "prefix", frozenset({"call", "subscribe"}))
DEVICE = Role(
    "device", (REFLECT, Permission("com.", "prefix", frozenset({"register", "publish"}))), Limits(definitions=3)
)
VISITOR = Role("visitor", (REFLECT, Permission("com.open.", "prefix", frozenset({"call", "subscribe"}))))


@pytest.fixture
def house() -> FakeRouter:
    return FakeRouter([EVERYTHING, DEVICE, VISITOR])


def own(kind: str) -> list[str]:
    return [subject.uri for subject in own_definitions() if subject.kind == kind]


def listed(client: Client, kind: str) -> list[str]:
    """Return what is listed besides the router's own."""
    found = client.result(f"wamp.reflection.{kind}.list")
    return [uri for uri in found if uri not in own(kind)]


def error_of(client: Client, *args: Any) -> str:
    return client.error(CALL, {}, DEFINE, list(args))


# ---- defining and describing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("uri", "schema"), [("com.add", ADD), ("com.time", TOPIC), ("com.error.late", ERROR)])
def test_what_a_session_describes_others_find(
    house: FakeRouter, serializer: str, uri: str, schema: dict[str, Any]
) -> None:
    house.client(role="device").result(DEFINE, uri, schema)
    reader = house.client(serializer)
    described = {**schema, "uri": uri}
    assert listed(reader, schema["type"]) == [uri]
    assert reader.result(f"wamp.reflection.{schema['type']}.describe", uri) == described
    assert reader.result(DESCRIBE, uri) == [described]
    assert described in reader.result(DESCRIBE)


def test_one_uri_may_be_a_procedure_and_a_topic(house: FakeRouter) -> None:
    device, reader = house.client(role="device"), house.client()
    device.result(DEFINE, "com.time", {"type": "procedure"})
    device.result(DEFINE, "com.time", TOPIC)
    assert reader.result(DESCRIBE, "com.time") == [
        {"type": "procedure", "uri": "com.time"},
        {**TOPIC, "uri": "com.time"},
    ]
    device.result(DEFINE, "com.time", None)
    assert reader.result(DESCRIBE, "com.time") == []


def test_a_registered_procedure_is_listed_even_if_nobody_describes_it(house: FakeRouter) -> None:
    reader = house.client()
    house.client().register("com.open.add")
    house.client().register("com.open.", match="prefix")
    assert listed(reader, "procedure") == ["com.open.add"]
    assert reader.result("wamp.reflection.procedure.describe", "com.open.add") == {
        "uri": "com.open.add",
        "type": "procedure",
    }


@pytest.mark.parametrize("kind", ["procedure", "topic", "error"])
def test_what_is_not_there_is_described_by_null(house: FakeRouter, kind: str) -> None:
    assert house.client().result(f"wamp.reflection.{kind}.describe", "com.nothing") is None


def test_asking_for_what_is_no_uri_does_not_make_it_one(house: FakeRouter) -> None:
    client = house.client()
    assert client.result("wamp.reflection.procedure.describe", "com..x") is None
    assert client.error(CALL, {}, "com..x") == "wamp.error.invalid_uri"


def test_a_later_description_takes_the_place_of_an_earlier_one(house: FakeRouter) -> None:
    device, reader = house.client(role="device"), house.client()
    for description in ("first", "second"):
        device.result(DEFINE, "com.add", {"type": "procedure", "description": description})
    assert [found["description"] for found in reader.result(DESCRIBE, "com.add")] == ["second"]


# ---- rights -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "schema", "error"),
    [
        ("org.add", ADD, "wamp.error.not_authorized"),
        ("org.time", TOPIC, "wamp.error.not_authorized"),
        ("org.error", ERROR, "wamp.error.not_authorized"),
        ("wamp.session.count", ADD, "wamp.error.invalid_uri"),
        ("wamp.session.on_join", TOPIC, "wamp.error.invalid_uri"),
        ("wamp.error.mine", ERROR, "wamp.error.invalid_uri"),
        ("com..add", ADD, "wamp.error.invalid_uri"),
    ],
)
def test_only_what_one_may_offer_can_be_described(
    house: FakeRouter, uri: str, schema: dict[str, Any], error: str
) -> None:
    assert error_of(house.client(role="device"), uri, schema) == error
    assert house.client().result(DESCRIBE, "org.add") == []


def test_who_may_not_call_the_procedures_can_do_none_of_it(house: FakeRouter) -> None:
    house.realm.set_roles([Role("nobody", (Permission("com.", "prefix", frozenset({"call", "register"})),))])
    nobody = house.client(role="nobody")
    for procedure in reflection.PROCEDURES:
        assert nobody.error(CALL, {}, procedure, ["com.add"]) == "wamp.error.not_authorized"


def test_everybody_is_shown_what_they_may_use_and_nothing_else(house: FakeRouter) -> None:
    device, visitor = house.client(), house.client(role="visitor")
    for uri in ("com.open.x", "com.secret.x"):
        device.register(uri)
        for schema in (ADD, TOPIC, ERROR):
            device.result(DEFINE, uri, schema)
    for kind in ("procedure", "topic", "error"):
        assert listed(visitor, kind) == ["com.open.x"]
        assert visitor.result(f"wamp.reflection.{kind}.describe", "com.secret.x") is None
    assert visitor.result(DESCRIBE, "com.secret.x") == []
    assert not [one for one in visitor.result(DESCRIBE) if one["uri"].startswith("com.secret.")]


def test_the_meta_api_is_shown_to_those_who_may_use_it(house: FakeRouter) -> None:
    house.realm.set_roles(
        [Role("curious", (Permission("wamp.reflection.", "prefix", frozenset({"call"})),))],
    )
    curious = house.client(role="curious")
    assert curious.result("wamp.reflection.procedure.list") == [
        procedure for procedure in reflection.PROCEDURES if procedure.startswith("wamp.reflection.")
    ]
    assert curious.result("wamp.reflection.topic.list") == []


# ---- how long it lasts --------------------------------------------------------------------------------------------


def test_descriptions_are_gone_with_the_session_that_gave_them(house: FakeRouter) -> None:
    device, reader = house.client(role="device"), house.client()
    device.result(DEFINE, "com.add", ADD)
    device.leave()
    assert listed(reader, "procedure") == []
    assert reader.result(DESCRIBE, "com.add") == []


def test_where_several_describe_the_newest_of_those_who_are_there_is_shown(house: FakeRouter) -> None:
    reader = house.client()
    devices = [house.client(role="device") for _ in range(2)]
    for number, device in enumerate(devices):
        device.result(DEFINE, "com.add", {"type": "procedure", "description": str(number)})
    assert reader.result(DESCRIBE, "com.add")[0]["description"] == "1"
    devices[1].leave()
    assert reader.result(DESCRIBE, "com.add")[0]["description"] == "0"


def test_nobody_takes_back_what_another_has_described(house: FakeRouter) -> None:
    house.client(role="device").result(DEFINE, "com.add", ADD)
    other = house.client(role="device")
    other.result(DEFINE, "com.add", None)
    assert listed(house.client(), "procedure") == ["com.add"]


def test_descriptions_of_what_a_session_may_offer_no_more_are_taken_back(house: FakeRouter) -> None:
    device, reader = house.client(role="device"), house.client()
    device.result(DEFINE, "com.add", ADD)
    device.result(DEFINE, "com.time", TOPIC)
    reader.subscribe("wamp.reflect.", match="prefix")
    house.realm.set_roles([Role("device", (REFLECT, Permission("com.time", "exact", frozenset({"publish"}))))])
    assert news(reader) == [("wamp.reflect.on_undefine", ["com.add", "procedure"])]
    assert (listed(reader, "procedure"), listed(reader, "topic")) == ([], ["com.time"])


# ---- news ---------------------------------------------------------------------------------------------------------


def news(client: Client) -> list[tuple[str, list[Any]]]:
    return [(message[3]["topic"], message[4]) for message in client.take() if message[0] == EVENT]


def test_news_of_descriptions_reach_those_who_may_use_what_they_are_about(house: FakeRouter) -> None:
    owner, visitor, device = house.client(), house.client(role="visitor"), house.client(role="device")
    for client in (owner, visitor):
        client.subscribe("wamp.reflect.", match="prefix")
    device.result(DEFINE, "com.open.add", ADD)
    described = {**ADD, "uri": "com.open.add"}
    assert news(owner) == news(visitor) == [("wamp.reflect.on_define", ["com.open.add", described, True])]
    device.result(DEFINE, "com.open.add", ADD)
    assert news(owner) == []
    device.result(DEFINE, "com.open.add", {"type": "procedure"})
    shorter = {"type": "procedure", "uri": "com.open.add"}
    assert news(owner) == [("wamp.reflect.on_define", ["com.open.add", shorter, False])]
    device.result(DEFINE, "com.secret", TOPIC)
    visitor.take()
    device.leave()
    assert news(visitor) == [("wamp.reflect.on_undefine", ["com.open.add", "procedure"])]
    assert len(news(owner)) == 3


def test_news_come_by_the_exact_topic_too(house: FakeRouter) -> None:
    visitor, device = house.client(role="visitor"), house.client(role="device")
    visitor.subscribe("wamp.reflect.on_define")
    device.result(DEFINE, "com.secret", ADD)
    device.result(DEFINE, "com.open.add", ADD)
    assert [message[4][0] for message in visitor.take()] == ["com.open.add"]


# ---- bounds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "service"},
        {"description": "no type"},
        {"type": ["procedure"]},
        {"type": "procedure", "description": "\0AAAA"},
        {"type": "procedure", "number": float("inf")},
        "text",
    ],
)
def test_a_description_that_not_everybody_could_read_is_refused(house: FakeRouter, schema: Any) -> None:
    assert error_of(house.client("msgpack", role="device"), "com.add", schema) == "wamp.error.invalid_argument"


def test_a_session_describes_no_more_than_its_limit(house: FakeRouter) -> None:
    device = house.client(role="device")
    for number in range(3):
        device.result(DEFINE, f"com.add{number}", ADD)
    assert error_of(device, "com.add3", ADD) == "wampi.error.limit_exceeded"
    device.result(DEFINE, "com.add0", {"type": "procedure"})
    device.result(DEFINE, "com.add0", None)
    device.result(DEFINE, "com.add3", ADD)
    assert listed(house.client(), "procedure") == ["com.add1", "com.add2", "com.add3"]


def test_descriptions_are_bounded_in_size_each_and_all_together() -> None:
    house = FakeRouter([Role("everything", EVERYTHING.permissions, Limits(definitions=1000))])
    client = house.client()
    too_large = {"type": "procedure", "description": "x" * MAX_DEFINITION_BYTES}
    assert error_of(client, "com.add", too_large) == "wampi.error.limit_exceeded"
    large = {"type": "procedure", "description": "x" * (MAX_DEFINITION_BYTES - 100)}
    most = MAX_DEFINED_BYTES // MAX_DEFINITION_BYTES
    for number in range(most):
        client.result(DEFINE, f"com.add{number}", large)
    assert error_of(client, "com.more", {**large, "more": "x" * 90}) == "wampi.error.limit_exceeded"
    client.leave()
    house.client().result(DEFINE, "com.more", large)


# ---- the router's own ---------------------------------------------------------------------------------------------


def test_welcome_announces_reflection(house: FakeRouter) -> None:
    client = house.attach()
    client.send(1, "home", {"roles": {"caller": {}}})
    [[code, _, details]] = client.take()
    assert code == WELCOME
    assert details["roles"]["broker"]["reflection"] is True
    assert details["roles"]["dealer"]["reflection"] is True


def test_the_routers_own_procedures_are_described_reflection_too(house: FakeRouter) -> None:
    client = house.client()
    assert client.result("wamp.reflection.procedure.list") == [*meta.PROCEDURES, *reflection.PROCEDURES]
    for uri in (*meta.PROCEDURES, *reflection.PROCEDURES):
        described = client.result("wamp.reflection.procedure.describe", uri)
        assert described["uri"] == uri
        assert described["description"].endswith(".")
        assert list(described["kwargs"]["properties"]) == described["args"]
        assert set(described["kwargs"]["required"]) <= set(described["args"])


def test_the_description_of_a_procedure_says_what_it_takes(house: FakeRouter) -> None:
    assert house.client().result("wamp.reflection.procedure.describe", "wamp.session.kill") == {
        "uri": "wamp.session.kill",
        "type": "procedure",
        "description": "End another session.",
        "args": ["session", "reason", "message"],
        "kwargs": {
            "type": "object",
            "properties": {
                "session": {"type": "integer"},
                "reason": {"default": "wamp.close.killed"},
                "message": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
            },
            "required": ["session"],
            "additionalProperties": False,
        },
    }


def test_the_topics_that_the_router_publishes_are_described(house: FakeRouter) -> None:
    """Whatever a subscriber to everything of the router's gets, it can look up."""
    watcher = house.client()
    watcher.subscribe("wamp.", match="prefix")
    other = house.client()
    other.register("com.add")
    other.subscribe("com.topic")
    other.result(DEFINE, "com.add", ADD)
    other.leave()
    events = [message for message in watcher.take() if message[0] == EVENT]
    assert {message[3]["topic"] for message in events} == set(own("topic"))
    for message in events:
        described = watcher.result("wamp.reflection.topic.describe", message[3]["topic"])
        assert len(described["args"]) == len(message[4])


# ---- any sequence -------------------------------------------------------------------------------------------------

STEPS = st.tuples(
    st.sampled_from(["define", "undefine", "leave"]),
    st.integers(0, 2),
    st.sampled_from(["com.open.a", "com.open.b"]),
    st.sampled_from(["procedure", "topic"]),
    st.integers(0, 1),
)


@settings(deadline=None)
@given(steps=st.lists(STEPS, max_size=30))
def test_who_follows_the_news_knows_what_is_described(steps: list[tuple[str, int, str, str, int]]) -> None:
    house = FakeRouter([EVERYTHING, Role("device", DEVICE.permissions), VISITOR])
    reader = house.client(role="visitor")
    reader.subscribe("wamp.reflect.", match="prefix")
    devices = [house.client(role="device") for _ in range(3)]
    told: dict[tuple[str, str], Any] = {}
    # (URI, kind) -> device -> version, the newest last
    model: dict[tuple[str, str], dict[int, int]] = {}
    for action, device, uri, kind, version in steps:
        if action == "define":
            devices[device].result(DEFINE, uri, {"type": kind, "version": version})
            versions = model.setdefault((uri, kind), {})
            versions.pop(device, None)
            versions[device] = version
        elif action == "undefine":
            devices[device].result(DEFINE, uri, None)
            for key in [key for key in model if key[0] == uri]:
                model[key].pop(device, None)
        else:
            devices[device].leave()
            devices[device] = house.client(role="device")
            for versions in model.values():
                versions.pop(device, None)
        for topic, args in news(reader):
            if topic == "wamp.reflect.on_define":
                assert args[2] == ((args[0], args[1]["type"]) not in told)
                told[args[0], args[1]["type"]] = args[1]
            else:
                del told[args[0], args[1]]
        expected = {key: list(versions.values())[-1] for key, versions in model.items() if versions}
        assert {key: definition["version"] for key, definition in told.items()} == expected
        found = [one for one in reader.result(DESCRIBE) if one["uri"].startswith("com.")]
        assert {(one["uri"], one["type"]): one["version"] for one in found} == expected
