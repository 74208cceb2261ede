"""Logins of a listener: there is a way in, and each leads to a role that exists."""

import base64
import binascii
from collections.abc import Iterator

from ..auth import Auth, StaticUser, StaticWampCra, WebAuth
from ..problems import Problem, nearest, shown, under
from ..transports import LoginPath, WebTransport
from ..workers import RouterWorker


def role_problems(worker: RouterWorker, role: str, path: str) -> Iterator[Problem]:
    """Yield a problem when no realm of the router has the role."""
    known = {one.name for realm in worker.realms for one in realm.roles}
    if role not in known:
        yield Problem(path, f"no realm of this router has a role {shown(role)}; {nearest(role, known)}")


def login_problems(worker: RouterWorker, auth: Auth, path: str) -> Iterator[Problem]:
    """Yield what is wrong with the ``auth`` of one listener."""
    if auth.anonymous is None and auth.wampcra is None and not auth.web_ways:
        yield Problem(path, "nobody can log in here: give 'wampcra', or 'anonymous' with a role of its own")
    if auth.anonymous is not None:
        yield from role_problems(worker, auth.anonymous.role, under(under(path, "anonymous"), "role"))
    if isinstance(auth.wampcra, StaticWampCra):
        users = under(under(path, "wampcra"), "users")
        if not auth.wampcra.users:
            yield Problem(users, "has no users: give at least one, or leave 'wampcra' out")
        for authid, user in auth.wampcra.users.items():
            yield from role_problems(worker, user.role, under(under(users, authid), "role"))
            yield from _user_problems(user, under(users, authid))


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
            yield Problem(under(path, way), "what is sent here can be read on the way: give the endpoint 'tls'")
        if way in ("cookie", "query") and not pages:
            what = "cookie" if way == "cookie" else "ticket"
            yield Problem(under(path, way), f"nobody gives out a {what}: give a web transport a path of type 'login'")
