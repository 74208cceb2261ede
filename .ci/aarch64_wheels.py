"""Checks that every runtime dependency, and all that those need, has a wheel for a 64-bit Raspberry Pi.

``aarch64_wheels.py VERSION …`` for CPython versions such as 3.11. Nothing is installed.
"""

import configparser
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")
"""Raspberry Pi OS 12 has glibc 2.36."""


def requirements() -> list[str]:
    """Return install_requires of setup.cfg."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser["options"]["install_requires"].split("\n")[1:]


def check(version: str) -> bool:
    """Let pip resolve for a Pi without installing; return whether it could."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run"]
    command += ["--ignore-installed", "--target", str(ROOT / "build" / "aarch64"), "--only-binary=:all:"]
    command += ["--implementation", "cp", "--python-version", version]
    for platform in PLATFORMS:
        command += ["--platform", platform]
    done = subprocess.run([*command, *requirements()], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        print(f"CPython {version}: all dependencies have wheels for aarch64")
        return True
    print(f"CPython {version}: {done.stderr.strip()}", file=sys.stderr)
    return False


if __name__ == "__main__":
    results = [check(version) for version in sys.argv[1:]]
    sys.exit(0 if all(results) else 1)
