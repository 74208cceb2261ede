"""A hub on which every way to log in by WAMP is open, and what its one account, anna, logs in with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from support.every_line import with_every_line
from support.node import RunningNode, router_configuration, wampi

AUTHID, ROLE, PASSWORD = "anna", "anybody", "copper lantern drifts uphill"


class ClientAuthority:
    """Signs the certificates of clients."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"clients of {directory.name}")])
        self.file = directory / "clients-ca.pem"
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self.certificate = self._builder(self._name, self._key.public_key()).add_extension(constraints, critical=True)
        self.file.write_bytes(self.certificate.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def issue(self, name: str) -> Path:
        """Make a client's key and certificate; return the file that has both."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        certificate = self._builder(subject, key.public_key()).add_extension(usage, critical=False)
        file = self._directory / f"{name}.pem"
        file.write_bytes(
            certificate.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return file

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        number = x509.random_serial_number()
        return x509.CertificateBuilder(self._name, subject, key, number, now, now + timedelta(days=1))


class OpenHub:
    """A node with a TLS listener for every way in. The files in it are for clients."""

    def __init__(self, directory: Path, **auth: Any) -> None:
        self.authority = ClientAuthority(directory)
        configuration = router_configuration()
        accounts = {"type": "accounts"}
        ways = {way: dict(accounts) for way in ("wampcra", "scram", "cryptosign", "ticket", "tls")}
        ways["anonymous"] = {"type": "static", "role": ROLE}
        tls = {"type": "local-authority", "ca_certificates": [str(self.authority.file)]}
        listener = {
            "type": "web",
            "endpoint": {"type": "tcp", "port": 0, "interface": "127.0.0.1", "tls": tls},
            "paths": {"ws": {"type": "websocket", "auth": ways | auth}},
        }
        configuration["workers"][0]["transports"].insert(0, listener)
        self.node = RunningNode(directory, configuration)
        data, config = self.node.data, str(self.node.configuration)
        self._do("user", "add", AUTHID, "--role", ROLE, "--config", config, stdin=f"{PASSWORD}\n")
        self.password = _file(directory / "password", PASSWORD)
        self.token = _file(directory / "token", self._do("token", "add", AUTHID).split()[0])
        private = Ed25519PrivateKey.generate()
        self.key = _file(directory / "private", private.private_bytes_raw().hex())
        self._do("key", "add", AUTHID, "--public-key", private.public_key().public_bytes_raw().hex())
        self.certificate = self.authority.issue("annas-laptop")
        self._do("key", "add", AUTHID, "--certificate", str(self.certificate))
        self.public_key = self._do("key", "hub").strip()
        self.ca_file = data / "ca.pem"
        self.every_line = directory / "every.log"

    @property
    def port(self) -> int:
        """Where the TLS listener is."""
        found = re.search(r"listening port=(\d+)", self.node.log)
        assert found, self.node.log
        return int(found[1])

    @property
    def url(self) -> str:
        """The address of the WebSocket."""
        return f"wss://localhost:{self.port}/ws"

    @property
    def secrets(self) -> list[str]:
        """What must never be read in a log."""
        return [file.read_text().strip() for file in (self.password, self.token, self.key)]

    def start(self) -> None:
        """Start the node, with all that it logs kept in :attr:`every_line`."""
        command = [*with_every_line(self.every_line), "up", "--config", str(self.node.configuration)]
        self.node.start(command=[*command, "--data", str(self.node.data)])

    def _do(self, *arguments: str, stdin: str = "") -> str:
        done = wampi(*arguments, stdin=stdin, data=self.node.data)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def open_hub(directory: Path, **auth: Any) -> Iterator[OpenHub]:
    """Run such a hub for the length of a block; ``auth`` are more ways, or others."""
    hub = OpenHub(directory, **auth)
    with hub.node:
        hub.start()
        yield hub


def _file(path: Path, text: str) -> Path:
    path.write_text(f"{text}\n")
    return path
