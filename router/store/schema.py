"""The tables of the accounts. ``migrations/`` brings a database to this state; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

REVISION = "0007"
"""The newest migration: a database that says so needs no Alembic."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""How constraints are called, so that a migration can name them."""

metadata = MetaData(naming_convention=NAMING)


def _account() -> Column[int]:
    return Column("account", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)


def _owner() -> Column[int]:
    return Column("account", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True)


accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("authid", String, nullable=False, unique=True),
    Column("kind", String, CheckConstraint("kind IN ('person', 'device')", name="kind"), nullable=False),
    Column("role", String, nullable=False),
    Column("prefix", String),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("secret_changed_at", Float, nullable=False),
)
"""One row a person or device; ``prefix`` is set for a device with a role of its own. Times: seconds since 1970, UTC."""

password_hashes = Table("password_hashes", metadata, _account(), Column("hash", String, nullable=False))
"""Argon2id, in the encoded form that names its parameters."""

scram_keys = Table(
    "scram_keys",
    metadata,
    _account(),
    Column("dialect", String, primary_key=True),
    Column("kdf", String, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("iterations", Integer, nullable=False),
    Column("memory_kib", Integer),
    Column("stored_key", LargeBinary, nullable=False),
    Column("server_key", LargeBinary, nullable=False),
)

cra_keys = Table(
    "cra_keys",
    metadata,
    _account(),
    Column("salt", String),
    Column("iterations", Integer),
    Column("keylen", Integer),
    Column("sealed_key", LargeBinary, nullable=False),
)
"""The key is sealed under the hub's key file; without a salt it is the text of a device's random key."""

digest_keys = Table("digest_keys", metadata, _account(), Column("sealed_key", LargeBinary, nullable=False))
"""H(A1) of HTTP Digest, as good as the password to that method: sealed under the hub's key file."""

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),
    Column("idle_seconds", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("begun_by", String, nullable=False, server_default="password"),
    sqlite_autoincrement=True,
)
"""One row a cookie, of which the SHA-256 is kept. No id is used twice: live sessions go by it. Seconds since 1970.

``begun_by`` is what proved who it is: ``password``, or a kind and a number."""

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(),
    Column("name", String, nullable=False),
    Column("scope", String),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("used_at", Float),
    sqlite_autoincrement=True,
)
"""One row a token, of which the SHA-256 is kept. No id is used twice: live sessions go by it."""

public_keys = Table(
    "public_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(),
    Column("kind", String, CheckConstraint("kind IN ('cryptosign', 'certificate')", name="kind"), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("name", String, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("kind", "key"),
    sqlite_autoincrement=True,
)
"""What somebody has the private half of: an Ed25519 key (32 bytes), or the SHA-256 of a client certificate."""

standings = Table(
    "standings",
    metadata,
    _account(),
    Column("failures", JSON, nullable=False),
    Column("known", JSON, nullable=False),
)
"""What the throttle remembers of an account: source -> failures in a row, and the sources it has logged in from."""

totp_keys = Table(
    "totp_keys",
    metadata,
    _account(),
    Column("sealed_key", LargeBinary),
    Column("pending_key", LargeBinary),
    Column("last_step", Integer, nullable=False),
    Column("is_needed", Boolean, nullable=False),
)
"""The key of an authenticator app, sealed; ``pending_key`` is one that no code has confirmed. ``last_step`` is that of
the last code that was used; ``is_needed``: the password is too short to be enough alone."""

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(),
    Column("hash", LargeBinary, nullable=False, unique=True),
)
"""One row for each that has not been used: SHA-256 of 79 random bits."""

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("relying_party", String, nullable=False),
    Column("handle", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("used_at", Float),
    sqlite_autoincrement=True,
)
"""One row a passkey; ``relying_party`` is the host name that it is for, ``handle`` stands for the account."""

identities = Table(
    "identities",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issuer", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("account", Integer, ForeignKey("accounts.id", ondelete="SET NULL"), index=True),
    Column("hint", String, nullable=False),
    Column("seen_at", Float, nullable=False),
    UniqueConstraint("issuer", "subject"),
    sqlite_autoincrement=True,
)
"""Who has come from a provider of OpenID Connect; ``account`` is empty until the owner links one."""


grants = Table(
    "grants",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("prefix", String, nullable=False),
    Column("verb", String, CheckConstraint("verb IN ('view', 'operate')", name="verb"), nullable=False),
    Column("starts_at", Float, nullable=False),
    Column("ends_at", Float),
    Column("granted_by", String, nullable=False),
    Column("is_over", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
"""What a person may do with the devices under a URI prefix, and when. What is over once stays over."""

known_time = Table(
    "known_time",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single"), primary_key=True),
    Column("latest_at", Float, nullable=False),
)
"""One row: the latest time of day that this hub has known. A clock that shows less is wrong."""

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("who", String),
    Column("origin", String),
    Column("way", String),
    Column("what", String, nullable=False),
    Column("details", String, nullable=False),
    Index("ix_audit_kind", "kind", "id"),
    sqlite_autoincrement=True,
)
"""Who did what, from where, and in which way; ``details`` is JSON. Ids are never given twice."""
