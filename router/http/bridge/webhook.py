"""A path for webhooks: what other services POST becomes an event on one topic, with headers and body as they came.

The event has one argument, ``{"headers": {name: [value, …]}, "body": text}``. What lets somebody in elsewhere never
goes out in it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Raw

from ...codec import Unrepresentable
from ...codec.messages import Publish, PublishOptions
from .refusal import Refusal
from .resource import BridgeResource, Exchange
from .session import PUBLISHED

if TYPE_CHECKING:
    from twisted.web.server import Request

    from ...codec import Outgoing
    from ...core.ports import Log
    from .admission import Admission
    from .session import BridgeSession

_SECRET_FIELDS = frozenset({"authorization", "cookie", "proxy-authorization"})
_TEXT = "text/plain; charset=utf-8"


class Webhook(BridgeResource):
    """Publishes each request on ``topic``, and tells the sender how that went."""

    wants_json = False

    def __init__(
        self,
        path: str,
        admission: Admission,
        log: Log,
        session: BridgeSession,
        topic: str,
        success_response: str = "OK",
        error_response: str = "NOT OK",
    ) -> None:
        super().__init__(path, admission, log)
        self._session = session
        self._topic = topic
        self._success = success_response.encode()
        self._error = error_response.encode()

    def serve(self, request: Request, data: bytes) -> None:
        """Publish."""
        try:
            argument = {"headers": _headers(request), "body": data.decode()}
            payload = self._session.codec.payload([argument])
        except (UnicodeDecodeError, Unrepresentable):
            raise Refusal(400, "the body is not text in UTF-8") from None
        message = Publish(1, PublishOptions(acknowledge=True), self._topic, Raw(payload.args))
        self._session.send(message, partial(self._answer, Exchange(request)))

    def _answer(self, exchange: Exchange, answer: Outgoing | None) -> None:
        if answer is not None and answer.head[0] == PUBLISHED:
            exchange.answer(202, self._success, _TEXT)
            return
        reason = "the session has ended" if answer is None else answer.head[4]
        self._log.warn("webhook not published", path=self._path, topic=self._topic, reason=reason)
        exchange.answer(500, self._error, _TEXT)


def _headers(request: Request) -> dict[str, list[str]]:
    fields = {
        name.decode("iso-8859-1"): [value.decode("iso-8859-1") for value in values]
        for name, values in request.requestHeaders.getAllRawHeaders()
    }
    return {name: values for name, values in fields.items() if name.lower() not in _SECRET_FIELDS}
