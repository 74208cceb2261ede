"""Logins of a listener: there is a way in, and each leads to a role that exists."""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Any

from ...core.uris import UriRules, is_reserved
from ...credentials import cost_problem
from ..auth import (
    Auth,
    CryptosignUser,
    Dynamic,
    ScramUser,
    StaticAnonymous,
    StaticCryptosign,
    StaticTicket,
    StaticTls,
    StaticUser,
    WebAuth,
)
from ..problems import Problem, nearest, shown, under
from ..transports import Listener, ListeningTcp, ListeningUnix, LoginPath, WebTransport
from ..workers import RouterWorker
from .networks import is_loopback
from .proxies import GIVE_TLS, comes_by_tls


def role_problems(worker: RouterWorker, role: str, path: str) -> Iterator[Problem]:
    """Yield a problem when no realm of the router has the role."""
    known = {one.name for realm in worker.realms for one in realm.roles}
    if role not in known:
        yield Problem(path, f"no realm of this router has a role {shown(role)}; {nearest(role, known)}")


def login_problems(worker: RouterWorker, auth: Auth, transport: Listener, path: str) -> Iterator[Problem]:
    """Yield what is wrong with the ``auth`` of one listener."""
    if not auth.ways:
        yield Problem(path, "nobody can log in here: give 'wampcra', or 'anonymous' with a role of its own")
    if isinstance(auth.anonymous, StaticAnonymous):
        yield from role_problems(worker, auth.anonymous.role, under(under(path, "anonymous"), "role"))
    for name, way in auth.ways.items():
        if isinstance(way, Dynamic):
            yield from _dynamic_problems(worker, way, under(path, name))
        for key in ("users", "principals"):
            if hasattr(way, key):
                yield from _static_problems(worker, getattr(way, key), name, under(under(path, name), key))
    yield from _shared_problems(auth, path)
    if auth.ticket is not None and not (_is_private(transport.endpoint) or comes_by_tls(transport)):
        text = "a ticket is the secret itself, and everybody on the network could read it: give the endpoint 'tls'"
        yield Problem(under(path, "ticket"), text)
    if auth.tls is not None and not _asks_for_certificates(transport.endpoint):
        text = "no client is asked for a certificate: give the endpoint's 'tls' the 'ca_certificates' of who signs them"
        yield Problem(under(path, "tls"), text)


def _dynamic_problems(worker: RouterWorker, way: Dynamic, path: str) -> Iterator[Problem]:
    if not UriRules().is_valid(way.authenticator) or is_reserved(way.authenticator):
        text = f"{shown(way.authenticator)} is no procedure that somebody could register"
        yield Problem(under(path, "authenticator"), text)
    known = {realm.name for realm in worker.realms}
    if way.authenticator_realm is not None and way.authenticator_realm not in known:
        hint = nearest(way.authenticator_realm, known)
        text = f"this router has no realm {shown(way.authenticator_realm)}; {hint}"
        yield Problem(under(path, "authenticator-realm"), text)


def _static_problems(worker: RouterWorker, users: dict[str, Any], way: str, path: str) -> Iterator[Problem]:
    if not users:
        yield Problem(path, f"has no users: give at least one, or leave {shown(way)} out")
    for authid, user in users.items():
        yield from role_problems(worker, user.role, under(under(path, authid), "role"))
        if isinstance(user, StaticUser):
            yield from _user_problems(user, under(path, authid))
        if isinstance(user, ScramUser):
            yield from _scram_problems(user, under(path, authid))
        if isinstance(user, CryptosignUser) and not user.authorized_keys:
            yield Problem(under(under(path, authid), "authorized_keys"), "has no keys: give at least one")


def _shared_problems(auth: Auth, path: str) -> Iterator[Problem]:
    """Yield a problem for each secret or key that two have, so that it does not say who comes in."""
    if isinstance(auth.ticket, StaticTicket):
        owners = [(user.ticket, authid) for authid, user in auth.ticket.principals.items()]
        yield from _twice(owners, "ticket", under(under(path, "ticket"), "principals"))
    if isinstance(auth.cryptosign, StaticCryptosign):
        users = auth.cryptosign.principals.items()
        owners = [(key.lower(), authid) for authid, user in users for key in user.authorized_keys]
        yield from _twice(owners, "key", under(under(path, "cryptosign"), "principals"))
    if isinstance(auth.tls, StaticTls):
        certificates = [(user.certificate_sha256, authid) for authid, user in auth.tls.principals.items()]
        owners = [(text.replace(":", "").lower(), authid) for text, authid in certificates if text is not None]
        yield from _twice(owners, "certificate", under(under(path, "tls"), "principals"))


def _twice(owners: Iterable[tuple[str, str]], what: str, path: str) -> Iterator[Problem]:
    # secret or key -> the first who has it
    first: dict[str, str] = {}
    for secret, authid in owners:
        other = first.setdefault(secret, authid)
        if other != authid:
            yield Problem(under(path, authid), f"has the same {what} as {shown(other)}: each needs one of its own")


def _scram_problems(user: ScramUser, path: str) -> Iterator[Problem]:
    problem = cost_problem(user.kdf, user.iterations, user.memory)
    if problem is not None:
        key, text = problem
        yield Problem(path if key == "memory" else under(path, key), text)


def _is_private(endpoint: ListeningTcp | ListeningUnix) -> bool:
    """Return whether nobody on the network can read what is sent."""
    return isinstance(endpoint, ListeningUnix) or endpoint.tls is not None or is_loopback(endpoint.interface)


def _asks_for_certificates(endpoint: ListeningTcp | ListeningUnix) -> bool:
    return isinstance(endpoint, ListeningTcp) and endpoint.tls is not None and bool(endpoint.tls.ca_certificates)


def _user_problems(user: StaticUser, path: str) -> Iterator[Problem]:
    if user.salt is None:
        return
    try:
        key = base64.b64decode(user.secret, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != user.keylen:
        yield Problem(
            under(path, "secret"),
            f"with a salt the secret is the derived key: base64 of {user.keylen} bytes (PBKDF2-SHA256)",
        )


def web_login_problems(worker: RouterWorker, auth: WebAuth, is_safe: bool, path: str) -> Iterator[Problem]:
    """Yield what is wrong with the logins by what a request carries; ``is_safe`` where it comes by TLS."""
    pages = [
        served
        for transport in worker.transports
        if isinstance(transport, WebTransport)
        for served in transport.paths.values()
        if isinstance(served, LoginPath)
    ]
    for way in auth.web_ways:
        if not is_safe:
            yield Problem(under(path, way), f"what is sent here can be read on the way: {GIVE_TLS}")
        if way in ("cookie", "query") and not pages:
            what = "cookie" if way == "cookie" else "ticket"
            yield Problem(under(path, way), f"nobody gives out a {what}: give a web transport a path of type 'login'")
