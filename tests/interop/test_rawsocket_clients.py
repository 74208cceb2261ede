"""Stock Autobahn's RawSocket client through a real router, over TCP and UNIX sockets."""

import sys
from dataclasses import replace

import pytest

from .conftest import PlainRouter
from .test_autobahn_clients import EVERYTHING_WORKS, HERE, run


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor", "ubjson"])
@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_the_python_client_logs_in_calls_and_gets_events(router: PlainRouter, way: str, serializer: str) -> None:
    place = replace(router, url=router.rawsocket_urls[way])
    said = run([sys.executable, "-W", "ignore", HERE / "autobahn_python_client.py"], place, serializer)
    assert said == [*EVERYTHING_WORKS, {"what": "closed", "value": "wamp.close.goodbye_and_out"}]
