"""``wampi grant``, ``role``, ``session`` and ``audit``: who may do what, who is there, and what has happened."""

import argparse
import json
import math
from datetime import datetime
from typing import Any

from .accounts import person
from .arguments import add_command, add_group, count, number, refusing
from .console import ask
from .tables import local_time, print_table

_KINDS = ("login", "refused", "session", "change", "device")


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    _add_grant_commands(add_group(commands, "grant", "what a person may do with one device, for a span of time"))
    _add_role_commands(add_group(commands, "role", "the roles of the configuration"))
    _add_session_commands(add_group(commands, "session", "who is there, on a hub that runs"))
    audit = add_command(commands, "audit", show_audit, "show what has happened: logins, refusals, changes")
    audit.add_argument("--kind", choices=_KINDS, help="entries of one kind only")
    audit.add_argument("--who", metavar="NAME", help="what somebody did, or failed to do")
    audit.add_argument("--count", type=count, default=50, metavar="N", help="how many entries (default: 50, most 1000)")


def _add_grant_commands(commands: Any) -> None:
    add = add_command(commands, "add", add_grant, "let a person view or operate a device")
    add.add_argument("name", type=person, metavar="NAME")
    add.add_argument("prefix", type=_prefix, metavar="URI", help="the device, such as wampi.sprinkler.garden")
    add.add_argument("--only-view", action="store_true", help="see it, and change nothing (default: operate it, too)")
    add.add_argument(
        "--from", dest="starts", type=moment, metavar="TIME", help="such as 2027-05-01T08:00 (default: now)"
    )
    add.add_argument("--until", dest="ends", type=end_of, metavar="TIME", help="a day, or a time (default: for good)")
    add_command(commands, "list", list_grants, "show the grants that are not over")
    revoke = add_command(commands, "revoke", revoke_grant, "take a grant back; it holds no more at once")
    revoke.add_argument("grant", type=number, metavar="NUMBER", help="as wampi grant list shows it")


def _add_role_commands(commands: Any) -> None:
    add_command(commands, "list", list_roles, "show the roles of a hub that runs, with their rules")
    add_command(commands, "reload", reload_roles, "let the roles hold that stand in the configuration now")
    add_command(commands, "review", review_roles, "ask authorizers again about all that they have allowed")


def _add_session_commands(commands: Any) -> None:
    add_command(commands, "list", list_sessions, "show all sessions")
    kick = add_command(commands, "kick", kick_session, "end a session, or all sessions of somebody")
    whom = kick.add_mutually_exclusive_group(required=True)
    whom.add_argument("--session", type=number, metavar="ID")
    whom.add_argument("--user", metavar="NAME")


def moment(text: str) -> float:
    """A point in time: by the clock on the wall, unless it says what it is by."""
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(f"{text[:60]!a} is no time, such as 2027-05-01 or 2027-05-01T08:00") from None


def end_of(text: str) -> float:
    """A point in time; for a day, its end."""
    at = moment(text)
    is_day = len(text) <= len("2027-05-01") and "T" not in text
    return moment(f"{text}T23:59:59") + 1 if is_day and math.isfinite(at) else at


def _prefix(text: str) -> str:
    from ..store.names import granted_prefix  # noqa: PLC0415 - when it is needed

    return refusing(granted_prefix, text)


# ---- grants ------------------------------------------------------------------------------------------------------


def add_grant(options: argparse.Namespace) -> int:
    """Grant a person a device."""
    verb = "view" if options.only_view else "operate"
    arguments = {"name": options.name, "prefix": options.prefix, "verb": verb}
    grant = ask(options.data, "grant.add", {**arguments, "starts_at": options.starts, "ends_at": options.ends})
    until = local_time(grant["ends_at"], "it is revoked")
    print(f"{options.name} may {verb} {grant['prefix']}* until {until} (grant {grant['id']}).")
    return 0


def list_grants(options: argparse.Namespace) -> int:
    """Show the grants."""
    print_table(
        ("number", "name", "may", "device", "from", "until", "by"),
        [
            (
                str(grant["id"]),
                grant["authid"],
                grant["verb"],
                grant["prefix"],
                local_time(grant["starts_at"]),
                local_time(grant["ends_at"], "no end"),
                grant["granted_by"],
            )
            for grant in ask(options.data, "grant.list", {})
        ],
    )
    return 0


def revoke_grant(options: argparse.Namespace) -> int:
    """Take a grant back."""
    grant = ask(options.data, "grant.revoke", {"grant": options.grant})
    print(f"{grant['authid']} may no longer {grant['verb']} {grant['prefix']}* by this grant.")
    return 0


# ---- roles and sessions ------------------------------------------------------------------------------------------


def list_roles(options: argparse.Namespace) -> int:
    """Show the roles."""
    rows = [
        (
            role["realm"],
            role["name"],
            rule["uri"] or "(everything)",
            rule["match"],
            ", ".join(rule["allow"]) or "nothing",
        )
        for role in ask(options.data, "role.list", {})
        for rule in role["permissions"]
    ]
    print_table(("realm", "role", "uri", "match", "may"), rows)
    return 0


def reload_roles(options: argparse.Namespace) -> int:
    """Read the roles again."""
    ask(options.data, "role.reload", {})
    print("The roles hold as they stand in the configuration now.")
    return 0


def review_roles(options: argparse.Namespace) -> int:
    """Ask the authorizers again."""
    taken = ask(options.data, "role.review", {})
    print(f"The authorizers have been asked again; {taken} right{'' if taken == 1 else 's'} taken back.")
    return 0


def list_sessions(options: argparse.Namespace) -> int:
    """Show the sessions."""
    rows = [
        (
            str(session["session"]),
            session["realm"],
            session["authid"],
            session["authrole"],
            session["authmethod"],
            session["transport"]["peer"],
        )
        for session in ask(options.data, "session.list", {})
    ]
    print_table(("session", "realm", "name", "role", "by", "from"), rows)
    return 0


def kick_session(options: argparse.Namespace) -> int:
    """End sessions."""
    if options.session is not None:
        ask(options.data, "session.kick", {"session": options.session})
        print("The session is ended.")
        return 0
    ended = ask(options.data, "session.kick_user", {"name": options.user})
    print(f"{ended} session{'' if ended == 1 else 's'} ended.")
    return 0


# ---- the audit trail ---------------------------------------------------------------------------------------------


def show_audit(options: argparse.Namespace) -> int:
    """Show the newest entries, the newest last."""
    arguments = {"kind": options.kind, "who": options.who, "limit": min(options.count, 1000)}
    rows = [
        (
            local_time(entry["at"]),
            entry["kind"],
            entry["who"] or "",
            entry["origin"] or "",
            entry["way"] or "",
            entry["what"],
            _shown(entry["details"]),
        )
        for entry in reversed(ask(options.data, "audit.list", arguments))
    ]
    print_table(("when", "kind", "who", "from", "by", "what", "of what"), rows)
    return 0


def _shown(details: dict[str, Any]) -> str:
    return " ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in details.items())
