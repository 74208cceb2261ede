"""Looking for secrets in files, in the forms in which they might be written."""

from __future__ import annotations

from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path


def forms(secret: bytes) -> set[bytes]:
    """A secret as it is, and in hexadecimal, base64 and base32."""
    hexadecimal = secret.hex().encode()
    encoded = {encode(secret).rstrip(b"=") for encode in (b64encode, urlsafe_b64encode, b32encode)}
    return {secret, hexadecimal, hexadecimal.upper(), *encoded}


def found(secrets: Iterable[bytes], files: Iterable[Path]) -> list[tuple[str, bytes]]:
    """Which secrets stand in which files, in any form."""
    wanted = list(secrets)
    contents = {path: path.read_bytes() for path in files}
    return [
        (path.name, secret)
        for path, content in contents.items()
        for secret in wanted
        if any(form in content for form in forms(secret))
    ]
