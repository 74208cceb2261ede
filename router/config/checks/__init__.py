"""What can be wrong with the sense of a configuration, found without starting anything.

One file for each part of the configuration. A check yields problems and never raises.
"""

from collections.abc import Iterator
from pathlib import Path

from ..node import Node
from ..problems import Problem, shown, under
from ..workers import ContainerWorker, GuestWorker, RouterWorker
from .addresses import address_problems
from .components import component_problems
from .guests import guest_problems
from .listeners import listener_problems
from .names import doubles
from .realms import realm_problems


def check(node: Node, data_dir: Path) -> list[Problem]:
    """Return all that is wrong with a configuration whose relative paths start at ``data_dir``."""
    return list(_problems(node, data_dir))


def _problems(node: Node, data_dir: Path) -> Iterator[Problem]:
    if not node.workers:
        yield Problem("workers", "a node without workers does nothing: give a worker of type 'router'")
    yield from doubles("workers", [worker.id for worker in node.workers], "worker id")
    for index, worker in enumerate(node.workers):
        path = under("workers", index)
        if isinstance(worker, RouterWorker):
            yield from _router_problems(worker, data_dir, path)
        elif isinstance(worker, ContainerWorker):
            yield from component_problems(node, worker, data_dir, path)
        elif isinstance(worker, GuestWorker):
            yield from guest_problems(worker, data_dir, path)
    yield from address_problems(node, data_dir)
    yield from _history_problems(node)
    yield from _component_id_problems(node)


def _router_problems(worker: RouterWorker, data_dir: Path, path: str) -> Iterator[Problem]:
    if not worker.realms:
        yield Problem(path, "a router without realms lets nobody in: give at least one in 'realms'")
    if not worker.transports:
        yield Problem(path, "a router without transports listens nowhere: give at least one in 'transports'")
    names = [realm.name for realm in worker.realms]
    yield from doubles(under(path, "realms"), names, "realm", "name")
    for index, realm in enumerate(worker.realms):
        yield from realm_problems(realm, under(under(path, "realms"), index))
    for index, transport in enumerate(worker.transports):
        yield from listener_problems(worker, transport, data_dir, under(under(path, "transports"), index))
    ids = [transport.id for transport in worker.transports]
    yield from doubles(under(path, "transports"), ids, "transport id")


def _history_problems(node: Node) -> Iterator[Problem]:
    """Realms of one name in two routers would mix their past events in the node's one file."""
    seen: dict[str, tuple[int, str]] = {}
    for index, worker in enumerate(node.workers):
        for number, realm in enumerate(worker.realms if isinstance(worker, RouterWorker) else ()):
            if realm.store is None or realm.store.type != "sqlite":
                continue
            path = under(under(under("workers", index), "realms"), number)
            router, first = seen.setdefault(realm.name, (index, path))
            if router != index:
                problem = f"{first} keeps past events as {shown(realm.name)} already: give one of the two another name"
                yield Problem(under(path, "name"), problem)


def _component_id_problems(node: Node) -> Iterator[Problem]:
    """Two components of one id would share a directory, two of one authid would fight over one identity."""
    seen: dict[tuple[str, str], str] = {}
    for index, worker in enumerate(node.workers):
        if not isinstance(worker, ContainerWorker):
            continue
        for number, component in enumerate(worker.components):
            path = under(under(under("workers", index), "components"), number)
            for key, word in (("id", component.name), ("auth.wampcra.authid", component.auth.wampcra.authid)):
                first = seen.setdefault((key, word), path)
                if first != path:
                    yield Problem(under(path, "id") if key == "id" else f"{path}.{key}", _taken(word, key, first))


def _taken(word: str, key: str, first: str) -> str:
    what = "authid" if key != "id" else "id"
    return f"{first} has the {what} {word!a} already; each component needs one of its own"
