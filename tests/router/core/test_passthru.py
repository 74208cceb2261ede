"""Payloads that pass through: advanced profile, "Payload Passthru Mode", and its older form, payload transparency."""

from itertools import product
from typing import Any

import pytest
from support.core import ALL_ROLES, Client, FakeRouter
from support.wamp import (
    ABORT,
    CALL,
    ERROR,
    EVENT,
    INTERRUPT,
    INVOCATION,
    PUBLISH,
    RESULT,
    SERIALIZERS,
    SUBSCRIBE,
    YIELD,
)
from wampi.router.core.shelves import HistoryRule

VIOLATION = "wamp.error.protocol_violation"
NOT_SUPPORTED = "wamp.error.feature_not_supported"
CIPHERTEXT = bytes(range(256))

Form = tuple[str, dict[str, Any], Any]
PASSTHRU: Form = (
    "payload_passthru_mode",
    {"ppt_scheme": "wamp", "ppt_serializer": "cbor", "ppt_cipher": "xsalsa20poly1305", "ppt_keyid": "0xAB"},
    [CIPHERTEXT],
)
TRANSPARENCY: Form = (
    "payload_transparency",
    {"enc_algo": "cryptobox", "enc_key": "base64", "enc_serializer": "json"},
    CIPHERTEXT,
)
PAIRS = list(product(SERIALIZERS, repeat=2))
both_forms = pytest.mark.parametrize(("feature", "options", "args"), [PASSTHRU, TRANSPARENCY], ids=["ppt", "enc"])


def roles_with(*features: str) -> dict[str, Any]:
    every = {"progressive_call_results", "progressive_call_invocations", "call_canceling", "call_reroute", *features}
    return {role: {"features": dict.fromkeys(every, True)} for role in ALL_ROLES}


def is_aborted(client: Client) -> bool:
    return client.take()[-1][::2] == [ABORT, VIOLATION]


def invoked(callee: Client) -> int:
    """Return the id of the invocation that a callee has got last."""
    request: int = callee.take()[-1][1]
    return request


# ---- calls -----------------------------------------------------------------------------------------------------


@both_forms
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_a_call_and_its_result_pass_with_their_options(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any, ours: str, theirs: str
) -> None:
    caller = home.client(ours, roles=roles_with(feature))
    callee = home.client(theirs, roles=roles_with(feature))
    registration = callee.register("com.procedure")
    request = caller.call("com.procedure", args, **options)
    assert callee.take() == [[INVOCATION, 1, registration, options, args]]
    callee.send(YIELD, 1, options, args)
    assert caller.take() == [[RESULT, request, options, args]]


@both_forms
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_an_error_passes_with_its_options(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any, ours: str, theirs: str
) -> None:
    caller = home.client(ours, roles=roles_with(feature))
    callee = home.client(theirs, roles=roles_with(feature))
    callee.register("com.procedure")
    request = caller.call("com.procedure", ["plain"])
    callee.send(ERROR, INVOCATION, invoked(callee), options, "com.error", args)
    assert caller.take() == [[ERROR, CALL, request, options, "com.error", args]]


@both_forms
def test_the_parts_of_a_call_and_of_its_result_have_options_each_of_their_own(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any
) -> None:
    caller, callee = (home.client(roles=roles_with(feature)) for _ in range(2))
    registration = callee.register("com.procedure")
    caller.send(CALL, 1, {**options, "progress": True, "receive_progress": True}, "com.procedure", args)
    caller.send(CALL, 1, {"progress": True}, "com.procedure", ["plain"])
    caller.send(CALL, 1, options, "com.procedure", args)
    more = {"progress": True, "receive_progress": True}
    assert callee.take() == [
        [INVOCATION, 1, registration, options | more, args],
        [INVOCATION, 1, registration, more, ["plain"]],
        [INVOCATION, 1, registration, options | {"receive_progress": True}, args],
    ]
    callee.send(YIELD, 1, {**options, "progress": True}, args)
    callee.send(YIELD, 1, {"progress": True}, ["plain"])
    callee.send(YIELD, 1, options, args)
    assert caller.take() == [
        [RESULT, 1, options | {"progress": True}, args],
        [RESULT, 1, {"progress": True}, ["plain"]],
        [RESULT, 1, options, args],
    ]


