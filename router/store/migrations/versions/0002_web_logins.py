"""Web sessions, and the verifiers of HTTP Digest."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Accounts that are there already get a verifier for Digest with their next password."""
    op.create_table(
        "digest_keys",
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("sealed_key", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_digest_keys"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_digest_keys_account", ondelete="CASCADE"),
    )
    op.create_table(
        "web_sessions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float, nullable=False),
        sa.Column("idle_seconds", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_web_sessions"),
        sa.UniqueConstraint("hash", name="uq_web_sessions_hash"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_web_sessions_account", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_web_sessions_account", "web_sessions", ["account"])
