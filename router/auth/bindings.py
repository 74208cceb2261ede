"""Channel binding: a login is tied to the TLS connection that it is made on, so that nobody in the middle passes it on.

Who asks for it and cannot have it is refused: going on without would be what somebody in the middle wants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

from ..core.ports import ChannelBinding

if TYPE_CHECKING:
    from ..core.authentication import Applicant


@dataclass(frozen=True, slots=True)
class Binding:
    """The channel binding that a client has asked for, and what this end of the connection has for it."""

    kind: ChannelBinding
    data: bytes


def binding_of(applicant: Applicant) -> Binding | str | None:
    """Return the binding that HELLO asks for, None when it asks for none, and why it can't be when it can't be."""
    kind = applicant.authextra.get("channel_binding")
    if kind is None:
        return None
    if kind not in get_args(ChannelBinding):
        return "HELLO asks for a channel binding that there is not"
    tls = applicant.transport.tls
    data = None if tls is None else tls.channel_binding(cast(ChannelBinding, kind))
    return Binding(cast(ChannelBinding, kind), data) if data is not None else f"this connection has no {kind}"
