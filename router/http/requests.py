"""Requests of twisted.web, as the gate sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..transport.head import RequestHead
from ..transport.knock import Knock

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..transport.sender import Sender


def sender_of(request: Request) -> Sender:
    """Return who has sent a request, which is there as long as somebody waits for the answer."""
    sender: Sender = request.channel.sender  # type: ignore[attr-defined]  # see .site.OneRequestChannel
    return sender


def knock_of(request: Request) -> Knock:
    """Return a request for :meth:`.Gate.judge`."""
    return Knock.of(head_of(request), sender_of(request))


def head_of(request: Request) -> RequestHead:
    """Return the head, which the door has let pass already."""
    fields = {
        name.decode("ascii").lower(): [value.decode("iso-8859-1") for value in values]
        for name, values in request.requestHeaders.getAllRawHeaders()
    }
    return RequestHead(request.method.decode("ascii"), request.uri.decode("ascii"), fields)


def has_ended(request: Request) -> bool:
    """Return whether nobody waits for the answer any more."""
    return bool(request._disconnected)  # the only place where it stands
