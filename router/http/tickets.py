"""Tickets in the query: good for one use and half a minute, for clients that can send nothing but an address.

An address ends up in histories, in the logs of proxies, in the mouths of people. What stands in it must be worth
nothing by then: a ticket is 128 random bits, taken out of the table by the first who brings it, for one realm, and for
whoever it was given to, never more. They are in memory alone: a restart forgets them. One whose login has been taken
back meanwhile is refused like one that never was.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ..transport.head import BadRequest
from .waiting import Waiting
from .ways import Refused, Unavailable

if TYPE_CHECKING:
    from ..auth.carried import Confirm
    from ..core.authentication import Principal
    from ..core.ports import Clock
    from ..transport.head import RequestHead
    from ..transport.knock import Knock
    from .ways import Decide

PARAMETER = "ticket"
TICKET_SECONDS = 30.0
MOST_TICKETS = 1024
MOST_OF_ONE = 16
"""Tickets of one account that wait to be used; with one more, its oldest is worth nothing."""

_TICKET_BYTES = 16


class Tickets:
    """The tickets of one router that have not been used; gives them out and takes them back."""

    name = "query"
    is_ambient = False

    def __init__(self, clock: Clock, confirm: Confirm) -> None:
        self._confirm = confirm
        # hash of the ticket -> whose it is
        self._tickets: Waiting[bytes, Principal] = Waiting(clock, TICKET_SECONDS, MOST_TICKETS, MOST_OF_ONE)

    def issue(self, principal: Principal, realm: str) -> str:
        """Return a ticket for somebody who has logged in otherwise, and for one realm."""
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        bound = replace(principal, method=self.name, realm=realm)
        self._tickets.put(_hash(ticket), bound, principal.authid)
        return ticket

    def find(self, head: RequestHead) -> str | None:
        """Return the ticket in the query."""
        found = [value for name, value in head.query if name == PARAMETER]
        if len(found) > 1:
            raise BadRequest(400, "the query has more than one ticket")
        return found[0] if found else None

    def judge(self, carried: str, _knock: Knock, decide: Decide) -> None:
        """Take the ticket out, and let in whose it was, if the login that took it still holds."""
        found = self._tickets.take(_hash(carried))
        if found is None:
            decide(Refused("no such ticket, or it is used or too old"))
            return
        decided = partial(_decide, found.authid, decide)
        self._confirm(found, decided, lambda error: decide(Unavailable(str(error))))


def _decide(authid: str, decide: Decide, now: Principal | None) -> None:
    decide(Refused("the login that took the ticket is over", authid) if now is None else now)


def _hash(ticket: str) -> bytes:
    """Return by what a ticket is found: how long the search takes says nothing about the ticket itself."""
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).digest()
