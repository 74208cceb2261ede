"""What few homes use is loaded when it is asked for, and made once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.node import house_configuration
from support.web import WebHub


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHub]:
    """The router as it ships."""
    running = WebHub(tmp_path_factory.mktemp("hub"), house_configuration())
    yield running
    running.close()


def challenge(hub: WebHub) -> Any:
    answer = hub.send_json("/auth/passkeys/challenge", {}, cookies=hub.ask("GET", "/auth/login").cookies)
    assert answer.status == 200, answer.body
    return answer.json["challenge"]


def test_the_login_path_does_not_load_the_library_for_passkeys() -> None:
    code = "import wampi.router.web_logins, sys; print([name for name in sys.modules if name.startswith('webauthn')])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"


def test_the_first_who_ask_are_answered_like_all_others(hub: WebHub) -> None:
    with ThreadPoolExecutor(4) as threads:
        challenges = list(threads.map(challenge, [hub] * 4))
    assert len({*challenges, challenge(hub)}) == 5


def test_what_is_not_there_is_not_found_before_and_after_loading(hub: WebHub) -> None:
    assert [hub.ask("POST", "/auth/passkeys/nothing").status for _ in range(2)] == [404, 404]
    assert hub.ask("GET", "/auth/passkeys/challenge").status == 405