@both_forms
def test_a_call_that_is_rerouted_keeps_them(home: FakeRouter, feature: str, options: dict[str, Any], args: Any) -> None:
    caller, one, two = (home.client(roles=roles_with(feature)) for _ in range(3))
    one.register("com.procedure", invoke="first")
    registration = two.register("com.procedure", invoke="first")
    caller.call("com.procedure", args, **options)
    one.send(ERROR, INVOCATION, invoked(one), {}, "wamp.error.unavailable")
    assert two.take() == [[INVOCATION, 1, registration, options, args]]


@both_forms
def test_a_callee_that_lacks_it_is_not_asked(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any
) -> None:
    caller, callee = home.client(roles=roles_with(feature)), home.client(roles=roles_with())
    callee.register("com.procedure")
    callee.take()
    assert caller.error(CALL, options, "com.procedure", args) == NOT_SUPPORTED
    assert callee.take() == []
    caller.call("com.procedure", ["plain"])
    assert callee.take()[0][1] == 1, "no invocation id has been lost"


@both_forms
def test_a_later_part_for_a_callee_that_lacks_it_ends_the_call(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any
) -> None:
    caller, callee = home.client(roles=roles_with(feature)), home.client(roles=roles_with())
    callee.register("com.procedure")
    caller.send(CALL, 1, {"progress": True}, "com.procedure", ["plain"])
    callee.take()
    caller.send(CALL, 1, {**options, "progress": True}, "com.procedure", args)
    assert [message[4] for message in caller.take()] == [NOT_SUPPORTED]
    assert [message[0] for message in callee.take()] == [INTERRUPT]


@pytest.mark.parametrize("progress", [False, True])
def test_a_result_for_a_caller_that_lacks_it_is_an_error_to_both(home: FakeRouter, progress: bool) -> None:
    feature, options, args = PASSTHRU
    caller, callee = home.client(roles=roles_with()), home.client(roles=roles_with(feature))
    callee.register("com.procedure")
    request = caller.call("com.procedure", receive_progress=progress)
    invocation = invoked(callee)
    callee.send(YIELD, invocation, {**options, "progress": progress}, args)
    [answer] = caller.take()
    assert answer[:5] == [ERROR, CALL, request, {}, NOT_SUPPORTED]
    refused, *rest = callee.take()
    assert refused[:5] == [ERROR, YIELD, invocation, {}, NOT_SUPPORTED]
    assert [message[0] for message in rest] == [INTERRUPT] * progress


def test_a_transparent_result_for_a_caller_that_lacks_it_is_an_error_to_the_caller_alone(home: FakeRouter) -> None:
    feature, options, args = TRANSPARENCY
    caller, callee = home.client(roles=roles_with()), home.client(roles=roles_with(feature))
    callee.register("com.procedure")
    assert caller.call("com.procedure") == 1
    callee.send(YIELD, invoked(callee), options, args)
    assert [message[4] for message in caller.take()] == [NOT_SUPPORTED]
    assert callee.take() == []


@both_forms
def test_an_error_for_a_caller_that_lacks_it_arrives_without_its_payload(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any
) -> None:
    caller, callee = home.client(roles=roles_with()), home.client(roles=roles_with(feature))
    callee.register("com.procedure")
    caller.call("com.procedure")
    callee.send(ERROR, INVOCATION, invoked(callee), options, "com.error", args)
    [[_, _, _, details, uri, [sentence]]] = caller.take()
    assert (details, uri) == ({}, "com.error")
    assert isinstance(sentence, str)


