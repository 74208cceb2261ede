"""Bearer tokens (RFC 6750): whoever has the token is let in, so it travels in the ``Authorization`` field alone.

The tokens are those of ``wampi token``: 256 random bits, of which a hash is kept, with a last use, and where wanted a
time when they run out and a scope. What a token may do is never more than what its account may do at that moment.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ..auth.checks import Candidate
from ..auth.ticket import ticket_hash
from ..core.authentication import Principal
from ..credentials import HTTP_REALM
from .ways import Refused, Unavailable

if TYPE_CHECKING:
    from ..auth.checks import Checks
    from ..credentials import Holder, HolderSource
    from ..transport.knock import Knock
    from .ways import Decide

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{1,512}=*")
"""RFC 6750, section 2.1."""


class Bearer:
    """Finds out whose a token is."""

    name = "bearer"
    scheme = "bearer"
    is_ambient = False

    def __init__(self, source: HolderSource, checks: Checks) -> None:
        self._source = source
        self._checks = checks

    def challenge(self, is_stale: bool) -> str:
        """Ask for a token. Without an error code: that would tell a token that ran out from one that never was."""
        return f'Bearer realm="{HTTP_REALM}"'

    def judge(self, carried: str, knock: Knock, decide: Decide) -> None:
        """Look up the token by its hash."""
        if not _TOKEN.fullmatch(carried):
            decide(Refused("malformed"))
            return
        done = partial(self._conclude, knock, self._checks.clock.time(), decide)
        self._source.find_holder(ticket_hash(carried), done, lambda error: decide(Unavailable(str(error))))

    def _conclude(self, knock: Knock, since: float, decide: Decide, holder: Holder | None) -> None:
        candidate = Candidate.holding(holder, None)
        reason = self._checks.refusal(self.name, knock.address, candidate, is_right=True)
        if reason is not None or holder is None:
            decide(Refused(reason or "unknown account", candidate.authid))
            return
        decide(
            Principal(
                authid=holder.authid,
                authrole=holder.authrole,
                method=self.name,
                provider=holder.authprovider,
                credential=holder.credential,
                since=since,
                expires_at=holder.expires_at,
                prefix=holder.prefix,
                scope=holder.scope,
            )
        )
