"""What is a message, in every serializer; the wrong ones are generated from the declarations of the right ones."""

from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from msgspec import inspect
from support.wamp import (
    CALL,
    CANCEL,
    FROM_CLIENTS,
    GOODBYE,
    HELLO,
    INVOCATION,
    PUBLISH,
    REGISTER,
    SUBSCRIBE,
    YIELD,
)
from support.wamp import ENCODE as RAW
from wampi.router.codec import Codec, ProtocolViolation
from wampi.router.codec.messages import ABSENT, Features, Incoming, PublishOptions, Yield

ANYTHING: list[Any] = [None, True, False, 0, 1, -1, 1.5, "", "text", [], [1], {}, {"key": 1}]
HUGE = [2**53 + 1, 2**63, 2**64 - 1]
KINDS = {kind.__struct_config__.tag: kind for kind in get_args(Incoming)}


def decode(codec: Codec, message: Any) -> Any:
    return codec.decode(RAW[codec.name](message))


def is_refused(codec: Codec, message: Any) -> bool:
    try:
        decode(codec, message)
    except ProtocolViolation:
        return True
    return False


def wrong_values(declared: inspect.Type) -> Iterator[Any]:
    """Yield values that are not of a declared type, at every depth of it."""
    if isinstance(declared, inspect.UnionType):
        candidates = [value for kind in declared.types for value in wrong_values(kind)]
        yield from (value for value in candidates if not any(fits(value, kind) for kind in declared.types))
        return
    yield from (value for value in [*ANYTHING, *HUGE] if not fits(value, declared))
    if isinstance(declared, inspect.StructType) and not declared.array_like:
        for field in declared.fields:
            for value in wrong_values(field.type):
                yield {**required(declared), field.encode_name: value}
    if isinstance(declared, inspect.ListType):
        yield from ([value] for value in wrong_values(declared.item_type))


def required(declared: inspect.StructType) -> dict[str, Any]:
    return {"roles": {"caller": {}}} if any(field.name == "roles" for field in declared.fields) else {}


def fits(value: Any, declared: inspect.Type) -> bool:
    """Say whether a value is of a declared type; written against the specification, not against the decoder."""
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    match declared:
        case inspect.IntType(ge=least, le=most):
            return is_integer and (least is None or value >= least) and (most is None or value <= most)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.StrType():
            return isinstance(value, str)
        case inspect.LiteralType(values=values):
            return any(value == known and type(value) is type(known) for known in values)
        case inspect.ListType(item_type=item):
            return isinstance(value, list) and all(fits(entry, item) for entry in value)
        case inspect.StructType(fields=fields):
            return isinstance(value, dict) and not any(field.required for field in fields)
        case inspect.DictType():
            return isinstance(value, dict)
        case inspect.NoneType():
            return value is None
        case inspect.AnyType():
            return True
        case _:
            raise AssertionError(f"the test does not know {declared}")


def elements(kind: type) -> list[tuple[str, inspect.Type]]:
    """Return name and declared type of each element behind the type code; the payload's are fixed by the protocol."""
    payload = {
        "args": inspect.ListType(inspect.AnyType()),
        "kwargs": inspect.DictType(inspect.StrType(), inspect.AnyType()),
    }
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return [(field.name, payload.get(field.name, field.type)) for field in info.fields]


def test_every_message_type_that_a_client_may_send_has_an_example_here() -> None:
    assert set(KINDS) == set(FROM_CLIENTS)


@pytest.mark.parametrize("code", FROM_CLIENTS)
def test_a_valid_message_is_decoded_as_what_it_is(codec: Codec, code: int) -> None:
    message = decode(codec, FROM_CLIENTS[code])
    assert type(message) is KINDS[code]
    for (name, _), sent in zip(elements(KINDS[code]), FROM_CLIENTS[code][1:], strict=True):
        value = getattr(message, name)
        if name in ("args", "kwargs"):
            assert codec.load(value) == sent
        elif not isinstance(value, msgspec.Struct):
            assert value == sent


@pytest.mark.parametrize("code", FROM_CLIENTS)
def test_a_value_of_a_wrong_type_anywhere_is_refused(codec: Codec, code: int) -> None:
    accepted = []
    for position, (_, declared) in enumerate(elements(KINDS[code]), start=1):
        for value in wrong_values(declared):
            message = list(FROM_CLIENTS[code])
            message[position] = value
            if not is_refused(codec, message):
                accepted.append(message)
    assert accepted == []


