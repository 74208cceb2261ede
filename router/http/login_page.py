"""What the login page looks like, and the answers that carry it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from .endpoint import NOT_STORED, Answer

_PAGES = files(__package__) / "pages"
_NAMES = ("login", "form", "code", "logged_in", "passkey_login", "provider", "coming", "stranger")
_PAGE, _FORM, _CODE, _LOGGED_IN, _PASSKEY, _PROVIDER, _COMING, _STRANGER = (
    Template((_PAGES / f"{name}.html").read_text("utf-8").rstrip()) for name in _NAMES
)
STYLE, ICON = ((_PAGES / name).read_bytes() for name in ("login.css", "icon.svg"))

SCRIPT = (_PAGES / "passkey.js").read_bytes()
"""Of pages with passkeys; all others have none."""

_LEAD = "Log in to your hub."
_LEAD_AGAIN = "Log in again to see to your account."

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
_PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    # Not no-referrer as elsewhere: with that, browsers send "Origin: null" along with the form.
    "Referrer-Policy": "same-origin",
}


def page_answer(code: int, page: str, has_script: bool = False) -> Answer:
    """Return a page; one with a script may run this hub's own, and have it ask this hub."""
    policy = f"{_POLICY}; script-src 'self'; connect-src 'self'" if has_script else _POLICY
    return Answer(code, page.encode(), _PAGE_HEADERS | NOT_STORED | {"Content-Security-Policy": policy})


@dataclass(frozen=True, slots=True)
class Kept:
    """What the form shows again of a try that failed."""

    username: str
    stay: bool


def login_page(
    base: str,
    token: str,
    target: str,
    kept: Kept,
    message: str,
    others: str = "",
    has_script: bool = False,
    *,
    again: bool = False,
) -> str:
    """Return the page with the form; ``message`` says why the last try failed, ``others`` (HTML) are other ways in.

    ``again``: somebody who is logged in may be asked to prove it.
    """
    first, second = ("", " autofocus") if kept.username else (" autofocus", "")
    values = {"base": base, "token": token, "next": target, "username": kept.username, "first": first, "second": second}
    values["stay"] = " checked" if kept.stay else ""
    values["lead"] = _LEAD_AGAIN if again else _LEAD
    return whole_page(base, "Log in", _filled(_FORM, message, **values) + others, has_script)


def passkey_part(base: str, target: str, *, at_once: bool) -> str:
    """Return what the login page has for passkeys; the script shows it where the browser has them.

    ``at_once``: it asks for one by itself, because somebody has just chosen that elsewhere.
    """
    return _PASSKEY.substitute(base=escape(base), next=escape(target), at_once=" data-at-once" if at_once else "")


def provider_part(base: str, target: str, name: str, title: str) -> str:
    """Return what the login page has for a provider of OpenID Connect."""
    address = f"{base}/oidc/{name}/login?next={quote(target, safe='')}"
    return _PROVIDER.substitute(address=escape(address), title=escape(title))


def coming_page(base: str, target: str, authid: str) -> str:
    """Return the page that sends on who has come back from a provider."""
    content = _COMING.substitute(authid=escape(authid), target=escape(target))
    return whole_page(base, "Welcome home", content, go_on=target)


def stranger_page(base: str, title: str, number: int) -> str:
    """Return the page for an identity that is linked to no account."""
    content = _STRANGER.substitute(base=escape(base), title=escape(title), number=number)
    return whole_page(base, "Not linked", content)


def code_page(base: str, token: str, target: str, step: str, back: str, message: str) -> str:
    """Return the page that asks for a code; ``step`` says who has proven the first factor."""
    return _page(_CODE, message, base=base, token=token, next=target, step=step, back=back)


def logged_in_page(base: str, token: str, target: str, authid: str) -> str:
    """Return the page for who is logged in already."""
    return _page(_LOGGED_IN, "", base=base, token=token, next=target, authid=authid)


def _page(template: Template, message: str, **values: str) -> str:
    return whole_page(values["base"], "Log in", _filled(template, message, **values))


def _filled(template: Template, message: str, **values: str) -> str:
    """Return the text of a template, with everything escaped that goes into it."""
    return template.substitute({name: escape(value) for name, value in values.items()}, message=alert(message))


def whole_page(base: str, title: str, content: str, has_script: bool = False, go_on: str | None = None) -> str:
    """Return a page around its content, which is HTML; ``go_on`` is the path that it sends browsers on to."""
    script = f'\n    <script src="{escape(base)}/passkey.js" defer></script>' if has_script else ""
    if go_on is not None:
        script += f'\n    <meta http-equiv="refresh" content="0;url={escape(go_on)}">'
    return _PAGE.substitute(base=escape(base), title=escape(title), content=content, script=script)


def alert(message: str) -> str:
    """Return what tells of something that went wrong, as HTML; nothing for no message."""
    return f'<p class="message" role="alert">{escape(message)}</p>' if message else ""