def test_an_error_in_plain_words_stays_plain_whatever_its_options_say(home: FakeRouter) -> None:
    feature, options, _ = PASSTHRU
    caller, callee = (home.client(roles=roles_with(feature)) for _ in range(2))
    callee.register("com.procedure")
    request = caller.call("com.procedure")
    callee.send(ERROR, INVOCATION, invoked(callee), options, "com.error", ["cannot read it"])
    assert caller.take() == [[ERROR, CALL, request, {}, "com.error", ["cannot read it"]]]


@both_forms
def test_the_routers_own_procedures_do_not_take_it(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any
) -> None:
    caller = home.client(roles=roles_with(feature))
    assert caller.error(CALL, options, "wamp.session.count", args) == NOT_SUPPORTED


# ---- violations ------------------------------------------------------------------------------------------------


@both_forms
@pytest.mark.parametrize("kind", [CALL, PUBLISH])
def test_a_request_of_a_role_that_has_not_announced_it_is_a_violation(
    home: FakeRouter, serializer: str, feature: str, options: dict[str, Any], args: Any, kind: int
) -> None:
    other = "payload_transparency" if feature == "payload_passthru_mode" else "payload_passthru_mode"
    client = home.client(serializer, roles=roles_with(other))
    client.send(kind, 1, options, "com.nowhere", args)
    assert is_aborted(client)


@both_forms
@pytest.mark.parametrize("progress", [False, True])
@pytest.mark.parametrize("is_late", [False, True])
def test_an_answer_of_a_callee_that_has_not_announced_it_is_a_violation(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any, progress: bool, is_late: bool
) -> None:
    caller, callee = home.client(roles=roles_with(feature)), home.client(roles=roles_with())
    callee.register("com.procedure")
    caller.call("com.procedure", receive_progress=True)
    invocation = invoked(callee)
    if is_late:
        callee.send(YIELD, invocation, {})
        caller.take()
    callee.send(YIELD, invocation, {**options, "progress": progress}, args)
    assert is_aborted(callee)
    assert [message[4] for message in caller.take()] == ([] if is_late else ["wamp.error.canceled"])


@both_forms
def test_an_error_of_a_callee_that_has_not_announced_it_is_a_violation(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any
) -> None:
    caller, callee = home.client(roles=roles_with(feature)), home.client(roles=roles_with())
    callee.register("com.procedure")
    caller.call("com.procedure")
    callee.send(ERROR, INVOCATION, invoked(callee), options, "com.error", args)
    assert is_aborted(callee)


@pytest.mark.parametrize(
    ("ppt_serializer", "payload"),
    [
        ("cbor", []),
        ("cbor", [[]]),
        ("cbor", [[CIPHERTEXT, CIPHERTEXT]]),
        ("cbor", [[CIPHERTEXT], {"key": 1}]),
        ("cbor", [["text"]]),
        ("cbor", [[1]]),
        ("json", [[{"key": 1}]]),
        ("native", [["one", "two"]]),
        ("native", [[], {"key": 1}]),
    ],
)
def test_a_payload_that_is_not_one_binary_is_a_violation(
    home: FakeRouter, serializer: str, ppt_serializer: str, payload: list[Any]
) -> None:
    client = home.client(serializer, roles=roles_with(PASSTHRU[0]))
    client.call("com.nowhere", *payload, ppt_scheme="x_own", ppt_serializer=ppt_serializer)
    assert is_aborted(client)


