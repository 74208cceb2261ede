"""Components: the class is there, the router is there, and it will let them in."""

import re
from collections.abc import Iterator
from pathlib import Path

from ...datadir import AUTHORITY_FILE, PUBLISHED_AUTHORITY
from ..auth import AccountsWampCra, Auth, StaticWampCra
from ..components import ClassComponent, ConnectingTcp
from ..node import Node
from ..places import find_module, resolve
from ..problems import Problem, nearest, shown, under
from ..transports import ListeningTcp, ListeningUnix, RawSocketTransport, WebSocketPath, WebTransport
from ..workers import ContainerWorker, RouterWorker
from .guests import environment_problems
from .logins import role_problems
from .networks import is_loopback

_CLASS_NAME = re.compile(r"([^\W\d]\w*\.)+[^\W\d]\w*")


def component_problems(node: Node, worker: ContainerWorker, data_dir: Path, path: str) -> Iterator[Problem]:
    """Yield what is wrong with the components of one container."""
    if not worker.components:
        yield Problem(path, "a container without components does nothing: give at least one in 'components'")
    for index, name in enumerate(worker.options.pythonpath):
        if not resolve(data_dir, name).is_dir():
            where = under(under(under(path, "options"), "pythonpath"), index)
            yield Problem(where, f"there is no directory {resolve(data_dir, name)}")
    yield from environment_problems(worker.options.env, under(under(path, "options"), "env"))
    search = [str(resolve(data_dir, name)) for name in worker.options.pythonpath]
    for index, component in enumerate(worker.components):
        here = under(under(path, "components"), index)
        yield from _class_problems(component, search, here)
        yield from _login_problems(node, component, data_dir, here)


def _class_problems(component: ClassComponent, search: list[str], path: str) -> Iterator[Problem]:
    where = under(path, "classname")
    module = component.classname.rpartition(".")[0]
    if not _CLASS_NAME.fullmatch(component.classname):
        hint = "write module and class, as in wampi.components.camera.Camera"
        yield Problem(where, f"{shown(component.classname)} is no class name; {hint}")
    elif find_module(module, search) is None:
        yield Problem(where, f"there is no module {shown(module)}; is it installed, or on the 'pythonpath'?")


def _login_problems(node: Node, component: ClassComponent, data_dir: Path, path: str) -> Iterator[Problem]:
    endpoint = component.transport.endpoint
    where = under(under(path, "transport"), "endpoint")
    if isinstance(endpoint, ConnectingTcp) and endpoint.tls is None:
        yield Problem(where, "components speak TLS over TCP: give 'tls', or use a UNIX socket")
    for index, name in enumerate(_authorities(component)):
        if not resolve(data_dir, name).is_file() and name not in (AUTHORITY_FILE, PUBLISHED_AUTHORITY):
            yield Problem(f"{where}.tls.ca_certificates[{index}]", f"there is no file {resolve(data_dir, name)}")
    found = listener_of(node, component, data_dir)
    if found is not None:
        router, auth = found
        yield from _realm_problems(router, component, path)
        yield from _identity_problems(router, auth, component, data_dir, under(under(path, "auth"), "wampcra"))
    elif not isinstance(endpoint, ConnectingTcp) or is_loopback(endpoint.host):
        yield Problem(where, "no listener of this file is there with a WebSocket for components")
    else:
        yield from _key_problems(component, data_dir, under(under(path, "auth"), "wampcra"))


def listener_of(node: Node, component: ClassComponent, data_dir: Path) -> tuple[RouterWorker, Auth] | None:
    """Return the router of this node that a component connects to, and the logins it meets there."""
    for router in node.routers:
        for transport in router.transports:
            if isinstance(transport, RawSocketTransport) or not _leads_to(component, transport.endpoint, data_dir):
                continue
            if not isinstance(transport, WebTransport):
                return router, transport.auth
            for served in transport.paths.values():
                if isinstance(served, WebSocketPath):
                    return router, served.auth
    return None


def _leads_to(component: ClassComponent, listening: ListeningTcp | ListeningUnix, data_dir: Path) -> bool:
    endpoint = component.transport.endpoint
    if isinstance(endpoint, ConnectingTcp):
        return isinstance(listening, ListeningTcp) and is_loopback(endpoint.host) and endpoint.port == listening.port
    if not isinstance(listening, ListeningUnix):
        return False
    return resolve(data_dir, endpoint.path) == resolve(data_dir, listening.path)


def _authorities(component: ClassComponent) -> tuple[str, ...]:
    endpoint = component.transport.endpoint
    return endpoint.tls.ca_certificates if isinstance(endpoint, ConnectingTcp) and endpoint.tls else ()


def _realm_problems(router: RouterWorker, component: ClassComponent, path: str) -> Iterator[Problem]:
    known = [realm.name for realm in router.realms]
    if component.realm not in known:
        text = f"the router has no realm {shown(component.realm)}; {nearest(component.realm, known)}"
        yield Problem(under(path, "realm"), text)


def _identity_problems(
    router: RouterWorker, auth: Auth, component: ClassComponent, data_dir: Path, path: str
) -> Iterator[Problem]:
    cra = component.auth.wampcra
    if cra.role is not None:
        yield from role_problems(router, cra.role, under(path, "role"))
    if isinstance(auth.wampcra, StaticWampCra):
        user = auth.wampcra.users.get(cra.authid)
        if user is None:
            hint = nearest(cra.authid, auth.wampcra.users)
            yield Problem(under(path, "authid"), f"the listener has no user {shown(cra.authid)}; {hint}")
        elif user.salt is not None:
            yield Problem(under(path, "authid"), "a component's user has a random secret: write it without a salt")
    elif isinstance(auth.wampcra, AccountsWampCra):
        if cra.role is None:
            yield from _key_problems(component, data_dir, path)
    else:
        yield Problem(path, "the listener has no 'wampcra', so that no component can log in")


def _key_problems(component: ClassComponent, data_dir: Path, path: str) -> Iterator[Problem]:
    """Without a role the account is not made at start, so that it and its key must be there already."""
    key = resolve(data_dir, component.key_file)
    if not key.is_file():
        authid = component.auth.wampcra.authid
        hint = f"run 'wampi device add {authid} --prefix URI', or give the 'role' that a new account is to have"
        yield Problem(under(path, "authid"), f"there is no key file {key} for {shown(authid)}: {hint}")
