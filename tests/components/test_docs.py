"""The pages about devices say what the code does: every setting is there, and every procedure is in the protocol."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from wampi.components.camera.component import Camera
from wampi.components.camera.settings import CameraSettings
from wampi.components.frame.component import Frame
from wampi.components.frame.settings import FrameSettings
from wampi.components.lighting.component import Light
from wampi.components.lighting.settings import LightingSettings, LightSettings
from wampi.components.sprinkler.component import Sprinkler
from wampi.components.sprinkler.settings import SprinklerSettings, ZoneSettings

DOCS = Path(__file__).parents[2] / "docs"


def table_rows(text: str) -> list[list[str]]:
    """The cells of every row of every table."""
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:2] == "| "]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("camera", [CameraSettings]),
        ("lighting", [LightingSettings, LightSettings]),
        ("frame", [FrameSettings]),
        ("sprinkler", [SprinklerSettings, ZoneSettings]),
    ],
)
def test_every_setting_is_documented_and_nothing_else(kind: str, settings: list[Any]) -> None:
    page = (DOCS / "devices" / f"{kind}.md").read_text(encoding="utf-8")
    part = page.partition("## Settings")[2].partition("\n## ")[0]
    documented = {name for row in table_rows(part) for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert documented == {field.encode_name for one in settings for field in msgspec.structs.fields(one)}


@pytest.mark.parametrize(("kind", "device"), [(cls.kind, cls) for cls in (Camera, Light, Frame, Sprinkler)])
def test_every_procedure_and_argument_is_in_the_protocol(kind: str, device: Any) -> None:
    protocol = (DOCS / "protocol.md").read_text(encoding="utf-8")
    part = protocol.partition(f"\n### {kind}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    documented: dict[str, set[str]] = {}
    for row in table_rows(part):
        for name in re.findall(r"`([a-z_]+)`", row[0]):
            documented[name] = set(re.findall(r"`([a-z_]+)`", row[1]))
    declared = {name: one for name, one in device.procedures().items() if name != "health"}
    assert set(documented) == set(declared)
    for name, one in declared.items():
        assert {parameter.name for parameter in one.parameters} <= documented[name], name


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in [*DOCS.glob("devices/*.md"), DOCS / "write-a-component.md"]:
        for link in re.findall(r"\]\(([^)#:]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
