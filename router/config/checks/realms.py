"""Realms: their names, roles, rules and patterns."""

from collections.abc import Iterator

from ...core.uris import UriRules, is_reserved
from ..problems import Problem, shown, under
from ..realms import Match, Permission, Realm, Role
from .names import doubles

DEVICE_ROLE = "device:"
"""Begins the names of the roles that ``wampi device add --prefix`` makes."""

INTERNAL_ROLE = "router:"
"""Begins the names of the roles of the router's own sessions."""


def realm_problems(realm: Realm, path: str) -> Iterator[Problem]:
    """Yield what is wrong with one realm."""
    rules = UriRules(realm.options.uri_check == "strict")
    if not UriRules().is_valid(realm.name):
        yield Problem(under(path, "name"), f"{shown(realm.name)} is not a valid URI, which a realm's name must be")
    if not realm.roles:
        yield Problem(path, "a realm without roles lets nobody in: give at least one in 'roles'")
    roles = under(path, "roles")
    yield from doubles(roles, [role.name for role in realm.roles], "role", "name")
    for index, role in enumerate(realm.roles):
        yield from _role_problems(role, rules, under(roles, index))
    yield from _owner_problems(realm, rules, roles)
    for index, topic in enumerate(realm.latest):
        yield from _pattern_problems(topic.uri, topic.match, rules, under(under(path, "latest"), index))
    for index, procedure in enumerate(realm.audit):
        yield from _pattern_problems(procedure.uri, procedure.match, rules, under(under(path, "audit"), index))
    kept = realm.store.event_history if realm.store is not None else ()
    first: dict[tuple[str, Match], int] = {}
    for index, rule in enumerate(kept):
        here = under(under(under(path, "store"), "event-history"), index)
        yield from _pattern_problems(rule.uri, rule.match, rules, here)
        if first.setdefault((rule.uri, rule.match), index) != index:
            yield Problem(under(here, "uri"), f"{shown(rule.uri)} ({rule.match}) is there already: leave one out")


def _role_problems(role: Role, rules: UriRules, path: str) -> Iterator[Problem]:
    if role.name.startswith((DEVICE_ROLE, INTERNAL_ROLE)) or not role.name.isprintable():
        yield Problem(
            under(path, "name"),
            f"{shown(role.name)} cannot be the name of a role: {DEVICE_ROLE} is for devices that have a prefix, "
            f"{INTERNAL_ROLE} for the router itself",
        )
    if role.authorizer is not None and (not rules.is_valid(role.authorizer) or is_reserved(role.authorizer)):
        here = under(path, "authorizer")
        yield Problem(here, f"{shown(role.authorizer)} is no procedure that somebody could register")
    first: dict[tuple[str, Match], int] = {}
    permissions = under(path, "permissions")
    for index, permission in enumerate(role.permissions):
        here = under(permissions, index)
        yield from _pattern_problems(permission.uri, permission.match, rules, here)
        yield from _reserved_problems(permission, here)
        other = first.setdefault((permission.uri, permission.match), index)
        if other != index:
            yield Problem(
                under(here, "uri"),
                f"{under(permissions, other)} is about {shown(permission.uri)} ({permission.match}) already; "
                "join the two",
            )


def _owner_problems(realm: Realm, rules: UriRules, roles: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, role in enumerate(realm.roles):
        if role.owns is None:
            continue
        here = under(under(roles, index), "owns")
        if not role.owns.endswith(".") or not rules.is_valid(role.owns, "prefix") or is_reserved(role.owns):
            yield Problem(here, f"{shown(role.owns)} is no prefix that a device can own: write it like wampi.doorbell.")
        elif first.setdefault(role.owns, index) != index:
            yield Problem(here, f"{under(roles, first[role.owns])} owns {shown(role.owns)} already")


def _pattern_problems(uri: str, match: Match, rules: UriRules, path: str) -> Iterator[Problem]:
    if uri.endswith("*"):
        hint = f"write {shown(uri.rstrip('*'))} with 'match': 'prefix'"
        yield Problem(under(path, "uri"), f"{shown(uri)} ends with a star, which stands for itself here; {hint}")
    elif not rules.is_valid(uri, match):
        kind = "URI" if match == "exact" else f"{match} pattern"
        yield Problem(under(path, "uri"), f"{shown(uri)} is not a valid {kind}{_why(uri, match)}")


def _why(uri: str, match: Match) -> str:
    if match == "exact" and not uri:
        return "; for every URI write 'match': 'prefix'"
    if match == "exact" and (".." in uri or uri.startswith(".") or uri.endswith(".")):
        return "; an empty component needs 'match': 'wildcard', a dot at the end 'match': 'prefix'"
    return ""


def _reserved_problems(permission: Permission, path: str) -> Iterator[Problem]:
    if not is_reserved(permission.uri):
        return
    for action in ("register", "publish"):
        if getattr(permission.allow, action):
            yield Problem(
                under(under(path, "allow"), action),
                f"wamp.* belongs to the router, nobody else may {action} there: leave it out",
            )