@pytest.mark.parametrize("code", FROM_CLIENTS)
def test_a_message_with_too_few_or_too_many_elements_is_refused(codec: Codec, code: int) -> None:
    whole = FROM_CLIENTS[code]
    optional = len({"args", "kwargs"} & {name for name, _ in elements(KINDS[code])})
    for length in range(len(whole)):
        assert is_refused(codec, whole[:length]) == (length < len(whole) - optional), whole[:length]
    extras: list[Any] = [None, [], {}, 1]
    for extra in extras:
        assert is_refused(codec, [*whole, extra])


@pytest.mark.parametrize("code", [code for code in FROM_CLIENTS if len(elements(KINDS[code])) > 1])
def test_unknown_keys_of_options_and_details_are_ignored(codec: Codec, code: int) -> None:
    unknown = {"nonsense": [1, {"a": None}], "_custom_key": True, "x": 1.5}
    message = [value | unknown if isinstance(value, dict) else value for value in FROM_CLIENTS[code]]
    assert type(decode(codec, message)) is KINDS[code]


def test_unknown_roles_and_features_are_ignored(codec: Codec) -> None:
    roles = {"caller": {"features": {"time_travel": "yes", "call_canceling": True}, "more": 1}, "oracle": 7}
    hello = decode(codec, [HELLO, "home", {"roles": roles}])
    assert hello.details.roles.caller.features == Features(call_canceling=True)


def test_both_spellings_of_call_cancelling_mean_the_same() -> None:
    assert Features(call_canceling=True).cancels
    assert Features(call_cancelling=True).cancels
    assert not Features().cancels


@pytest.mark.parametrize("code", sorted({*range(80), 255, 256, 1023, 2**31, 2**53} - set(FROM_CLIENTS)))
def test_a_message_type_that_clients_do_not_send_is_refused(codec: Codec, code: int) -> None:
    for rest in ([], [1], [1, {}, "com.topic"], [{}, "com.topic"], [1, 2, {}, [], {}]):
        assert is_refused(codec, [code, *rest])


@pytest.mark.parametrize("first", [True, 48.0, "48", None, [], {}, -48, [48]])
def test_a_first_element_that_is_not_an_integer_is_refused(codec: Codec, first: Any) -> None:
    assert is_refused(codec, [first, 1, {}, "com.procedure"])


def test_true_does_not_pass_as_the_type_code_of_hello(codec: Codec) -> None:
    assert is_refused(codec, [True, *FROM_CLIENTS[HELLO][1:]])


@pytest.mark.parametrize("message", [None, 48, "[48]", {}, {"0": 48}, []])
def test_what_is_not_a_list_or_is_an_empty_one_is_refused(codec: Codec, message: Any) -> None:
    assert is_refused(codec, message)


def test_no_bytes_at_all_are_refused(codec: Codec) -> None:
    with pytest.raises(ProtocolViolation):
        codec.decode(b"")


@pytest.mark.parametrize("code", FROM_CLIENTS)
def test_trailing_and_missing_bytes_are_refused(codec: Codec, code: int) -> None:
    data = RAW[codec.name](FROM_CLIENTS[code])
    for cut in range(len(data)):
        with pytest.raises(ProtocolViolation):
            codec.decode(data[:cut])
    for extra in (b"\x00", b"]", data):
        with pytest.raises(ProtocolViolation):
            codec.decode(data + extra)


@pytest.mark.parametrize("request_id", [1, 2**31, 2**53])
def test_ids_run_from_1_to_2_to_the_53(codec: Codec, request_id: int) -> None:
    assert decode(codec, [CALL, request_id, {}, "com.procedure"]).request == request_id


@pytest.mark.parametrize("request_id", [0, -1, 2**53 + 1, True, 1.0, "1", None])
def test_other_ids_are_refused(codec: Codec, request_id: Any) -> None:
    assert is_refused(codec, [CALL, request_id, {}, "com.procedure"])


def test_an_error_may_answer_an_invocation_only(codec: Codec) -> None:
    for request_type in {*range(100)} - {INVOCATION}:
        assert is_refused(codec, [8, request_type, 1, {}, "com.error"])


def test_absent_arguments_stay_absent(codec: Codec) -> None:
    for message in ([CALL, 1, {}, "a.b"], [PUBLISH, 1, {}, "a.b"], [YIELD, 1, {}]):
        decoded = decode(codec, message)
        assert decoded.args is ABSENT
        assert decoded.kwargs is ABSENT


def test_empty_arguments_stay_empty(codec: Codec) -> None:
    decoded = decode(codec, [YIELD, 1, {}, [], {}])
    assert codec.load(decoded.args) == []
    assert codec.load(decoded.kwargs) == {}


