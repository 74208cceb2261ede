"""What the commands' own client answers to challenges, and what it does not."""

from typing import Any

import pytest
from autobahn.wamp.auth import compute_wcs, derive_key
from wampi.router.cli.errors import CommandError
from wampi.router.cli.session import sign

CHALLENGE = '{"nonce": "LHRTC9zeOIrt_9U3", "authid": "anna"}'
SALTED = {"challenge": CHALLENGE, "salt": "salt123", "iterations": 1000, "keylen": 32}


def test_it_signs_with_the_secret_or_with_what_is_derived_from_it() -> None:
    assert sign("secret", {"challenge": CHALLENGE}) == compute_wcs("secret", CHALLENGE).decode()
    derived = derive_key("secret", "salt123", 1000, 32)
    assert sign("secret", SALTED) == compute_wcs(derived, CHALLENGE).decode()


def test_a_password_is_taken_in_its_normal_form_however_a_keyboard_composes_it() -> None:
    assert sign("cafe\u0301 lantern uphill", SALTED) == sign("caf\u00e9 lantern uphill", SALTED)


@pytest.mark.parametrize(
    "changed",
    [
        {"iterations": 10_000_001},
        {"iterations": 0},
        {"iterations": "1000"},
        {"keylen": 1_000_000},
        {"keylen": 0},
        {"salt": 7},
        {"challenge": None},
    ],
)
def test_a_router_that_asks_for_too_much_or_for_nothing_is_not_answered(changed: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match="the router sent a challenge that makes no sense"):
        sign("secret", SALTED | changed)
