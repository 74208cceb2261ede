"""What a node needs in its data directory before it can serve: made at the first start, looked after at every other.

Accounts of the components with their key files, and an owner, so that there is somebody who can log in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .config.auth import AccountsWampCra, StaticWampCra
from .config.checks.components import listener_of
from .config.components import ClassComponent
from .config.places import resolve
from .config.transports import LoginPath, LongPollPath, WebSocketPath, WebTransport
from .config.workers import ContainerWorker
from .datadir import OWNER
from .errors import StartError
from .files import make_private_directory, replace_file

if TYPE_CHECKING:
    from .config import Node
    from .config.auth import Auth
    from .core.ports import Log
    from .store.accounts import Account, Accounts


@dataclass(frozen=True, slots=True)
class FirstOwner:
    """The owner that the first start makes."""

    authid: str
    password: str = field(repr=False)


def uses_accounts(node: Node) -> bool:
    """Return whether anybody logs in with an account; without that the database is never opened."""
    return uses_web_logins(node) or any(
        way.__struct_config__.tag == "accounts" for auth in auths(node) for way in auth.ways.values()
    )


def uses_web_logins(node: Node) -> bool:
    """Return whether anybody logs in by what an HTTP request carries, or by a login page."""
    return any(auth.web_ways for auth in auths(node)) or any(
        isinstance(path, LoginPath)
        for router in node.routers
        for transport in router.transports
        if isinstance(transport, WebTransport)
        for path in transport.paths.values()
    )


def provide_owner(accounts: Accounts, node: Node, keep: Callable[[FirstOwner], None]) -> FirstOwner | None:
    """Make an owner where there is none, and the configuration has that role; return it with its password.

    ``keep`` is called before the account is made: nobody could log in if the password were lost on the way.
    """
    from .store.passwords import generate  # noqa: PLC0415 - needed once in the life of a hub

    roles = {role.name for router in node.routers for realm in router.realms for role in realm.roles}
    known = accounts.list()
    has_owner = any(account.kind == "person" and account.role == OWNER for account in known)
    if OWNER not in roles or has_owner or any(account.authid == OWNER for account in known):
        return None
    owner = FirstOwner(OWNER, generate())
    keep(owner)
    accounts.add_person(owner.authid, OWNER, owner.password)
    return owner


def provide_devices(accounts: Accounts, node: Node, data_dir: Path, log: Log) -> None:
    """Make the accounts and key files of the components that log in with one. Raises :class:`StartError`."""
    known = {account.authid: account for account in accounts.list()}
    for component in _components(node):
        found = listener_of(node, component, data_dir)
        if found is not None and isinstance(found[1].wampcra, AccountsWampCra):
            _provide_device(accounts, known.get(component.auth.wampcra.authid), component, data_dir, log)


def provide_static_keys(node: Node, data_dir: Path) -> None:
    """Write the key files of the components whose user stands in the configuration."""
    for component in _components(node):
        found = listener_of(node, component, data_dir)
        if found is not None and isinstance(found[1].wampcra, StaticWampCra):
            user = found[1].wampcra.users[component.auth.wampcra.authid]
            _write_key(resolve(data_dir, component.key_file), user.secret)


def _provide_device(
    accounts: Accounts, account: Account | None, component: ClassComponent, data_dir: Path, log: Log
) -> None:
    authid, role = component.auth.wampcra.authid, component.auth.wampcra.role
    key_file = resolve(data_dir, component.key_file)
    if account is not None and account.kind != "device":
        raise StartError(f"the component {component.name!a} can't be {authid!a}, which is the account of a person")
    if account is None:
        if role is None:
            raise StartError(f"there is no account {authid!a}: run `wampi device add {authid} --prefix URI`")
        _write_key(key_file, accounts.add_device(authid, role=role))
        log.info("device account made", authid=authid, authrole=role)
        return
    if role is not None and account.role != role:
        accounts.set_role(authid, role)
        log.info("device role changed", authid=authid, authrole=role)
    if not key_file.exists():
        _write_key(key_file, accounts.renew_device_key(authid))
        log.warn("device key made anew", authid=authid, file=str(key_file), reason="the key file was gone")


def _write_key(path: Path, key: str) -> None:
    make_private_directory(path.parent)
    replace_file(path, f"{key}\n".encode())


def _components(node: Node) -> Iterator[ClassComponent]:
    for worker in node.workers:
        if isinstance(worker, ContainerWorker):
            yield from worker.components


def auths(node: Node) -> Iterator[Auth]:
    """Yield the logins of all listeners."""
    for router in node.routers:
        for transport in router.transports:
            if not isinstance(transport, WebTransport):
                yield transport.auth
                continue
            for path in transport.paths.values():
                if isinstance(path, WebSocketPath | LongPollPath):
                    yield path.auth
            if transport.rawsocket is not None:
                yield transport.rawsocket.auth