@pytest.mark.parametrize("kwargs", [{}, {"a": [None]}, {"": 1}, {"ü\u0000": {"b": {}}}])
def test_any_text_is_a_keyword(codec: Codec, kwargs: dict[str, Any]) -> None:
    assert codec.load(decode(codec, [YIELD, 1, {}, [], kwargs]).kwargs) == kwargs


def test_what_is_not_said_has_its_default(codec: Codec) -> None:
    assert decode(codec, [CANCEL, 1, {}]).options.mode == "killnowait"
    assert decode(codec, [SUBSCRIBE, 1, {}, "a"]).options.match == "exact"
    assert decode(codec, [REGISTER, 1, {}, "a"]).options.invoke == "single"
    assert decode(codec, [PUBLISH, 1, {}, "a"]).options == PublishOptions(exclude_me=True)
    assert decode(codec, [YIELD, 1, {}]) == Yield(1, decode(codec, [YIELD, 1, {}]).options)


def test_the_outbox_policy_has_a_key_of_our_own(codec: Codec) -> None:
    assert decode(codec, [SUBSCRIBE, 1, {"_outbox": "latest"}, "a"]).options.outbox == "latest"
    assert decode(codec, [SUBSCRIBE, 1, {"outbox": 7}, "a"]).options.outbox is msgspec.UNSET
    assert is_refused(codec, [SUBSCRIBE, 1, {"_outbox": "newest"}, "a"])


OPTIONS: list[tuple[int, str, list[Any], list[Any]]] = [
    (PUBLISH, "acknowledge", [True, False], ["hello", 1]),
    (PUBLISH, "exclude_me", [True, False], ["hello"]),
    (PUBLISH, "exclude", [[], [123, 456]], ["hello", ["hello"]]),
    (PUBLISH, "exclude_authid", [[], ["alice"]], ["hello", [123]]),
    (PUBLISH, "exclude_authrole", [[], ["staff"]], ["manager"]),
    (PUBLISH, "eligible", [[], [123, 456]], ["hello"]),
    (PUBLISH, "eligible_authid", [[], ["alice"]], [123]),
    (PUBLISH, "eligible_authrole", [[], ["manager"]], [[123]]),
    (PUBLISH, "retain", [True, False], ["hello"]),
    (PUBLISH, "transaction_hash", ["abc123"], [123]),
    (PUBLISH, "forward_for", [[], [{"session": 1, "authid": "a", "authrole": "router"}]], ["hello", [{"authid": "a"}]]),
    (SUBSCRIBE, "match", ["exact", "prefix", "wildcard"], ["invalid", 123]),
    (SUBSCRIBE, "get_retained", [True, False], ["hello"]),
    (SUBSCRIBE, "forward_for", [[], [{"session": 1, "authid": None, "authrole": None}]], ["hello"]),
    (REGISTER, "match", ["exact", "prefix", "wildcard"], ["invalid", 123]),
    (REGISTER, "invoke", ["single", "roundrobin", "random", "first", "last"], ["invalid", 123]),
    (CALL, "timeout", [0, 5000], ["hello", -1, True]),
    (CALL, "receive_progress", [True, False], ["hello", 1]),
    (CANCEL, "mode", ["skip", "kill", "killnowait"], ["abort", 1]),
    (YIELD, "progress", [True, False], ["hello", 1]),
]
"""Message, option, values that are right, values that are wrong, after the specification's test vectors."""


@pytest.mark.parametrize(("code", "option", "right", "wrong"), OPTIONS)
def test_a_wrong_option_is_named(codec: Codec, code: int, option: str, right: list[Any], wrong: list[Any]) -> None:
    def with_option(value: Any) -> list[Any]:
        return [{option: value} if element == {} else element for element in FROM_CLIENTS[code]]

    for value in right:
        assert type(decode(codec, with_option(value))) is KINDS[code]
    for value in wrong:
        with pytest.raises(ProtocolViolation, match=option):
            decode(codec, with_option(value))


def test_a_violation_says_only_a_little_of_what_was_sent(codec: Codec) -> None:
    for message in (
        [SUBSCRIBE, 1, {"match": "x" * 5000}, "a"],
        [GOODBYE, {}, ["x" * 5000]],
        ["x" * 5000],
    ):
        with pytest.raises(ProtocolViolation) as caught:
            decode(codec, message)
        assert len(str(caught.value)) < 250
        assert str(caught.value).isprintable()
