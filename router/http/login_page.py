"""What the login page looks like, and the answers that carry it."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template

from .endpoint import NOT_STORED, Answer

_PAGES = files(__package__) / "pages"
_PAGE, _FORM, _CODE, _LOGGED_IN = (
    Template((_PAGES / f"{name}.html").read_text("utf-8").rstrip()) for name in ("login", "form", "code", "logged_in")
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
    first, second = ("", " autofocus") if username else (" autofocus", "")
    values = {"base": base, "token": token, "next": target, "username": username, "first": first, "second": second}
    return _page(_FORM, message, **values)


def code_page(base: str, token: str, target: str, step: str, message: str) -> str:
    """Return the page that asks for a code; ``step`` says who has proven the first factor."""
    return _page(_CODE, message, base=base, token=token, next=target, step=step)


def logged_in_page(base: str, token: str, target: str, authid: str) -> str:
    """Return the page for who is logged in already."""
    return _page(_LOGGED_IN, "", base=base, token=token, next=target, authid=authid)


def _page(template: Template, message: str, **values: str) -> str:
    """Return a page of the text in a template, with everything escaped that goes into it."""
    content = template.substitute({name: escape(value) for name, value in values.items()}, message=alert(message))
    return whole_page(values["base"], "Log in", content)


def whole_page(base: str, title: str, content: str) -> str:
    """Return a page around its content, which is HTML."""
    return _PAGE.substitute(base=escape(base), title=escape(title), content=content)


def alert(message: str) -> str:
    """Return what tells of something that went wrong, as HTML; nothing for no message."""
    return f'<p class="message" role="alert">{escape(message)}</p>' if message else ""
