"""Paths of the HTTP bridge: their session can join, their secrets are kept, and their requests can get through."""

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path

from ...core.authorization import Guard
from ...core.errors import RequestError
from ...core.uris import UriRules
from ...realms import role_of
from ..bridge import Bridge, SignedOptions, WebhookPath
from ..places import resolve
from ..problems import Problem, nearest, shown, under
from ..realms import Realm, Role
from ..transports import WebTransport
from ..workers import RouterWorker
from .proxies import comes_by_tls

_KEY = re.compile(r"[!-~]+")


def bridge_problems(
    worker: RouterWorker, transport: WebTransport, served: Bridge, data_dir: Path, path: str
) -> Iterator[Problem]:
    """Yield what is wrong with one path."""
    yield from _session_problems(worker, served, path)
    options, here = served.options, under(path, "options")
    if options.require_tls and not comes_by_tls(transport):
        yield Problem(under(here, "require_tls"), "this listener has no 'tls', so that nobody could get through")
    for index, network in enumerate(options.require_ip):
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            text = f"{shown(network)} is neither an address nor a network such as '192.0.2.0/24'"
            yield Problem(under(under(here, "require_ip"), index), text)
    if isinstance(options, SignedOptions):
        yield from _signing_problems(options, data_dir, here)
    else:
        yield from _secret_problems(options.github_secret, options.github_secret_file, "github_secret", data_dir, here)


def _session_problems(worker: RouterWorker, served: Bridge, path: str) -> Iterator[Problem]:
    realms = {realm.name: realm for realm in worker.realms}
    realm = realms.get(served.realm)
    if realm is None:
        text = f"this router has no realm {shown(served.realm)}; {nearest(served.realm, realms)}"
        yield Problem(under(path, "realm"), text)
        return
    roles = {role.name: role for role in realm.roles}
    role = roles.get(served.role)
    if role is None:
        text = f"the realm has no role {shown(served.role)}; {nearest(served.role, roles)}"
        yield Problem(under(path, "role"), text)
    elif isinstance(served, WebhookPath):
        yield from _topic_problems(realm, role, served.options.topic, under(under(path, "options"), "topic"))


def _topic_problems(realm: Realm, role: Role, topic: str, path: str) -> Iterator[Problem]:
    """Yield a problem when no webhook could ever be published."""
    try:
        Guard(role_of(role), UriRules(realm.options.uri_check == "strict")).may_publish(topic)
    except RequestError as error:
        yield Problem(path, error.message)


def _signing_problems(options: SignedOptions, data_dir: Path, path: str) -> Iterator[Problem]:
    has_secret = options.secret is not None or options.secret_file is not None
    if options.key is None and has_secret:
        yield Problem(path, "'key' is missing: it says which secret a request is signed with")
    if options.key is not None and not has_secret:
        yield Problem(path, "with a 'key', give 'secret_file' or 'secret' too: what requests are signed with")
    if options.key is not None and not _KEY.fullmatch(options.key):
        yield Problem(under(path, "key"), "a key is made of printable ASCII without spaces")
    yield from _secret_problems(options.secret, options.secret_file, "secret", data_dir, path)


def _secret_problems(secret: str | None, name: str | None, key: str, data_dir: Path, path: str) -> Iterator[Problem]:
    if name is None:
        return
    if secret is not None:
        yield Problem(path, f"give either '{key}' or '{key}_file'")
        return
    file, here = resolve(data_dir, name), under(path, f"{key}_file")
    try:
        content, mode = file.read_bytes(), file.stat().st_mode
    except FileNotFoundError:
        yield Problem(here, f"there is no file {file}")
        return
    except OSError as error:
        yield Problem(here, f"{file}: {error.strerror}")
        return
    if mode & 0o077:
        yield Problem(here, f"others may read {file}: run chmod 600 on it")
    if not content.strip():
        yield Problem(here, f"{file} is empty")
