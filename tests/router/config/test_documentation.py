"""docs/configuration.md names every key, with the defaults that hold, and no other key."""

import re
from pathlib import Path

import msgspec
import pytest
from wampi.router.config import node, transports, workers
from wampi.router.config.limits import ListenerLimits, NodeLimits, RoleLimits
from wampi.router.config.section import Section

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()


def sections(kind: type[Section] = Section) -> list[type[Section]]:
    found = [one for one in kind.__subclasses__() if one.__module__.startswith("wampi.router.config.")]
    return found + [deeper for one in found for deeper in sections(one)]


def keys_in_the_page() -> set[str]:
    """The keys: what stands in code marks in tables and sentences, and in the examples."""
    marked = re.findall(r"`\{?\"?([$a-z0-9_-]+)\"?[`:},]", PAGE)
    return {*marked, *re.findall(r'"([$a-z0-9_-]+)"', PAGE)}


def test_all_parts_of_the_configuration_are_looked_at() -> None:
    assert {node.Node, workers.GuestWorker, transports.WebTransport, RoleLimits} <= set(sections())


@pytest.mark.parametrize("kind", sections(), ids=lambda kind: kind.__name__)
def test_every_key_is_documented(kind: type[Section]) -> None:
    assert {field.encode_name for field in msgspec.structs.fields(kind)} <= keys_in_the_page()


@pytest.mark.parametrize("kind", [RoleLimits, ListenerLimits, NodeLimits])
def test_the_documented_defaults_of_the_limits_are_those_that_hold(kind: type[Section]) -> None:
    for field in msgspec.structs.fields(kind):
        lines = [line for line in PAGE.splitlines() if f"`{field.encode_name}`" in line]
        numbers = {float(number) for line in lines for number in re.findall(r"\b\d+\b", line)}
        assert field.default is None or float(field.default) in numbers, field.encode_name