@pytest.mark.parametrize(
    ("options", "payload"),
    [
        ({"ppt_scheme": "mqtt"}, [[{"args": [1]}]]),
        ({"ppt_scheme": "mqtt", "ppt_serializer": "native"}, [["text"]]),
        ({"ppt_scheme": "x_own", "ppt_serializer": "json"}, [['{"args": [1]}']]),
        ({"ppt_scheme": "x_own", "ppt_serializer": "x_own"}, [[b""], {}]),
    ],
)
def test_what_has_no_serializer_of_its_own_is_any_one_item_and_json_may_be_text(
    home: FakeRouter, options: dict[str, Any], payload: list[Any]
) -> None:
    publisher, subscriber = (home.client(roles=roles_with(PASSTHRU[0])) for _ in range(2))
    subscriber.subscribe("com.topic")
    publisher.publish("com.topic", *payload, **options)
    [[*_, details, args]] = [message[:5] for message in subscriber.take()]
    assert (details, args) == (options, payload[0])


@pytest.mark.parametrize("options", [{}, {"enc_serializer": "json"}, {"enc_algo": ""}, {"ppt_scheme": "wamp"}])
def test_bytes_in_place_of_arguments_need_options_that_say_so(
    home: FakeRouter, serializer: str, options: dict[str, Any]
) -> None:
    client = home.client(serializer, roles=roles_with(PASSTHRU[0], TRANSPARENCY[0]))
    with pytest.raises(ValueError, match="not a WAMP message"):
        client.publish("com.topic", CIPHERTEXT, **options)


@pytest.mark.parametrize("payload", [["text"], [7], [None], [CIPHERTEXT, {}], [CIPHERTEXT, {"key": 1}]])
def test_nothing_but_bytes_stands_in_the_place_of_arguments(
    home: FakeRouter, serializer: str, payload: list[Any]
) -> None:
    client = home.client(serializer, roles=roles_with(TRANSPARENCY[0]))
    with pytest.raises(ValueError, match="not a WAMP message"):
        client.publish("com.topic", *payload, **TRANSPARENCY[1])


@pytest.mark.parametrize("options", [{"ppt_scheme": ""}, {"ppt_cipher": "x", "ppt_keyid": "x"}, TRANSPARENCY[1]])
def test_options_without_what_makes_them_count_are_ignored(home: FakeRouter, options: dict[str, Any]) -> None:
    publisher, subscriber = home.client(), home.client()
    subscription = subscriber.subscribe("com.topic")
    publisher.publish("com.topic", ["plain"], {"key": 1}, **options)
    assert [[*message[:2], *message[3:]] for message in subscriber.take()] == [
        [EVENT, subscription, {}, ["plain"], {"key": 1}]
    ]


# ---- events ----------------------------------------------------------------------------------------------------


@both_forms
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_an_event_passes_with_its_options(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any, ours: str, theirs: str
) -> None:
    publisher = home.client(ours, roles=roles_with(feature))
    subscriber = home.client(theirs, roles=roles_with(feature))
    exact, pattern = subscriber.subscribe("com.topic"), subscriber.subscribe("com.", match="prefix")
    _, _, publication = publisher.ask(PUBLISH, {**options, "acknowledge": True}, "com.topic", args)
    assert subscriber.take() == [
        [EVENT, exact, publication, options, args],
        [EVENT, pattern, publication, options | {"topic": "com.topic"}, args],
    ]


def test_an_event_in_passthru_mode_goes_to_all_and_a_transparent_one_to_those_who_know_it(home: FakeRouter) -> None:
    """The specification leaves it to the subscriber in the one case; in the other it could not read the message."""
    publisher = home.client(roles=roles_with(PASSTHRU[0], TRANSPARENCY[0]))
    knowing, other = home.client(roles=roles_with(TRANSPARENCY[0])), home.client()
    for subscriber in (knowing, other):
        subscriber.subscribe("com.topic")
        subscriber.subscribe("com.", match="prefix")
    for _, options, args in (PASSTHRU, TRANSPARENCY):
        publisher.publish("com.topic", args, **options)
    assert [message[4] for message in knowing.take()] == [[CIPHERTEXT], [CIPHERTEXT], CIPHERTEXT, CIPHERTEXT]
    assert [message[4] for message in other.take()] == [[CIPHERTEXT], [CIPHERTEXT]]


