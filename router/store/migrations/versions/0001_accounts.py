"""Accounts, and the verifiers of their secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("authid", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("prefix", sa.String),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("secret_changed_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("authid", name="uq_accounts_authid"),
        sa.CheckConstraint("kind IN ('person', 'device')", name="ck_accounts_kind"),
    )
    op.create_table(
        "password_hashes",
        *_account("password_hashes"),
        sa.Column("hash", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_password_hashes"),
    )
    op.create_table(
        "scram_keys",
        *_account("scram_keys"),
        sa.Column("dialect", sa.String, nullable=False),
        sa.Column("kdf", sa.String, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("iterations", sa.Integer, nullable=False),
        sa.Column("memory_kib", sa.Integer),
        sa.Column("stored_key", sa.LargeBinary, nullable=False),
        sa.Column("server_key", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account", "dialect", "kdf", name="pk_scram_keys"),
    )
    op.create_table(
        "cra_keys",
        *_account("cra_keys"),
        sa.Column("salt", sa.String),
        sa.Column("iterations", sa.Integer),
        sa.Column("keylen", sa.Integer),
        sa.Column("sealed_key", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_cra_keys"),
    )


def _account(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    name = f"fk_{table}_account"
    return (
        sa.Column("account", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=name, ondelete="CASCADE"),
    )
