"""Endpoints of the login: what a request is, who may send it, and how it is answered, now or later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from ..transport.head import BadRequest
from .answers import line, prepare
from .requests import has_ended, sender_of

if TYPE_CHECKING:
    from twisted.web.http import Request

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_MOST_FIELDS = 32
NOT_STORED = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; nothing of these may be stored by browsers or proxies."""

    code: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    challenges: tuple[str, ...] = ()


def json_answer(code: int, value: dict[str, Any], challenges: tuple[str, ...] = ()) -> Answer:
    """Return JSON, for scripts."""
    headers = {"Content-Type": "application/json"} | ({"Retry-After": "1"} if code == 503 else {})
    return Answer(code, msgspec.json.encode(value) + b"\n", headers | NOT_STORED, challenges)


def redirect(path: str) -> Answer:
    """Send a browser on, with GET (RFC 9110, section 15.4.4)."""
    return Answer(303, b"", {"Location": path, "Content-Type": "text/plain; charset=utf-8"} | NOT_STORED)


def refusal(error: BadRequest) -> Answer:
    """Return what the gate has against a request, for scripts."""
    return json_answer(error.code, {"error": error.message}, error.challenges)


class Endpoint(Resource):
    """Calls what is there for a method, and answers with whatever that returns or, later, hands to :func:`finish`."""

    isLeaf = True  # noqa: N815 -- Twisted's

    def __init__(self, methods: dict[bytes, Callable[[Request], Answer | None]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._methods = methods | ({b"HEAD": methods[b"GET"]} if b"GET" in methods else {})

    def render(self, request: Request) -> Any:
        """Answer now or later."""
        prepare(request)
        method = self._methods.get(request.method)
        if not self._methods or request.postpath:  # type: ignore[attr-defined]  # it is twisted.web.server's
            return line(request, 404, "there is nothing here")
        if method is None:
            allowed = ", ".join(sorted(name.decode() for name in self._methods))
            request.setHeader("Allow", allowed)
            return line(request, 405, f"only {allowed} are allowed here")
        try:
            answer = method(request)
        except BadRequest as error:
            answer = refusal(error)
        if answer is not None:
            finish(request, answer)
        return NOT_DONE_YET


def finish(request: Request, answer: Answer) -> None:
    """Send an answer, unless nobody waits for it any more."""
    if has_ended(request):
        return
    request.setResponseCode(answer.code)
    for name, value in answer.headers.items():
        request.setHeader(name, value)
    for challenge in answer.challenges:
        request.responseHeaders.addRawHeader("WWW-Authenticate", challenge)
    request.setHeader("Content-Length", str(len(answer.body)))
    if request.method != b"HEAD":
        request.write(answer.body)
    request.finish()


# ---- requests -----------------------------------------------------------------------------------------------------


def check_sender(request: Request, *, must_tell: bool) -> None:
    """Raise for what another site's page has sent; the door has compared Origin, where there is one."""
    if not sender_of(request).secure:
        raise BadRequest(403, "logging in needs TLS: what is sent here can be read on the way")
    if any(site not in ("same-origin", "none") for site in fields_of(request, "sec-fetch-site")):
        raise BadRequest(403, "a page of another site may not log in here")
    if must_tell and not fields_of(request, "origin"):
        raise BadRequest(403, "a request like this has to name its Origin")


Sent = TypeVar("Sent", bound=msgspec.Struct)


def read_json(request: Request, kind: type[Sent]) -> Sent:
    """Return the body, an empty one as ``{}``; raises :class:`.BadRequest` when it is anything else than ``kind``."""
    body = body_of(request)
    if body and content_type(request) != JSON:
        raise BadRequest(415, f"send {JSON}")
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except (ValueError, RecursionError) as error:  # also text that is not UTF-8, and brackets without end
        raise BadRequest(400, f"the body is not as it should be: {error}") from None


def content_type(request: Request) -> str:
    """Return the media type of the body, without parameters."""
    return (request.getHeader("content-type") or "").partition(";")[0].strip().lower()


def fields_of(request: Request, name: str) -> list[str]:
    """Return all values of a header field."""
    values = request.requestHeaders.getRawHeaders(name.encode("ascii"), [])
    return [value.decode("iso-8859-1") for value in values]


def form_fields(request: Request) -> dict[str, str]:
    """Return the fields of the form, or else of the query: those that are there once; none when it is no text."""
    sent = body_of(request) if request.method == b"POST" else request.uri.partition(b"?")[2]
    try:
        fields = parse_qs(sent.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


def body_of(request: Request) -> bytes:
    """Return the body; the door has bounded it."""
    if request.content is None:
        return b""
    request.content.seek(0)
    body: bytes = request.content.read()
    return body
