"""What the pages about one's own account look like."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import parse_qs, urlsplit

from .login_page import alert, whole_page

_PAGES = files(__package__) / "pages"
_ACCOUNT, _BEGUN, _RECOVERY = (
    Template((_PAGES / f"{name}.html").read_text("utf-8").rstrip()) for name in ("account", "begun", "recovery")
)


def account_page(
    base: str, token: str, authid: str, has_second_factor: bool, login: str | None, message: str = ""
) -> str:
    """Return the page about an account; ``login`` is where to log in first, None for who has done that just now."""
    state = "A password and a code are needed." if has_second_factor else "A password is enough."
    action, label = ("remove", "Turn off") if has_second_factor else ("begin", "Set up an authenticator app")
    if login is not None:
        change = f'<a class="button quiet" href="{escape(login)}">Log in again to change this</a>'
    else:
        change = f'<button type="submit" class="quiet" name="action" value="{action}">{label}</button>'
    values = {"base": base, "token": token, "authid": authid, "state": state}
    shown = {name: escape(value) for name, value in values.items()}
    return whole_page(base, "Your account", _ACCOUNT.substitute(shown, change=change, message=alert(message)))


def begun_page(base: str, token: str, uri: str, message: str) -> str:
    """Return the page that shows the key of an authenticator app, and asks for its first code."""
    key = parse_qs(urlsplit(uri).query).get("secret", [""])[0]
    spaced = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
    values = {"base": base, "token": token, "uri": uri if uri.startswith("otpauth://totp/") else "", "key": spaced}
    shown = {name: escape(value) for name, value in values.items()}
    return whole_page(base, "Second factor", _BEGUN.substitute(shown, message=alert(message)))


def recovery_page(base: str, codes: list[str]) -> str:
    """Return the page that shows the recovery codes, this once."""
    items = "".join(f"<li><code>{escape(code)}</code></li>" for code in codes)
    return whole_page(base, "Recovery codes", _RECOVERY.substitute(base=escape(base), codes=items))
