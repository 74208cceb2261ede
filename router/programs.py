"""The command lines of a node's components and guests.

A component gets its key by the name of a file: arguments and environment of a process can be read by others.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from . import guardian
from .config import Node
from .config.components import ClassComponent, ConnectingTcp
from .config.places import find_program, resolve
from .config.workers import ContainerOptions, ContainerWorker, Environment, GuestWorker
from .datadir import COMPONENTS

_NODES_OWN = frozenset({"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"})
"""What systemd tells the node, and nobody else."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process to be kept running. ``stdout`` and ``stderr`` say whether its lines go to the log."""

    name: str
    arguments: list[str]
    environment: dict[str, str] = field(repr=False)
    workdir: str | None = None
    stdout: bool = True
    stderr: bool = True


def programs(node: Node, data_dir: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Program]:
    """Yield everything that a node has to keep running, in the order of its configuration."""
    guests = 0
    for worker in node.workers:
        if isinstance(worker, ContainerWorker):
            for component in worker.components:
                yield _component(component, worker.options, data_dir, environ)
        elif isinstance(worker, GuestWorker):
            guests += 1
            yield _guest(worker, worker.id or f"guest-{guests}", data_dir, environ)


def component_dir(component: ClassComponent, data_dir: Path) -> Path:
    """Return the directory of a component's own."""
    return data_dir / COMPONENTS / component.name


def _component(
    component: ClassComponent, options: ContainerOptions, data_dir: Path, environ: Mapping[str, str]
) -> Program:
    module, _, class_name = component.classname.rpartition(".")
    arguments = [sys.executable, "-P", "-m", "wampi.components", f"{module}:{class_name}"]
    arguments += ["--router", _router_address(component, data_dir)]
    endpoint = component.transport.endpoint
    if isinstance(endpoint, ConnectingTcp) and endpoint.tls is not None:
        for name in endpoint.tls.ca_certificates:
            arguments += ["--ca-file", str(resolve(data_dir, name))]
    arguments += ["--realm", component.realm, "--authid", component.auth.wampcra.authid]
    arguments += ["--key-file", str(resolve(data_dir, component.key_file))]
    arguments += ["--data-dir", str(component_dir(component, data_dir))]
    arguments += ["--extra", msgspec.json.encode(component.extra).decode(), "--supervised"]
    environment = _environment(options.env, environ)
    search = [str(resolve(data_dir, name)) for name in options.pythonpath]
    if search:
        environment["PYTHONPATH"] = os.pathsep.join([*search, *filter(None, [environment.get("PYTHONPATH")])])
    return Program(component.name, arguments, environment)


def _router_address(component: ClassComponent, data_dir: Path) -> str:
    endpoint = component.transport.endpoint
    if not isinstance(endpoint, ConnectingTcp):
        return f"unix:{resolve(data_dir, endpoint.path)}"
    path = urlsplit(component.transport.url or "").path or "/ws"
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    return f"wss://{host}:{endpoint.port}{path}"


def _guest(worker: GuestWorker, name: str, data_dir: Path, environ: Mapping[str, str]) -> Program:
    options = worker.options
    program = find_program(data_dir, options.workdir, worker.executable) or worker.executable
    arguments = [sys.executable, "-I", "-S", guardian.__file__, str(program), *worker.arguments]
    workdir = resolve(data_dir, options.workdir) if options.workdir else data_dir
    environment = _environment(options.env, environ)
    return Program(name, arguments, environment, str(workdir), options.stdout == "log", options.stderr == "log")


def _environment(wanted: Environment, environ: Mapping[str, str]) -> dict[str, str]:
    if wanted.inherit is True:
        inherited = {name: value for name, value in environ.items() if name not in _NODES_OWN}
    else:
        names = wanted.inherit or ()
        inherited = {name: environ[name] for name in names if name in environ}
    return inherited | wanted.vars
