"""The command lines of components and guests."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from wampi.router.config import Node, read
from wampi.router.programs import Program, programs

ENVIRON = {"HOME": "/home/x", "LANG": "C", "NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "1"}
DATA = Path("/var/lib/wampi")


def node_with(worker: dict[str, Any]) -> Node:
    return msgspec.convert({"version": 2, "workers": [worker]}, Node)


def component(**changes: Any) -> dict[str, Any]:
    unix = {"type": "websocket", "endpoint": {"type": "unix", "path": "router.sock"}}
    auth = {"wampcra": {"authid": "camera", "role": "camera"}}
    plain = {"type": "class", "classname": "a.b.C", "realm": "home", "transport": unix, "auth": auth}
    return plain | changes


def only(worker: dict[str, Any]) -> Program:
    (program,) = programs(node_with(worker), DATA, ENVIRON)
    return program


def option(program: Program, name: str) -> str:
    return program.arguments[program.arguments.index(name) + 1]


def test_the_shipped_components_in_the_order_of_the_file() -> None:
    node = read(Path(__file__).parents[2] / "crossbar-like.json")
    assert [program.name for program in programs(node, DATA, {})] == ["camera", "lighting", "frame", "sprinkler"]


def test_a_component_is_told_where_everything_is() -> None:
    program = only({"type": "container", "components": [component(extra={"pin": 4, "name": "Türe"})]})
    assert program.arguments[:5] == [sys.executable, "-P", "-m", "wampi.components", "a.b:C"]
    assert option(program, "--router") == "unix:/var/lib/wampi/router.sock"
    assert option(program, "--realm") == "home"
    assert option(program, "--authid") == "camera"
    assert option(program, "--key-file") == "/var/lib/wampi/keys/camera.key"
    assert option(program, "--data-dir") == "/var/lib/wampi/components/camera"
    assert json.loads(option(program, "--extra")) == {"pin": 4, "name": "Türe"}
    assert program.arguments[-1] == "--supervised"


@pytest.mark.parametrize(
    ("host", "url", "address"),
    [
        ("hub.local", None, "wss://hub.local:8443/ws"),
        ("hub.local", "wss://ignored/other", "wss://hub.local:8443/other"),
        ("fd00::1", "wss://ignored", "wss://[fd00::1]:8443/ws"),
    ],
)
def test_a_component_can_be_on_another_machine(host: str, url: str | None, address: str) -> None:
    tls = {"ca_certificates": ["ca.pem"]}
    transport = {"type": "websocket", "endpoint": {"type": "tcp", "host": host, "port": 8443, "tls": tls}, "url": url}
    program = only({"type": "container", "components": [component(transport=transport)]})
    assert option(program, "--router") == address
    assert option(program, "--ca-file") == "/var/lib/wampi/ca.pem"


def test_no_process_hears_what_systemd_told_the_node() -> None:
    program = only({"type": "container", "components": [component()]})
    assert program.environment == {"HOME": "/home/x", "LANG": "C"}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"inherit": False}, {}),
        ({"inherit": ["LANG", "NONE"]}, {"LANG": "C"}),
        ({"inherit": False, "vars": {"A": "1"}}, {"A": "1"}),
        ({"vars": {"LANG": "de"}}, {"HOME": "/home/x", "LANG": "de"}),
    ],
)
def test_the_environment_is_what_the_configuration_says(env: dict[str, Any], expected: dict[str, str]) -> None:
    program = only({"type": "guest", "executable": "sh", "options": {"env": env}})
    assert program.environment == expected


def test_ones_own_modules_are_found_before_others() -> None:
    options = {"pythonpath": ["mine"], "env": {"inherit": False, "vars": {"PYTHONPATH": "/theirs"}}}
    program = only({"type": "container", "components": [component()], "options": options})
    assert program.environment["PYTHONPATH"] == "/var/lib/wampi/mine:/theirs"


def test_a_guest_runs_under_its_guardian_in_the_directory_it_names(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    tool = tmp_path / "tools" / "tool"
    tool.touch(mode=0o755)
    worker = {"type": "guest", "executable": "./tool", "arguments": ["-v"], "options": {"workdir": "tools"}}
    (program,) = programs(node_with(worker), tmp_path, {})
    assert program.name == "guest-1"
    assert program.arguments[-2:] == [str(tool), "-v"]
    assert program.arguments[-3].endswith("guardian.py")
    assert program.workdir == str(tmp_path / "tools")


def test_no_key_stands_in_a_command_line_or_an_environment() -> None:
    node = read(Path(__file__).parents[2] / "crossbar-like.json")
    for program in programs(node, DATA, ENVIRON):
        assert "--key-file" in program.arguments
        assert not {"--key", "--password", "--secret"} & set(program.arguments)
