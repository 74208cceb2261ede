"""What the pages about one's own account look like."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from .login_page import alert, whole_page

if TYPE_CHECKING:
    from ..store.passkeys import Passkey

_PAGES = files(__package__) / "pages"
_ACCOUNT, _BEGUN, _RECOVERY, _PASSKEYS, _PASSKEY, _NEW_PASSKEY = (
    Template((_PAGES / f"{name}.html").read_text("utf-8").rstrip())
    for name in ("account", "begun", "recovery", "passkeys", "passkey", "new_passkey")
)


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
    login: str | None
    has_name: bool


def account_page(shown: Shown, message: str = "") -> str:
    """Return the page about an account."""
    state = "A password and a code are needed." if shown.has_second_factor else "A password is enough."
    action, label = ("remove", "Turn off") if shown.has_second_factor else ("begin", "Set up an authenticator app")
    if shown.login is not None:
        change = f'<a class="button quiet" href="{escape(shown.login)}">Log in again to change this</a>'
    else:
        change = f'<button type="submit" class="quiet" name="action" value="{action}">{label}</button>'
    values = {"base": shown.base, "token": shown.token, "authid": shown.authid, "state": state}
    texts = {name: escape(value) for name, value in values.items()}
    passkeys = "" if shown.passkeys is None else _passkeys(shown, shown.passkeys)
    content = _ACCOUNT.substitute(texts, change=change, passkeys=passkeys, message=alert(message))
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
        add = f'<a class="button quiet" href="{escape(shown.login)}">Log in again to change this</a>'
    else:
        add = _NEW_PASSKEY.substitute(form)
    return _PASSKEYS.substitute(items=f'<ul class="passkeys">{items}</ul>' if items else "", add=add)


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
