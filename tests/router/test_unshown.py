"""A secret that gets into a log by mistake is not there to be read."""

from typing import Any

import pytest
from wampi.router.auth.asking import KeyAnswer, ScramAnswer
from wampi.router.codec.messages import Authenticate
from wampi.router.config.auth import ScramUser, StaticUser, TicketUser
from wampi.router.config.bridge import CallerOptions, WebhookOptions
from wampi.router.provision import FirstOwner

SECRET = "c0ffee" * 10 + "c0ff"
SCRAM: dict[str, Any] = {"role": "owner", "kdf": "pbkdf2", "salt": "ab" * 16, "iterations": 4096}


@pytest.mark.parametrize(
    "holder",
    [
        Authenticate(SECRET, {}),
        KeyAnswer(SECRET, "owner"),
        ScramAnswer(**SCRAM, stored_key=SECRET, server_key=SECRET),
        StaticUser(secret=SECRET, role="owner"),
        ScramUser(**SCRAM, stored_key=SECRET, server_key=SECRET),
        TicketUser(ticket=SECRET, role="owner"),
        CallerOptions(key="anna", secret=SECRET),
        WebhookOptions(topic="a.b", github_secret=SECRET),
        FirstOwner("anna", SECRET),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_what_holds_a_secret_does_not_show_it(holder: object) -> None:
    assert repr(holder).startswith(type(holder).__name__ + "(")
    assert SECRET not in f"{holder!r} {holder} {[holder]}"
