"""What the login page looks like, and the answers that carry it."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template

from .endpoint import NOT_STORED, Answer

_PAGES = files(__package__) / "pages"
_PAGE, _FORM, _LOGGED_IN = (
    Template((_PAGES / name).read_text("utf-8").rstrip()) for name in ("login.html", "form.html", "logged_in.html")
)
STYLE, ICON = ((_PAGES / name).read_bytes() for name in ("login.css", "icon.svg"))

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
_PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": _POLICY,
    # Not no-referrer as elsewhere: with that, browsers send "Origin: null" along with the form.
    "Referrer-Policy": "same-origin",
}


def page_answer(code: int, page: str) -> Answer:
    """Return a page."""
    return Answer(code, page.encode(), _PAGE_HEADERS | NOT_STORED)


def login_page(base: str, token: str, target: str, username: str, message: str) -> str:
    """Return the page with the form; ``message`` says why the last try failed."""
    shown = f'<p class="message" role="alert">{escape(message)}</p>' if message else ""
    values = {"base": base, "token": token, "next": target, "username": username}
    focus = {"first": "", "second": " autofocus"} if username else {"first": " autofocus", "second": ""}
    form = _FORM.substitute({name: escape(value) for name, value in values.items()}, message=shown, **focus)
    return _PAGE.substitute(base=escape(base), content=form)


def logged_in_page(base: str, token: str, target: str, authid: str) -> str:
    """Return the page for who is logged in already."""
    values = {"base": base, "token": token, "next": target, "authid": authid}
    form = _LOGGED_IN.substitute({name: escape(value) for name, value in values.items()})
    return _PAGE.substitute(base=escape(base), content=form)
