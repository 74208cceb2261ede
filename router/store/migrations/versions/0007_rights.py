"""Grants of single devices to persons, the latest time that was known, and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("prefix", sa.String, nullable=False),
        sa.Column("verb", sa.String, nullable=False),
        sa.Column("starts_at", sa.Float, nullable=False),
        sa.Column("ends_at", sa.Float),
        sa.Column("granted_by", sa.String, nullable=False),
        sa.Column("is_over", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_grants_account", ondelete="CASCADE"),
        sa.CheckConstraint("verb IN ('view', 'operate')", name="ck_grants_verb"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "known_time",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("latest_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_known_time"),
        sa.CheckConstraint("id = 1", name="ck_known_time_single"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("who", sa.String),
        sa.Column("origin", sa.String),
        sa.Column("way", sa.String),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("details", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_kind", "audit", ["kind", "id"])
