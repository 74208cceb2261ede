"""Two listeners at one address."""

from collections.abc import Iterator
from pathlib import Path

from ..node import Node
from ..places import resolve
from ..problems import Problem, under
from ..transports import ListeningTcp, ListeningUnix
from ..workers import RouterWorker
from .networks import overlap

_Endpoint = ListeningTcp | ListeningUnix


def address_problems(node: Node, data_dir: Path) -> Iterator[Problem]:
    """Yield a problem for each listener whose port or path an earlier one has taken."""
    seen: list[tuple[str, _Endpoint]] = []
    for index, worker in enumerate(node.workers):
        for number, transport in enumerate(worker.transports if isinstance(worker, RouterWorker) else ()):
            path = under(under(under(under("workers", index), "transports"), number), "endpoint")
            for first, other in seen:
                if _collide(transport.endpoint, other, data_dir):
                    yield Problem(path, f"{first} listens at {_shown(other, data_dir)} already")
                    break
            seen.append((path, transport.endpoint))


def _collide(one: _Endpoint, other: _Endpoint, data_dir: Path) -> bool:
    if isinstance(one, ListeningTcp) and isinstance(other, ListeningTcp):
        return one.port == other.port != 0 and overlap(one.interface, other.interface)
    if isinstance(one, ListeningUnix) and isinstance(other, ListeningUnix):
        return resolve(data_dir, one.path) == resolve(data_dir, other.path)
    return False


def _shown(endpoint: _Endpoint, data_dir: Path) -> str:
    if isinstance(endpoint, ListeningTcp):
        return f"port {endpoint.port}"
    return str(resolve(data_dir, endpoint.path))
