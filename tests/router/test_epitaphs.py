"""What the router says of a device whose login was taken back."""

from typing import Any

import pytest
from wampi.router.epitaphs import device_lost


def test_a_device_is_lost_in_the_form_of_the_protocol() -> None:
    assert device_lost("wampi.sprinkler.garden_2.state", {"name": "Garden", "available": True, "state": {}}) == {
        "kind": "sprinkler",
        "id": "garden_2",
        "name": "Garden",
        "available": False,
        "state": None,
        "changed": [],
        "cause": {"why": "lost", "authid": None, "authrole": None},
        "fault": None,
        "sequence": 0,
        "published_at": None,
    }


@pytest.mark.parametrize("known", [{}, {"name": ""}, {"name": 7}, {"name": None}])
def test_a_device_whose_name_nobody_knows_is_called_by_its_id(known: dict[str, Any]) -> None:
    lost = device_lost("wampi.camera.porch.state", known)
    assert lost is not None
    assert lost["name"] == "porch"


def test_a_name_is_bounded() -> None:
    lost = device_lost("wampi.camera.porch.state", {"name": "x" * 10_000})
    assert lost is not None
    assert len(lost["name"]) == 100


@pytest.mark.parametrize(
    "topic", ["wampi.camera.porch.frames", "wampi.camera.state", "wampi.camera.a.b.state", "com.camera.porch.state"]
)
def test_of_any_other_topic_there_is_nothing_to_say(topic: str) -> None:
    assert device_lost(topic, {"name": "Garden"}) is None
