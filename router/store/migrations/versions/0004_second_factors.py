"""Second factors: keys of TOTP, and recovery codes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; web sessions say what they have begun by."""
    op.create_table(
        "totp_keys",
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("sealed_key", sa.LargeBinary),
        sa.Column("pending_key", sa.LargeBinary),
        sa.Column("last_step", sa.Integer, nullable=False),
        sa.Column("is_needed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_totp_keys"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_totp_keys_account", ondelete="CASCADE"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sa.UniqueConstraint("hash", name="uq_recovery_codes_hash"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_recovery_codes_account", ondelete="CASCADE"),
    )
    op.add_column("web_sessions", sa.Column("begun_by", sa.String, nullable=False, server_default="password"))
    op.create_index("ix_recovery_codes_account", "recovery_codes", ["account"])
