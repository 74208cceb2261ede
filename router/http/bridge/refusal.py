"""A request to the bridge that ends there."""

from __future__ import annotations

from collections.abc import Mapping

from ...core import errors


class Refusal(Exception):
    """An HTTP status, and the error URI and sentence that the client sees; ``reason`` is for the log alone."""

    def __init__(
        self, code: int, message: str, uri: str = errors.INVALID_ARGUMENT, reason: str | None = None, **fields: str
    ) -> None:
        """``fields`` are header fields of the response, with ``_`` for ``-``."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.uri = uri
        self.reason = reason or message
        self.fields: Mapping[str, str] = {name.replace("_", "-"): value for name, value in fields.items()}


class WrongSignature(Refusal):
    """A request whose key or signature is not the right one: it may have been a guess. ``key`` is what it gave."""

    def __init__(self, reason: str, key: str | None = None) -> None:
        super().__init__(401, NOT_SIGNED, errors.NOT_AUTHORIZED, reason, WWW_Authenticate="Signature")
        self.key = key


NOT_SIGNED = "the request is not signed as it has to be"
"""What all see whose request is not: those who guess, those who come too late, and those who come too often."""
