"""Fixtures of the core's tests: a router with one realm, and the serializers for what depends on them."""

import pytest
from support.core import FakeRouter
from support.wamp import SERIALIZERS


@pytest.fixture
def home() -> FakeRouter:
    return FakeRouter()


@pytest.fixture(params=SERIALIZERS)
def serializer(request: pytest.FixtureRequest) -> str:
    return str(request.param)
