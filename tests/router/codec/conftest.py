"""The codec tests run once for each serializer that they ask for."""

import pytest
from support.core import CODECS
from support.wamp import SERIALIZERS
from wampi.router.codec import Codec


@pytest.fixture(params=SERIALIZERS)
def codec(request: pytest.FixtureRequest) -> Codec:
    return CODECS[request.param]
