"""What a result needs to be read later: the machine and the versions it was measured with."""

from __future__ import annotations

import json
import os
import platform
import ssl
import subprocess
from pathlib import Path

PACKAGES = ("autobahn", "twisted", "msgspec", "cbor2", "pyopenssl", "cryptography", "crossbar")

_LIST_PACKAGES = """
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def describe_machine() -> dict[str, object]:
    """Return processor, cores, memory in bytes, kernel and Python; nothing that names the machine."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
    }


def describe_packages(python: Path) -> dict[str, str]:
    """Return the versions of the packages that matter in another interpreter's environment."""
    command = [str(python), "-c", _LIST_PACKAGES, *PACKAGES]
    found: dict[str, str] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model", "Hardware"):
            return value.strip()
    return platform.processor() or "unknown"
