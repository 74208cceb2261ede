"""Accounts with nobody in them, at a time that a test sets; a file whose accounts begin otherwise adds to them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.store import Times, open_accounts
from wampi.router.store.accounts import Accounts


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def accounts(tmp_path: Path, times: Times) -> Iterator[Accounts]:
    with open_accounts(tmp_path, times) as opened:
        yield opened
