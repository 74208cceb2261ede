"""What the pages about one's own account look like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from .login_page import alert, whole_page

if TYPE_CHECKING:
    from ..store.passkeys import Passkey

_PAGES = files(__package__) / "pages"
_NAMES = ("account", "begun", "recovery", "passkeys", "passkey", "new_passkey")
_ACCOUNT, _BEGUN, _RECOVERY, _PASSKEYS, _PASSKEY, _NEW_PASSKEY = (
    Template((_PAGES / f"{name}.html").read_text("utf-8").rstrip()) for name in _NAMES
)
_PASSWORD, _CHANGED, _LOGINS, _LOGIN, _OTHERS = (
    Template((_PAGES / f"{name}.html").read_text("utf-8").rstrip())
    for name in ("password", "password_changed", "logins", "login_entry", "other_logins")
)


@dataclass(frozen=True, slots=True)
class ShownLogin:
    """A login of an account, and the ``way`` that let it in; ``is_own``: it is this one. Times: seconds since 1970."""

    number: int
    way: str
    began_at: float
    used_at: float
    is_own: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page about an account shows. ``passkeys`` is None where there are none to be had; ``login`` is where to
    log in first, None for who has done that just now; ``has_name``: the address has a name of the hub.
    """

    base: str
    token: str
    authid: str
    has_second_factor: bool
    passkeys: list[Passkey] | None
    logins: list[ShownLogin]
    login: str | None
    has_name: bool


def account_page(shown: Shown, message: str = "") -> str:
    """Return the page about an account."""
    state = "A password and a code are needed." if shown.has_second_factor else "A password is enough."
    action, label = ("remove", "Turn off") if shown.has_second_factor else ("begin", "Set up an authenticator app")
    if shown.login is not None:
        change = password = _again(shown.login)
    else:
        change = f'<button type="submit" class="quiet" name="action" value="{action}">{label}</button>'
        password = f'<a class="button quiet" href="{escape(shown.base)}/password">Change the password</a>'
    values = {"base": shown.base, "token": shown.token, "authid": shown.authid, "state": state}
    texts = {name: escape(value) for name, value in values.items()}
    passkeys = "" if shown.passkeys is None else _passkeys(shown, shown.passkeys)
    parts = {"change": change, "password": password, "passkeys": passkeys, "logins": _logins(shown)}
    content = _ACCOUNT.substitute(texts, **parts, message=alert(message))
    return whole_page(shown.base, "Your account", content, has_script=shown.passkeys is not None)


def _passkeys(shown: Shown, passkeys: list[Passkey]) -> str:
    """Return the part about passkeys."""
    form = {"base": escape(shown.base), "token": escape(shown.token)}
    remove = '<button type="submit" class="quiet">Remove</button>' if shown.login is None else ""
    items = "".join(
        _PASSKEY.substitute(
            form, number=one.number, name=escape(one.name), place=escape(one.relying_party), remove=remove
        )
        for one in passkeys
    )
    if not shown.has_name:
        add = '<p class="hint">To add one, open this page by a name of the hub instead of an address in numbers.</p>'
    elif shown.login is not None:
        add = _again(shown.login)
    else:
        add = _NEW_PASSKEY.substitute(form)
    return _PASSKEYS.substitute(items=f'<ul class="entries">{items}</ul>' if items else "", add=add)


def _logins(shown: Shown) -> str:
    """Return the part about where one is logged in."""
    form = {"base": escape(shown.base), "token": escape(shown.token)}
    items = "".join(_login(form, one, shown.login) for one in shown.logins)
    if len(shown.logins) < 2:
        others = ""
    elif shown.login is not None:
        others = _again(shown.login)
    else:
        others = _OTHERS.substitute(form)
    return _LOGINS.substitute(items=items, others=others)


def _login(form: dict[str, str], one: ShownLogin, login: str | None) -> str:
    if one.is_own:
        end = "<small>this one</small>"
    else:
        end = '<button type="submit" class="quiet" name="action" value="end">End</button>' if login is None else ""
    values = {"way": escape(one.way), "began": _time(one.began_at), "used": _time(one.used_at)}
    return _LOGIN.substitute(form, number=one.number, end=end, **values)


def _time(seconds: float) -> str:
    """Return a point in time as the hub's clock shows it: without a script no page knows where its reader is."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def _again(login: str) -> str:
    return f'<a class="button quiet" href="{escape(login)}">Log in again to change this</a>'


def password_page(base: str, token: str, authid: str, least: int, message: str) -> str:
    """Return the page that asks for another password; ``least`` is how many characters it needs."""
    values = {"base": base, "token": token, "authid": authid, "least": str(least)}
    shown = {name: escape(value) for name, value in values.items()}
    return whole_page(base, "Password", _PASSWORD.substitute(shown, message=alert(message)))


def changed_page(base: str) -> str:
    """Return the page for who has another password now."""
    return whole_page(base, "Password", _CHANGED.substitute(base=escape(base)))


def begun_page(base: str, token: str, uri: str, code: str, message: str) -> str:
    """Return the page that shows the key of an authenticator app, and asks for its first code.

    ``code`` is the picture of it, as SVG.
    """
    key = parse_qs(urlsplit(uri).query).get("secret", [""])[0]
    spaced = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
    values = {"base": base, "token": token, "uri": uri, "key": spaced}
    shown = {name: escape(value) for name, value in values.items()}
    return whole_page(base, "Second factor", _BEGUN.substitute(shown, code=code, message=alert(message)))


def recovery_page(base: str, codes: list[str]) -> str:
    """Return the page that shows the recovery codes, this once."""
    items = "".join(f"<li><code>{escape(code)}</code></li>" for code in codes)
    return whole_page(base, "Recovery codes", _RECOVERY.substitute(base=escape(base), codes=items))
