"""Providers of OpenID Connect: an issuer that can be asked, and files that are there."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ..places import resolve
from ..problems import Problem, under
from ..transports import OidcProvider


def provider_problems(provider: OidcProvider, data_dir: Path, path: str) -> Iterator[Problem]:
    """Yield what is wrong with one provider."""
    if not _is_issuer(provider.issuer):
        yield Problem(under(path, "issuer"), "must be an address that begins with https://, without '?' and '#'")
    if "openid" not in provider.scopes:
        yield Problem(under(path, "scopes"), "must have 'openid' among them: without it nobody says who logs in")
    for key in ("client_secret_file", "authority"):
        name = getattr(provider, key)
        if name is not None and not resolve(data_dir, name).is_file():
            yield Problem(under(path, key), f"there is no file {resolve(data_dir, name)}")


def _is_issuer(text: str) -> bool:
    """Return whether a text can be an issuer (OpenID Connect Core 1.0, section 1.2)."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and " " not in text and "?" not in text and "#" not in text
    return is_plain and parts.scheme == "https" and bool(parts.hostname) and parts.username is None
