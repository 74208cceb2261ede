"""Stock wampy.js in Node through a real router in each serializer."""

from pathlib import Path

import pytest

from .conftest import PlainRouter
from .features import FEATURES, INTERRUPTED, features
from .test_autobahn_clients import run

CLIENT = Path(__file__).parent / "js" / "wampy_client.js"
PASSTHRU_CLIENT = CLIENT.with_name("wampy_passthru.js")

# Both of its binary serializers look for native helpers, in whose place stands a package that does nothing.
PLAIN_JAVASCRIPT = {"CBOR_NATIVE_ACCELERATION_DISABLED": "true", "MSGPACKR_NATIVE_ACCELERATION_DISABLED": "true"}

CANCELED = ["wamp.error.canceled", "wamp.error.canceled", INTERRUPTED]
"""What a caller gets in the modes skip, killnowait and kill."""


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor"])
def test_wampy_sees_the_features_that_it_knows(router: PlainRouter, serializer: str, node: Path) -> None:
    assert (CLIENT.parent / "node_modules").is_dir(), "wampy.js is not there: make test installs it"
    said = run([node, CLIENT], router, serializer, **PLAIN_JAVASCRIPT)
    event = [{key: value for key, value in FEATURES["event"][0].items() if key != "topic"}]
    # It drops the option to retain an event, and publishes to reserved topics not even when told to.
    assert said == features("retained", "reserved", canceled=CANCELED, event=event, closed=0)


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor"])
def test_payloads_of_wampy_pass_through_in_each_serializer_of_their_own(
    router: PlainRouter, serializer: str, node: Path
) -> None:
    assert (CLIENT.parent / "node_modules").is_dir(), "wampy.js is not there: make test installs it"
    said = run([node, PASSTHRU_CLIENT], router, serializer, **PLAIN_JAVASCRIPT)
    inside = ["native", "json"] if serializer == "json" else ["native", "json", "msgpack", "cbor"]
    args = ["text", [1.5, None]]
    assert said == [
        line
        for name in inside
        for line in (
            {"what": f"result {name}", "value": {"args": args, "kwargs": {"n": 7, "keyid": "a key"}}},
            {"what": f"event {name}", "value": {"args": args, "kwargs": {"n": 7}, "scheme": "x_own"}},
        )
    ]
