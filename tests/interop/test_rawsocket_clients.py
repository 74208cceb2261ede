"""Stock Autobahn's RawSocket clients through a real router, over TCP and UNIX sockets."""

from dataclasses import replace

import pytest

from .conftest import PlainRouter
from .test_autobahn_clients import PYTHON_CLIENT, SEEN_IN_PYTHON, run


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor", "ubjson"])
@pytest.mark.parametrize("way", ["tcp", "unix"])
@pytest.mark.parametrize("framework", ["twisted", "asyncio"])
def test_the_python_client_sees_every_feature(router: PlainRouter, framework: str, way: str, serializer: str) -> None:
    place = replace(router, url=router.rawsocket_urls[way])
    assert run(PYTHON_CLIENT, place, serializer, framework) == SEEN_IN_PYTHON
