"""What the paths of the bridge have in common: a request is checked, and answered once, unless its client is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from ...core import errors
from ..answers import body, prepare
from ..requests import sender_of
from .admission import SIGNATURE
from .bodies import refusal_body
from .refusal import Refusal, WrongSignature

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure
    from twisted.web.server import Request

    from ...core.ports import Log
    from .admission import Admission

JSON = "application/json"


class Exchange:
    """A request that has been admitted, and its answer; ``on_gone`` is called when the client goes away before it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._is_over = False
        self.on_gone: Callable[[], None] = lambda: None
        request.notifyFinish().addErrback(self._gone)

    def answer(self, code: int, content: bytes, media_type: str = JSON) -> None:
        """Answer, unless the client is gone."""
        if self._is_over:
            return
        self._is_over = True
        _set_head(self._request, code, media_type)
        self._request.write(body(self._request, content))
        self._request.finish()

    def refuse(self, code: int, uri: str, message: str) -> None:
        """Answer with an error of the bridge's own."""
        self.answer(code, refusal_body(uri, message))

    def lose(self) -> None:
        """Answer that the router has ended the session before there was an answer."""
        self.refuse(503, errors.UNAVAILABLE, "the router has ended the session of this path; try again")

    def _gone(self, _reason: Failure) -> None:
        if not self._is_over:
            self._is_over = True
            self.on_gone()


class BridgeResource(Resource):
    """A path of the bridge; ``path`` is how the log calls it."""

    isLeaf = True  # noqa: N815 -- Twisted's name
    wants_json: ClassVar[bool] = True
    """Whether the body has to be JSON by its type."""

    def __init__(self, path: str, admission: Admission, log: Log) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._path = path
        self._admission = admission
        self._log = log

    def render(self, request: Request) -> Any:
        """Check the request and pass it on; the answer comes later."""
        prepare(request)
        content = request.content
        data = b"" if content is None else content.read()
        try:
            self._admission.check(request, data, self.wants_json)
            self.serve(request, data)
        except Refusal as refusal:
            return self._refuse(request, refusal)
        return NOT_DONE_YET

    def serve(self, request: Request, data: bytes) -> None:
        """Begin to serve a request that may pass; raises :class:`.Refusal`, and answers by :class:`Exchange`."""
        raise NotImplementedError

    def _refuse(self, request: Request, refusal: Refusal) -> bytes:
        self._tell(sender_of(request).peer, refusal)
        for name, value in refusal.fields.items():
            request.setHeader(name, value)
        _set_head(request, refusal.code, JSON)
        return body(request, refusal_body(refusal.uri, refusal.message))

    def _tell(self, peer: str, refusal: Refusal) -> None:
        """Log a refusal; what may have been a guess is a login that was refused, and goes to the audit trail, too."""
        if isinstance(refusal, WrongSignature):
            who = {"authid": refusal.key, "method": SIGNATURE}
            self._log.warn("login refused", peer=peer, **who, path=self._path, reason=refusal.reason)
        else:
            reason = {"code": refusal.code, "reason": refusal.reason}
            self._log.warn("bridge request refused", peer=peer, path=self._path, **reason)


def _set_head(request: Request, code: int, media_type: str) -> None:
    request.setResponseCode(code)
    request.setHeader("Content-Type", media_type)
    request.setHeader("Cache-Control", "no-store")
