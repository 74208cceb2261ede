"""Requests of twisted.web, as the gate sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..transport.addresses import details_of
from ..transport.head import RequestHead
from ..transport.knock import Knock

if TYPE_CHECKING:
    from twisted.web.http import Request


def knock_of(request: Request) -> Knock:
    """Return a request for :meth:`.Gate.judge`."""
    details = details_of(request.channel.transport, "http")
    return Knock(head_of(request), details.peer, details.address, details.secure)


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
