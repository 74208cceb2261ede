"""The gate: from what a request carries to who it is from, or to a refusal.

All ways in over HTTP pass here, for WebSocket handshakes and for resources alike. A request may use one way and not
two: which of two identities would count is a question that has had too many answers. Whoever is refused is told so in
the same words whatever was wrong (RFC 9110, section 15.5.2); the log has the reason, and never a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..transport.head import BadRequest
from .ways import Refused, Unavailable

if TYPE_CHECKING:
    from ..auth.checks import DeviceRole
    from ..core.ports import Log
    from ..transport.head import RequestHead
    from ..transport.knock import Judged, Knock
    from .ways import FoundWay, HeaderWay, Outcome, Way

REFUSAL = "The login was refused."
_BUSY = "Too many logins at once: try again in a moment."
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OWN_SITES = ("same-origin", "none")


class Gate:
    """The ways in of one listener. ``schemes`` are those of ``Authorization``, the strongest first.

    ``is_required``: a request that carries nothing is refused, for nothing but these ways would let it in later.
    """

    def __init__(
        self,
        schemes: Sequence[HeaderWay],
        others: Sequence[FoundWay],
        device_role: DeviceRole,
        log: Log,
        *,
        is_required: bool = False,
    ) -> None:
        self._schemes = {way.scheme: way for way in schemes}
        self._others = tuple(others)
        self._device_role = device_role
        self._log = log
        self._is_required = is_required

    def judge(self, knock: Knock, judged: Judged) -> None:
        """Find out who a request is from (:class:`..transport.knock.Gate`)."""
        try:
            way, carried = self._carried(knock.head)
            if way is None and self._is_required:
                raise self._refusal()
            if way is not None:
                _check_sender(way, knock)
        except BadRequest as error:
            judged(error)
            return
        if way is None:
            judged(None)
        else:
            way.judge(carried, knock, partial(self._decide, way, knock, judged))

    def refusal(self) -> BadRequest:
        """Return how a request that has to say who it is from, and does not, is refused."""
        return self._refusal()

    def _carried(self, head: RequestHead) -> tuple[Way | None, str]:
        """Return the one way that a request uses, with what it carries of it; None when it uses none."""
        found: list[tuple[Way, str]] = []
        authorization = head.fields.get("authorization")
        if authorization is not None:
            scheme, _, rest = authorization[0].partition(" ")
            header_way = self._schemes.get(scheme.lower())
            if header_way is None:
                raise self._refusal()
            found.append((header_way, rest.strip(" ")))
        for way in self._others:
            carried = way.find(head)
            if carried is not None:
                found.append((way, carried))
        if len(found) > 1:
            names = " and ".join(way.name for way, _ in found)
            raise BadRequest(400, f"a request may log in one way, this one uses {names}")
        return found[0] if found else (None, "")

    def _decide(self, way: Way, knock: Knock, judged: Judged, outcome: Outcome) -> None:
        if isinstance(outcome, Refused):
            self._log.warn(
                "login refused", peer=knock.peer, authid=outcome.authid, method=way.name, reason=outcome.reason
            )
            judged(self._refusal(outcome.is_stale))
        elif isinstance(outcome, Unavailable):
            self._log.warn("login not checked", peer=knock.peer, method=way.name, reason=outcome.reason)
            judged(BadRequest(503, _BUSY))
        elif outcome is None and self._is_required:
            judged(self._refusal())
        else:
            if outcome is not None and outcome.prefix is not None:
                self._device_role(outcome.authrole, outcome.prefix)
            judged(outcome)

    def _refusal(self, is_stale: bool = False) -> BadRequest:
        challenges = tuple(way.challenge(is_stale) for way in self._schemes.values())
        return BadRequest(401, REFUSAL, challenges=challenges)


def _check_sender(way: Way, knock: Knock) -> None:
    """Raise for a request whose way in is not to be used like this.

    What browsers send by themselves says nothing of whose page made the request, so that has to be known to be this
    hub's own. The door has compared Origin, where there is one (:func:`..transport.head.check_origin`); every browser
    sends one with a WebSocket handshake and with a POST. Sec-Fetch-Site tells of the other requests (W3C Fetch
    Metadata).
    """
    if not knock.secure:
        raise BadRequest(403, "this way to log in needs TLS: what is sent here can be read on the way")
    if not way.is_ambient:
        return
    fields = knock.head.fields
    site = fields.get("sec-fetch-site", ["none"])
    if any(one not in _OWN_SITES for one in site):
        raise BadRequest(403, "a page of another site may not use a login of this one")
    must_tell = knock.head.wants_websocket or (way.name == "cookie" and knock.head.method not in _SAFE_METHODS)
    if must_tell and "origin" not in fields:
        raise BadRequest(403, f"a request that logs in by {way.name} has to name its Origin")
