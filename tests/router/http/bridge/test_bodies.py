"""What the bodies of requests may be; everything else is refused before it gets near the router."""

from collections.abc import Callable

import msgspec
import pytest
from support.transport import CODECS
from wampi.router.codec import Outgoing, Shape, Unrepresentable
from wampi.router.codec.messages import ABSENT, Call, Publish
from wampi.router.http.bridge.bodies import error_body, read_call, read_publish, refusal_body, result_body
from wampi.router.http.bridge.refusal import Refusal

JSON, MSGPACK = CODECS["json"], CODECS["msgpack"]
SHAPE = Shape(depth=8, elements=100)


def publish(body: bytes) -> Publish:
    return read_publish(body, SHAPE)


def call(body: bytes) -> Call:
    return read_call(body, SHAPE)


def test_arguments_stay_the_bytes_that_they_came_in() -> None:
    message = publish(b'{"kwargs": {"a":1.0 }, "topic": "a.b", "args": [ 1, "\\u0000AQI=" ]}')
    assert (message.topic, bytes(message.args), bytes(message.kwargs)) == (
        "a.b", b'[ 1, "\\u0000AQI=" ]', b'{"a":1.0 }',
    )  # fmt: skip


@pytest.mark.parametrize("rest", [b"", b', "args": null, "kwargs": null, "options": null', b', "kwargs": {}'])
def test_all_but_the_uri_may_be_left_out(rest: bytes) -> None:
    for message in (publish(b'{"topic": "a.b"%b}' % rest), call(b'{"procedure": "a.b"%b}' % rest)):
        assert (message.args, message.kwargs) == (ABSENT, ABSENT)


def test_keyword_arguments_alone_have_empty_arguments_beside_them() -> None:
    assert bytes(call(b'{"procedure": "a.b", "kwargs": {"a": 1}}').args) == b"[]"


def test_options_go_along_and_a_publication_is_always_acknowledged() -> None:
    options = publish(
        b'{"topic": "a", "options": {"acknowledge": false, "retain": true, "exclude_authid": ["x"]}}'
    ).options
    assert (options.acknowledge, options.retain, options.exclude_authid) == (True, True, ["x"])
    assert call(b'{"procedure": "a", "options": {"timeout": 5, "disclose_me": true}}').options.timeout == 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"a.b"',
        b"{}",
        b'{"procedure": "a.b"}',
        b'{"topic": 5}',
        b'{"topic": null}',
        b'{"topic": "a.b", "args": {}}',
        b'{"topic": "a.b", "args": "x"}',
        b'{"topic": "a.b", "kwargs": []}',
        b'{"topic": "a.b", "options": []}',
        b'{"topic": "a.b", "options": {"retain": "yes"}}',
        b'{"topic": "a.b", "options": {"exclude": ["x"]}}',
        b'{"topic": "a.b", "arg": [1]}',
        b'{"topic": "a.b"} {}',
        b'{"topic": "a.b"',
        b"{'topic': 'a.b'}",
        b'{"topic": "a.b", "args": [NaN]}',
        b'{"topic": "a.b", "args": [Infinity]}',
        b'{"topic": "a.b", "args": [1e999]}',
        b'{"topic": "a.b", "args": ["\xff"]}',
        b'{"topic": "a.b", "args": ["\\ud800"]}',
        b'{"topic": "a.b", "args": [1,]}',
        b'{"topic": "\xff"}',
        b'{"topic": "a.b", "args": ' + b"[" * 9 + b"]" * 9 + b"}",
        b'{"topic": "a.b", "args": ' + b"[" * 40_000 + b"}",
        b'{"topic": "a.b", "args": [' + b"0," * 200 + b"0]}",
        b'{"topic": ' + b"[" * 40_000,
    ],
    ids=lambda body: repr(body[:60]),
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        publish(body)
    assert (refused.value.code, refused.value.uri) == (400, "wamp.error.invalid_argument")
    assert len(refused.value.message) < 250


@pytest.mark.parametrize("option", [b"progress", b"receive_progress"])
def test_there_is_no_progress_since_a_request_has_one_answer(option: bytes) -> None:
    with pytest.raises(Refusal):
        call(b'{"procedure": "a.b", "options": {"%b": true}}' % option)


def test_what_is_wrong_is_said_where_it_is() -> None:
    with pytest.raises(Refusal, match=r"Expected `str`, got `int` - at `\$.topic`"):
        publish(b'{"topic": 5}')


# ---- answers


def result(*args: object, **kwargs: object) -> Outgoing:
    return Outgoing((50, 1, {}), MSGPACK.payload(list(args), kwargs))


def test_a_result_is_an_object_with_both_kinds_of_arguments() -> None:
    assert result_body(result(1, b"\1\2", a=None), JSON) == b'{"args":[1,"\\u0000AQI="],"kwargs":{"a":null}}'
    assert result_body(result(), JSON) == b'{"args":[],"kwargs":{}}'
    assert result_body(Outgoing((50, 1, {})), JSON) == b'{"args":[],"kwargs":{}}'


def test_an_error_has_its_uri_besides() -> None:
    error = Outgoing((8, 48, 1, {}, 'com.example.a"b'), MSGPACK.payload(["why"], {"a": 1}))
    assert msgspec.json.decode(error_body(error, JSON)) == {
        "error": 'com.example.a"b', "args": ["why"], "kwargs": {"a": 1},
    }  # fmt: skip
    assert refusal_body("a.b", "why") == b'{"error":"a.b","args":["why"],"kwargs":{}}'


@pytest.mark.parametrize("make", [result_body, error_body])
def test_what_json_cannot_carry_is_told_apart(make: Callable[..., bytes]) -> None:
    with pytest.raises(Unrepresentable):
        make(Outgoing((8, 48, 1, {}, "a.b"), MSGPACK.payload([float("nan")])), JSON)
