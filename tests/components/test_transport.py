"""Router addresses."""

from pathlib import Path

import pytest
from twisted.internet.testing import MemoryReactorClock
from wampi.components import SetupError
from wampi.components.transport import parse_address


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("unix:/run/wampi/router.sock", "ws://localhost/ws"),
        ("wss://home.test:8443/ws", "wss://home.test:8443/ws"),
        ("wss://home.test", "wss://home.test:443/ws"),
        ("wss://[fd00::1]:8443/ws", "wss://[fd00::1]:8443/ws"),
    ],
)
def test_an_address_says_what_the_handshake_asks_for(text: str, url: str) -> None:
    assert parse_address(MemoryReactorClock(), text, []).url == url


@pytest.mark.parametrize(
    "text", ["", "router", "unix:relative", "ws://home.test/ws", "https://home.test", "wss://:1", "wss://a:99999"]
)
def test_any_other_address_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match=r"must be unix:/path or wss://host:port/ws"):
        parse_address(MemoryReactorClock(), text, [])


def test_an_authority_file_must_hold_a_certificate(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="No such file"):
        parse_address(MemoryReactorClock(), "wss://home.test", [tmp_path / "ca.pem"])
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    with pytest.raises(SetupError, match="holds no certificate in PEM form"):
        parse_address(MemoryReactorClock(), "wss://home.test", [tmp_path / "ca.pem"])
