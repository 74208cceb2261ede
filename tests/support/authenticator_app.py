"""An authenticator app: codes by RFC 6238, in code of the tests' own."""

import base64
import hmac
import struct
from urllib.parse import parse_qs, urlsplit


class AuthenticatorApp:
    """An app that has been given the key in an ``otpauth`` URI."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.label = parts.path.removeprefix("/")
        self._key = base64.b32decode(self.query["secret"])

    def code(self, now: float) -> str:
        """The code of the half minute that a time (seconds since 1970) lies in."""
        digest = hmac.digest(self._key, struct.pack(">Q", int(now // 30)), "sha1")
        at = digest[-1] & 15
        (number,) = struct.unpack(">I", digest[at : at + 4])
        return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
