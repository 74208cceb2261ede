"""What a password, or the key of a device, that is replaced by another means for sessions that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.router import Router

_OTHER_SECRETS = ("token:", "key:", "certificate:")
"""How the credentials begin that are not renewed with a password or with the key of a device."""


def end_older(authid: str, routers: Iterable[Router], forgive: Callable[[str], None], but: int | None = None) -> None:
    """End the sessions of an authid that the older secret has let in, but for the one that asked for another.

    ``forgive`` makes the throttle forget the failures of an authid: they were tries for the older secret.
    """
    forgive(authid)
    for router in routers:
        router.expel(authid, None, _OTHER_SECRETS, but=but)
