"""A hub with accounts on which every way to log in is open, and what its people log in with.

All ways stand on one TLS port, and cost what they cost in a home: the accounts have the parameters that ship.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from wampi.router.store.accounts import Accounts

from . import routers, turns

sys.path.append(str(routers.ROOT / "tests"))  # a provider, passkeys and an authority for clients are kept there

from support.authenticator_app import AuthenticatorApp
from support.forging_provider import CLIENT, SECRET, SUBJECT
from support.tls import provider_certificate
from support.ways import ClientAuthority

REALM = "bench"
PERSON, OTHER, CAREFUL, DEVICE, BYSTANDER = "anna", "ben", "carla", "bell", "clock"
PASSWORD = "copper lantern drifts uphill"  # noqa: S105 - of a hub that lives for a minute
LOG = "log.txt"
_LISTENING = re.compile(r"listening port=(\d+)")


@dataclass(frozen=True)
class Hub:
    """A hub that listens, and the secrets of its accounts; what is in files is named by its path."""

    port: int
    data: str
    turns: str
    device_key: str
    bystander_key: str
    token: str
    private_key: str
    certificate: str

    @property
    def router(self) -> routers.RunningRouter:
        """The hub as the sessions of the benchmarks take it, which log in as a device that does nothing else."""
        log = Path(self.data).parent / LOG
        return routers.RunningRouter("wampi", self.port, self.port, (), 0.0, self.bystander_key, log, BYSTANDER)


def configuration(clients: Path, provider: dict[str, str]) -> dict[str, Any]:
    """Return a node configuration in which every way is open."""
    ways: dict[str, Any] = {way: {"type": "accounts"} for way in ("wampcra", "scram", "cryptosign", "ticket", "tls")}
    web: dict[str, Any] = {way: {} for way in ("cookie", "basic", "digest", "bearer")}
    tls = {"type": "local-authority", "ca_certificates": [str(clients)]}
    everything = {"call": True, "register": True, "publish": True, "subscribe": True}
    owner = {"name": "owner", "permissions": [{"uri": "", "match": "prefix", "allow": everything}]}
    listener = {
        "type": "web",
        "endpoint": {"type": "tcp", "port": 0, "interface": "127.0.0.1", "tls": tls},
        "paths": {
            "ws": {"type": "websocket", "auth": ways | web | {"query": {}}},
            "auth": {"type": "login", "auth": web, "passkeys": {}, "oidc": {"provider": provider}},
        },
    }
    worker = {"type": "router", "realms": [{"name": REALM, "roles": [owner]}], "transports": [listener]}
    return {"version": 2, "workers": [worker]}


@contextmanager
def start(folder: Path) -> Iterator[Hub]:
    """Start the hub with its files in `folder`; stop it at the end, when its longest turns are written down."""
    data, file, longest = folder / "data", folder / "node.json", folder / "turns.json"
    with _provider(folder) as provider:
        clients = ClientAuthority(folder)
        secrets = _make_people(data, clients, provider["issuer"])
        file.write_text(json.dumps(configuration(clients.file, provider)), encoding="utf-8")
        command = [*turns.command(longest), "up", "--config", str(file), "--data", str(data)]
        with routers.serving("wampi", command, (), folder) as (process, _began):
            yield Hub(_port(process, folder / LOG), str(data), str(longest), **secrets)


@contextmanager
def _provider(folder: Path) -> Iterator[dict[str, str]]:
    """Run a provider of OpenID Connect in a process of its own; yield how the hub is told of it."""
    authority, certificate = provider_certificate(folder)
    secret = folder / "provider.secret"
    secret.write_text(f"{SECRET}\n")
    command = [sys.executable, "-m", "benchmarks.provider", str(certificate)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=routers.ROOT
    ) as process:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        names = {"client_id": CLIENT, "client_secret_file": str(secret), "authority": str(authority)}
        yield {"issuer": issuer, **names}
        process.communicate()


def _make_people(data: Path, clients: ClientAuthority, issuer: str) -> dict[str, str]:
    """Make the accounts, and all that they log in with; return the secrets."""
    private, certificate = Ed25519PrivateKey.generate(), clients.issue("annas-laptop")
    with Accounts.open(data) as accounts:
        for name in (PERSON, OTHER, CAREFUL):
            accounts.add_person(name, "owner", PASSWORD)
        app = AuthenticatorApp(accounts.second_factors.begin(CAREFUL))
        accounts.second_factors.confirm(CAREFUL, app.code(time.time()))
        accounts.public_keys.add(PERSON, "cryptosign", private.public_key().public_bytes_raw(), "laptop")
        shown = load_pem_x509_certificate(certificate.read_bytes()).fingerprint(SHA256())
        accounts.public_keys.add(PERSON, "certificate", shown, "laptop")
        accounts.identities.link(accounts.identities.meet(issuer, SUBJECT, "").number, PERSON)
        return {
            "device_key": accounts.add_device(DEVICE, role="owner"),
            "bystander_key": accounts.add_device(BYSTANDER, role="owner"),
            "token": accounts.tokens.add(PERSON, "benchmark").secret,
            "private_key": private.private_bytes_raw().hex(),
            "certificate": str(certificate),
        }


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + routers.START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        found = _LISTENING.search(log.read_text(encoding="utf-8"))
        if found is not None:
            return int(found[1])
        time.sleep(0.02)
    last = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
    raise routers.RouterError(f"the hub does not listen: {last or 'it said nothing'}")
