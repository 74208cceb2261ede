"""A real router in a process of its own, for tests of components: one realm, a UNIX socket, keys that are known."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from support.controller import Controller, controller
from support.waiting import PATIENCE_SECONDS, eventually

DEVICE_KEY = "test-key-of-a-device"
OWNER_KEY = "test-key-of-the-owner"


def _allow(uri: str, match: str, *actions: str) -> dict[str, Any]:
    allowed = dict.fromkeys(actions, True)
    return {"uri": uri, "match": match, "allow": allowed, "disclose": {"caller": True, "publisher": True}}


def hub_configuration() -> dict[str, Any]:
    """A router that devices with any prefix under `wampi.` can join, and an owner."""
    devices = [
        _allow("wampi.", "prefix", "register", "publish"),
        _allow("wamp.reflect.define", "exact", "call"),
        _allow("wamp.session.add_testament", "exact", "call"),
        _allow("wamp.subscription.match", "exact", "call"),
        _allow("wamp.subscription.on_create", "exact", "subscribe"),
        _allow("wamp.subscription.on_delete", "exact", "subscribe"),
    ]
    limits = {"message_bytes": 1_048_576, "messages_per_second": 5000, "burst": 10_000, "outbox_bytes": 4_194_304}
    everything = _allow("", "prefix", "call", "register", "publish", "subscribe")
    roles = [
        {"name": "devices", "permissions": devices, "limits": limits},
        {"name": "owner", "permissions": [everything], "limits": limits},
    ]
    users = {
        "tester": {"secret": DEVICE_KEY, "role": "devices"},
        "alice": {"secret": OWNER_KEY, "role": "owner"},
    }
    socket = {
        "type": "websocket",
        "endpoint": {"type": "unix", "path": "router.sock"},
        "serializers": ["msgpack", "cbor", "ubjson", "json"],
        "auth": {"wampcra": {"type": "static", "users": users}},
    }
    router = {"type": "router", "realms": [{"name": "home", "roles": roles}], "transports": [socket]}
    return {"version": 2, "controller": {}, "workers": [router]}


class Hub:
    """The router's process; it can be stopped and started again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = directory / "hub" / "router.sock"
        self.log_path = directory / "hub.log"
        configuration = directory / "hub.json"
        configuration.write_text(json.dumps(hub_configuration()), encoding="utf-8")
        self._arguments = ["up", "--config", str(configuration), "--data", str(directory / "hub")]

    @property
    def address(self) -> str:
        """For the components' `--router`."""
        return f"unix:{self.socket}"

    @property
    def log(self) -> str:
        """What the router logged."""
        return self.log_path.read_text(encoding="utf-8")

    def start(self) -> None:
        """Start the router and wait until it listens."""
        started = self.log.count("listening path=") if self.log_path.exists() else 0
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "wampi.router.cli", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(os.environ),
            )
        # the UNIX socket is the last to be opened
        eventually("the router listens", lambda: self.log.count("listening path=") > started or self._is_over())
        assert not self._is_over(), self.log

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the router."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End the router without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_SECONDS)

    def _is_over(self) -> bool:
        return self._process is None or self._process.poll() is not None

    @contextmanager
    def owner(self) -> Iterator[Controller]:
        """A controller that may do everything."""
        with controller(self.socket, "alice", OWNER_KEY) as joined:
            yield joined


class TlsHub(Hub):
    """A router that listens on TLS, too, with the certificate of a local authority."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.ca_file = directory / "hub" / "ca.pem"
        configuration = hub_configuration()
        unix = configuration["workers"][0]["transports"][0]
        endpoint = {"type": "tcp", "port": 0, "interface": "127.0.0.1", "tls": {"type": "local-authority"}}
        web = {
            "type": "web",
            "endpoint": endpoint,
            "paths": {"ws": {key: value for key, value in unix.items() if key != "endpoint"}},
        }
        configuration["workers"][0]["transports"].insert(0, web)
        (directory / "hub.json").write_text(json.dumps(configuration), encoding="utf-8")

    @property
    def url(self) -> str:
        """The address of the WebSocket."""
        found = re.search(r"listening port=(\d+)", self.log)
        assert found, self.log
        return f"wss://localhost:{found[1]}/ws"

    def another_authority(self) -> bytes:
        """The certificate of an authority that has signed nothing here."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another authority")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@contextmanager
def tls_hub(directory: Path) -> Iterator[TlsHub]:
    """Run a router with TLS for the length of a block."""
    running = TlsHub(directory)
    running.start()
    try:
        yield running
    finally:
        running.kill()


@contextmanager
def hub(directory: Path) -> Iterator[Hub]:
    """Run a router for the length of a block."""
    running = Hub(directory)
    running.start()
    try:
        yield running
    finally:
        running.kill()
