"""Who is let in at the console."""

from typing import Any

import pytest
from wampi.router.administration.console import ConsoleLogin
from wampi.router.core.authentication import Accept, Applicant
from wampi.router.core.ports import TransportDetails


@pytest.mark.parametrize(("uid", "is_let_in"), [(1000, True), (1001, False), (0, False), (None, False)])
def test_the_console_is_for_the_user_that_runs_the_hub(uid: int | None, is_let_in: bool) -> None:
    decisions: list[Any] = []
    login = ConsoleLogin(1000, lambda uid: f"user{uid}")
    details = TransportDetails(type="rawsocket", peer="unix", uid=uid)
    login.authenticate(Applicant("console", 1, None, (), {}, details), decisions.append)
    [decision] = decisions
    assert isinstance(decision, Accept) == is_let_in
    if is_let_in:
        assert (decision.authid, decision.authrole, decision.authmethod) == ("user1000", "owner", "console")
