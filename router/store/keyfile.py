"""The hub's own key: a file beside the database, so that a copy of the database alone gives no device's secret away.

From it come, by HKDF (RFC 5869), a key that seals what WAMP-CRA needs in the clear, and keys for others such as the
decoys of unknown names.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..files import create_file, make_private_directory
from .errors import KeyFileMissing, StoreError

KEY_FILE = "hub.key"
DATABASE_FILE = "accounts.sqlite"

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"
_DECOY = "nobody"
_DECOY_BYTES = 44
"""As many as a secret in base64 has."""


class HubKey:
    """A key of 32 bytes, and what is derived from it."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(self.derive("seal"))
        self._decoy = self.seal(secrets.token_bytes(_DECOY_BYTES), _DECOY)

    @classmethod
    def open(cls, data_dir: Path) -> HubKey:
        """Read the key of a data directory; make it where there is neither a key nor a database.

        Raises :class:`KeyFileMissing` when a database is there that needs a key which is gone.
        """
        path = data_dir / KEY_FILE
        try:
            if not path.exists():
                _make(path, data_dir / DATABASE_FILE)
            key = b64decode(path.read_bytes(), validate=False)
        except OSError as error:
            raise StoreError(f"the key file {path} can't be read: {error.strerror}") from error
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise KeyFileMissing(f"the key file {path} is damaged: put it back from a backup")
        return cls(key)

    def derive(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for one purpose."""
        return HKDF(SHA256(), length=32, salt=None, info=f"wampi {purpose}".encode()).derive(self._key)

    def seal(self, secret: bytes, label: str) -> bytes:
        """Encrypt a secret (AES-256-GCM), bound to a label: it can't be moved to another account."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret, label.encode())

    def unseal(self, sealed: bytes, label: str) -> bytes:
        """Decrypt; raises :class:`KeyFileMissing` when it was sealed under another key, or for another account."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            return self._cipher.decrypt(nonce, body, label.encode())
        except (InvalidTag, ValueError):
            raise KeyFileMissing(
                f"the secret of {label!a} was sealed under another key than that in {KEY_FILE}: "
                "put that file back from the backup that the database is from"
            ) from None

    def unseal_decoy(self) -> None:
        """Do the work of :meth:`unseal` for a name that has no secret, so that it takes as long as one that has."""
        self.unseal(self._decoy, _DECOY)


def _make(path: Path, database: Path) -> None:
    # The key is made before the database: if there is one now, another process may have made both in the meantime.
    if database.exists():
        if path.exists():
            return
        raise KeyFileMissing(
            f"the key file {path} is gone, and the accounts can't be used without it: put it back from a backup, "
            f"or move {database.name} away and make the accounts again"
        )
    make_private_directory(path.parent)
    create_file(path, b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")
