"""The bodies of requests and answers: JSON objects that become PUBLISH and CALL, and what RESULT and ERROR become.

Arguments are checked and passed on as the bytes they came in, like those of any other message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from ...codec import ProtocolViolation, Shape
from ...codec.errors import hint
from ...codec.messages import ABSENT, Call, CallOptions, Passthru, Publish, PublishOptions
from ...codec.shape import check_json
from .refusal import Refusal

if TYPE_CHECKING:
    from ...codec import Codec, Outgoing


class _Body(Struct, forbid_unknown_fields=True, kw_only=True):
    args: Raw = ABSENT
    kwargs: Raw = ABSENT


class PublishBody(_Body, kw_only=True):
    """``{"topic": …, "args": […], "kwargs": {…}, "options": {…}}``; all but the topic may be left out."""

    topic: str
    options: PublishOptions | None = None


class CallBody(_Body, kw_only=True):
    """``{"procedure": …, "args": […], "kwargs": {…}, "options": {…}}``; all but the procedure may be left out."""

    procedure: str
    options: CallOptions | None = None


_B = TypeVar("_B", bound=_Body)

_publish_body = msgspec.json.Decoder(PublishBody)
_call_body = msgspec.json.Decoder(CallBody)
_args = msgspec.json.Decoder(list[Any] | None)
_kwargs = msgspec.json.Decoder(dict[str, Any] | None)


def read_publish(data: bytes, shape: Shape) -> Publish:
    """Return the PUBLISH that a body stands for, to be acknowledged; raises :class:`.Refusal`."""
    body = _read(data, _publish_body, shape)
    options = body.options or PublishOptions()
    _check_plain(options)
    options.acknowledge = True
    return Publish(1, options, body.topic, body.args, body.kwargs)


def read_call(data: bytes, shape: Shape) -> Call:
    """Return the CALL that a body stands for; raises :class:`.Refusal`."""
    body = _read(data, _call_body, shape)
    options = body.options or CallOptions()
    _check_plain(options)
    if options.progress or options.receive_progress:
        raise Refusal(400, "a request has one answer: there are no progressive calls and results here")
    return Call(1, options, body.procedure, body.args, body.kwargs)


def _check_plain(options: Passthru) -> None:
    """Raise for payload passthru mode: the bridge's session does not announce it, and would end of it for everybody."""
    if options.ppt_scheme:
        raise Refusal(400, "a request has plain arguments: there is no payload passthru mode here")


def _read(data: bytes, decoder: msgspec.json.Decoder[_B], shape: Shape) -> _B:
    try:
        check_json(data, shape)
        body = decoder.decode(data)
        if body.args is not ABSENT and _args.decode(body.args) is None:
            body.args = ABSENT
        if body.kwargs is not ABSENT and not _kwargs.decode(body.kwargs):
            body.kwargs = ABSENT
    except (ProtocolViolation, ValueError, RecursionError) as error:
        raise Refusal(400, f"the body is not what it has to be: {hint(error)}") from None
    if body.kwargs is not ABSENT and body.args is ABSENT:
        body.args = Raw(b"[]")
    return body


def result_body(result: Outgoing, codec: Codec) -> bytes:
    """Return ``{"args": […], "kwargs": {…}}``; raises :class:`.Unrepresentable` for what JSON cannot carry."""
    return b'{"args":%b,"kwargs":%b}' % _arguments(result, codec)


def error_body(error: Outgoing, codec: Codec) -> bytes:
    """Return ``{"error": …, "args": […], "kwargs": {…}}``; raises :class:`.Unrepresentable`."""
    uri = msgspec.json.encode(error.head[4])
    return b'{"error":%b,"args":%b,"kwargs":%b}' % (uri, *_arguments(error, codec))


def refusal_body(uri: str, message: str) -> bytes:
    """Return the same for an error of the bridge's own, with a sentence as its only argument."""
    return msgspec.json.encode({"error": uri, "args": [message], "kwargs": {}})


def _arguments(message: Outgoing, codec: Codec) -> tuple[bytes, bytes]:
    if message.payload is None:
        return b"[]", b"{}"
    args, kwargs = message.payload.form(codec)
    return bytes(args) or b"[]", bytes(kwargs) or b"{}"