@both_forms
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_a_retained_event_keeps_its_options(
    home: FakeRouter, feature: str, options: dict[str, Any], args: Any, ours: str, theirs: str
) -> None:
    publisher = home.client(ours, roles=roles_with(feature))
    publisher.publish("com.topic", args, **options, retain=True)
    publisher.leave()
    late = home.client(theirs, roles=roles_with(feature))
    late.send(SUBSCRIBE, 1, {"get_retained": True}, "com.topic")
    assert [message[3:] for message in late.take()[1:]] == [[options | {"retained": True}, args]]


def test_a_retained_transparent_event_leaves_an_older_one_for_those_who_do_not_know_it(home: FakeRouter) -> None:
    feature, options, args = TRANSPARENCY
    publisher = home.client(roles=roles_with(feature))
    publisher.publish("com.topic", ["plain"], retain=True, exclude_me=False)
    publisher.publish("com.topic", args, **options, retain=True, exclude_me=False)
    for roles, expected in ((roles_with(feature), args), (ALL_ROLES, ["plain"])):
        late = home.client(roles=roles)
        late.send(SUBSCRIBE, 1, {"get_retained": True}, "com.topic")
        assert [message[4] for message in late.take()[1:]] == [expected]


@both_forms
def test_the_history_keeps_them(feature: str, options: dict[str, Any], args: Any, serializer: str) -> None:
    fake = FakeRouter(history=[HistoryRule("com.topic")])
    publisher = fake.client(roles=roles_with(feature))
    publisher.publish("com.topic", args, **options)
    reader = fake.client(serializer, roles=roles_with(feature))
    [event] = reader.result("wamp.subscription.get_events", reader.subscribe("com.topic"))
    assert (event["details"], event["args"], event["kwargs"]) == (options | {"topic": "com.topic"}, args, {})
    other = fake.client(serializer)
    kept = other.result("wamp.subscription.get_events", other.subscribe("com.topic"))
    assert len(kept) == (feature == "payload_passthru_mode")


@both_forms
def test_a_testament_can_be_one(
    home: FakeRouter, serializer: str, feature: str, options: dict[str, Any], args: Any
) -> None:
    subscriber, dying = home.client(roles=roles_with(feature)), home.client(serializer, roles=roles_with(feature))
    subscriber.subscribe("com.topic")
    dying.result("wamp.session.add_testament", "com.topic", args, {}, publish_options=options)
    dying.leave()
    assert [message[3:] for message in subscriber.take()] == [[options, args]]


def test_an_id_among_the_options_of_a_testament_may_be_a_float(home: FakeRouter) -> None:
    subscriber, dying = home.client(), home.client("cbor")
    subscriber.subscribe("com.topic")
    for eligible in (float(subscriber.session), float(dying.session)):
        dying.result("wamp.session.add_testament", "com.topic", [], {}, publish_options={"eligible": [eligible]})
    dying.leave()
    assert len(subscriber.take()) == 1


@pytest.mark.parametrize(
    ("roles", "options", "args"),
    [
        (ALL_ROLES, *PASSTHRU[1:]),
        (ALL_ROLES, *TRANSPARENCY[1:]),
        (roles_with(PASSTHRU[0]), PASSTHRU[1], ["text"]),
        (roles_with(TRANSPARENCY[0]), {}, CIPHERTEXT),
        (roles_with(TRANSPARENCY[0]), TRANSPARENCY[1], "text"),
        (roles_with(PASSTHRU[0]), PASSTHRU[1], CIPHERTEXT),
    ],
)
def test_a_testament_that_could_not_be_published_is_refused_at_once(
    home: FakeRouter, roles: dict[str, Any], options: dict[str, Any], args: Any
) -> None:
    client = home.client(roles=roles)
    kwargs = {"publish_options": options}
    uri = client.error(CALL, {}, "wamp.session.add_testament", ["com.topic", args, {}], kwargs)
    assert uri == "wamp.error.invalid_argument"
