"""Every test of this directory runs once for each transport and each serializer."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count, product

import pytest
from support.channels import LIMITS, MEMORY, WAYS, MemoryRouter, Place
from support.live import LiveServer, live_server

SERIALIZERS = ("json", "msgpack", "cbor", "ubjson")
BATCHED = [f"{serializer}.batched" for serializer in SERIALIZERS]
PLACES = [*product(WAYS, SERIALIZERS), *product(["ws", "long-poll"], BATCHED)]
SOCKET_PLACES = [place for place in PLACES if place[0] != MEMORY]
_numbers = count(1)


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("integration"), limits=LIMITS) as server:
        yield server


def places(live: LiveServer, way: str, serializer: str) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(live, MemoryRouter(), way, serializer, stack, f"com.example.n{next(_numbers)}")


@pytest.fixture(params=PLACES, ids=", ".join)
def place(request: pytest.FixtureRequest, live: LiveServer) -> Iterator[Place]:
    """A way to a router and a serializer."""
    yield from places(live, *request.param)


@pytest.fixture(params=SOCKET_PLACES, ids=", ".join)
def socket_place(request: pytest.FixtureRequest, live: LiveServer) -> Iterator[Place]:
    """The same without the way that has neither bytes nor frames."""
    yield from places(live, *request.param)
