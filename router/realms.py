"""From the realms of a configuration to those of the core, at the start and when the roles are read again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from .config.checks.realms import DEVICE_ROLE, INTERNAL_ROLE
from .core.authorization import Action, Disclosure, Permission, Role
from .core.limits import Limits
from .core.realm import RealmOptions
from .core.shelves import HistoryRule, MemoryShelf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .config import Node, realms
    from .core.router import Router
    from .core.shelves import Shelf

_ACTIONS: tuple[Action, ...] = ("call", "register", "publish", "subscribe")
_DISCLOSURES = {None: Disclosure.ON_REQUEST, True: Disclosure.ALWAYS, False: Disclosure.NEVER}
_DEVICES_OWN = Limits(
    message_bytes=1024 * 1024,
    messages_per_second=500.0,
    burst=1000,
    outbox_bytes=4 * 1024 * 1024,
    registrations=512,
    testaments=32,
    definitions=512,
)
"""The limits of a device that has a role of its own."""


def reload_roles(routers: Sequence[Router], load: Callable[[], tuple[Node, Path]]) -> None:
    """Read the configuration again, and let the roles that stand there now hold; raises :class:`.ConfigurationError`.

    Nothing else of it is taken over, and nothing at all of a configuration that has a fault.
    """
    node, _ = load()
    for worker, router in zip(node.routers, routers, strict=False):
        for configured in worker.realms:
            realm = router.realms.get(configured.name)
            if realm is None:
                continue
            realm.set_roles(map(role_of, configured.roles))
            names = {role.name for role in configured.roles}
            for role in realm.roles:
                if role.name not in names and not role.name.startswith((DEVICE_ROLE, INTERNAL_ROLE)):
                    realm.remove_role(role.name)


def keeps_events_on_disk(realm: realms.Realm) -> bool:
    """Return whether a realm's past events are to survive the node."""
    return realm.store is not None and realm.store.type == "sqlite" and bool(realm.store.event_history)


def options_of(realm: realms.Realm, stored: Callable[[str, HistoryRule], Shelf] | None = None) -> RealmOptions:
    """Return the core's form of a realm's options; ``stored`` makes shelves that survive the node."""
    kept = realm.store.event_history if realm.store is not None else ()
    return RealmOptions(
        strict_uris=realm.options.uri_check == "strict",
        latest=tuple((topic.uri, topic.match) for topic in realm.latest),
        audit=tuple((procedure.uri, procedure.match) for procedure in realm.audit),
        history=tuple(HistoryRule(rule.uri, rule.match, rule.limit) for rule in kept),
        shelf=partial(stored, realm.name) if stored is not None and keeps_events_on_disk(realm) else MemoryShelf,
    )


def role_of(role: realms.Role) -> Role:
    """Return the core's form of a role."""
    permissions = tuple(map(_permission, role.permissions))
    limits = Limits(**msgspec.structs.asdict(role.limits))
    return Role(role.name, permissions, limits, role.trustlevel, role.owns, role.authorizer)


def device_role(name: str, prefix: str) -> Role:
    """Return the role of a device that has a URI prefix of its own: everything there, and what its state needs."""
    own = Permission(prefix, "prefix", frozenset(_ACTIONS), Disclosure.ALWAYS, Disclosure.ALWAYS)
    calls = (
        "wamp.session.add_testament",
        "wamp.session.flush_testaments",
        "wamp.subscription.match",
        "wamp.reflect.define",
    )
    topics = ("wamp.subscription.on_create", "wamp.subscription.on_delete")
    return Role(
        name,
        (
            own,
            *(Permission(uri, allow=frozenset({"call"})) for uri in calls),
            *(Permission(uri, allow=frozenset({"subscribe"})) for uri in topics),
        ),
        _DEVICES_OWN,
        owns=prefix,
    )


def _permission(permission: realms.Permission) -> Permission:
    return Permission(
        permission.uri,
        permission.match,
        frozenset(action for action in _ACTIONS if getattr(permission.allow, action)),
        _DISCLOSURES[permission.disclose.caller],
        _DISCLOSURES[permission.disclose.publisher],
    )
