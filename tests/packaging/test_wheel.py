"""What is in a wheel, and so in site-packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("components", "router", "twisted", "web/dist", "setup.cfg", "pyproject.toml", "LICENSE", "README.md")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel that was built from a copy of the sources."""
    copy = tmp_path_factory.mktemp("sources")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__", "dropin.cache"))
        else:
            shutil.copy(source, copy / part)
    wheels = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    built = subprocess.run([*pip, "-w", str(wheels), "."], cwd=copy, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("wampi-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def files(folder: str) -> set[str]:
    """The files of a source folder that belong into a wheel."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.name != "dropin.cache")
    return {str(path.relative_to(ROOT)) for path in found if "__pycache__" not in path.parts}


def test_only_wampi_and_its_twistd_plugin_come_into_site_packages(names: set[str]) -> None:
    places = {name.split("/")[0] for name in names}
    assert {place for place in places if not place.endswith(".dist-info")} == {"wampi", "twisted"}
    assert {name for name in names if name.startswith("twisted/")} == {"twisted/plugins/wampi_plugin.py"}


@pytest.mark.parametrize("folder", ["components", "router", "web/dist"])
def test_every_file_of_the_sources_is_in_the_wheel(names: set[str], folder: str) -> None:
    assert {f"wampi/{name}" for name in files(folder)} <= names


def test_wampi_and_twisted_stay_open_for_other_packages(names: set[str]) -> None:
    assert not {"wampi/__init__.py", "twisted/__init__.py", "twisted/plugins/__init__.py"} & names


def test_the_packages_are_typed(names: set[str]) -> None:
    assert {"wampi/router/py.typed", "wampi/components/py.typed"} <= names


def test_no_test_and_no_source_of_the_page_ships(names: set[str]) -> None:
    others = ("/tests/", "/test_", "/benchmarks/", ".ts", ".tsx")
    assert [name for name in names if any(other in f"/{name}" for other in others)] == []
