"""Certificates from files, as a configuration names them: renewed while the hub runs, and never worse than before."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from OpenSSL import SSL
from support.configuration import listener, small_configuration
from support.core import FakeClock, KeptLog
from support.tls import client_end, provider_certificate, shake_hands
from twisted.internet.testing import MemoryReactorClock
from wampi.router.config import parse
from wampi.router.listeners import Listeners
from wampi.router.transport.connections import Connections
from wampi.router.transport.door import DoorFactory
from wampi.router.transport.routes import Routes
from wampi.router.transport.tls import CertificateKeeper


class Hub:
    """A listener with certificate and key in files, and what looks after them."""

    def __init__(self, directory: Path) -> None:
        self.clock, self.log = FakeClock(time.time()), KeptLog()
        self.certificate, self.key = directory / "fullchain.pem", directory / "privkey.pem"
        self.directory = directory
        self.replace("first")
        configuration = small_configuration()
        listener(configuration)["endpoint"]["port"] = 0
        listener(configuration)["endpoint"]["tls"] = {"certificate": "fullchain.pem", "key": "privkey.pem"}
        transport = parse(json.dumps(configuration).encode(), "FILE").routers[0].transports[0]
        doors = cast("Any", self)
        self._reactor = MemoryReactorClock()
        self._listeners = Listeners(self._reactor, self.clock, self.log, directory, directory / "none", doors)
        self._listeners.open(transport, cast("Any", None))
        (self._context,) = self._listeners.contexts
        self._keeper = CertificateKeeper(self._listeners.contexts, self.clock, self.log)
        self._keeper.start()

    def close(self) -> None:
        self._keeper.stop()
        closed = self._listeners.close()
        self._reactor.advance(0)
        assert all(port.called for port in closed)

    def door(self, *_: object) -> DoorFactory:
        return DoorFactory(Routes(None), Connections(), self.clock, self.log)

    def make(self, name: str) -> tuple[str, str]:
        """Make a certificate and its key."""
        _, both = provider_certificate(self.directory / name)
        key, mark, certificates = both.read_text().partition("-----BEGIN CERTIFICATE-----")
        return mark + certificates, key

    def replace(self, name: str) -> None:
        """Put another certificate and its key where the first ones were."""
        certificate, key = self.make(name)
        self.certificate.write_text(certificate)
        self.key.write_text(key)

    def served(self) -> object:
        """The certificate that a client is shown now."""
        client, server = client_end(), SSL.Connection(self._context._context, None)
        server.set_accept_state()
        shake_hands(client, server)
        return client.get_peer_certificate(as_cryptography=True)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path)
    yield hub
    hub.close()


def test_renewed_files_are_served_within_a_minute_without_a_restart(hub: Hub) -> None:
    before = hub.served()
    hub.replace("second")
    assert hub.served() == before
    hub.clock.advance(60)
    assert hub.served() != before
    assert hub.log.lines[-1][0] == "certificate loaded"


@pytest.mark.parametrize("content", ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_broken_new_certificate_leaves_the_old_one_serving_until_it_is_mended(hub: Hub, content: str) -> None:
    before = hub.served()
    hub.certificate.write_text(content)
    for _ in range(3):
        hub.clock.advance(60)
        assert hub.served() == before
    assert [event for event, _ in hub.log.lines].count("certificate refused") == 1
    hub.replace("second")
    hub.clock.advance(60)
    assert hub.served() != before


def test_of_a_pair_that_is_half_replaced_the_old_one_goes_on_serving(hub: Hub) -> None:
    before = hub.served()
    certificate, key = hub.make("second")
    hub.certificate.write_text(certificate)
    hub.clock.advance(60)
    assert hub.served() == before
    hub.key.write_text(key)
    hub.clock.advance(60)
    assert hub.served() != before
