"""A path that publishes: POST ``{"topic", "args", "kwargs", "options"}``, answered with ``{"id": publication}``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ...core import errors
from .bodies import error_body, read_publish
from .resource import BridgeResource, Exchange
from .session import PUBLISHED

if TYPE_CHECKING:
    from twisted.web.server import Request

    from ...codec import Codec, Outgoing
    from ...core.ports import Log
    from .admission import Admission
    from .session import BridgeSession


class Publisher(BridgeResource):
    """Publishes what comes, and says under which id; a refusal of the router is 403 or 400."""

    def __init__(self, path: str, admission: Admission, log: Log, session: BridgeSession) -> None:
        super().__init__(path, admission, log)
        self._session = session

    def serve(self, request: Request, data: bytes) -> None:
        """Publish."""
        message = read_publish(data, self._session.codec.shape)
        self._session.send(message, partial(_answer, Exchange(request), self._session.codec))


def _answer(exchange: Exchange, codec: Codec, answer: Outgoing | None) -> None:
    if answer is None:
        exchange.lose()
    elif answer.head[0] == PUBLISHED:
        exchange.answer(200, msgspec.json.encode({"id": answer.head[2]}))
    else:
        exchange.answer(403 if answer.head[4] == errors.NOT_AUTHORIZED else 400, error_body(answer, codec))
