"""Past events, by the rules that keep them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "rules",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("realm", sa.String, nullable=False),
        sa.Column("uri", sa.String, nullable=False),
        sa.Column("match", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        sa.UniqueConstraint("realm", "uri", "match", name="uq_rules_realm"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("rule", sa.Integer, nullable=False),
        sa.Column("publication", sa.Integer, nullable=False),
        sa.Column("published_at", sa.Float, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("details", sa.LargeBinary, nullable=False),
        sa.Column("receivers", sa.LargeBinary),
        sa.Column("serializer", sa.String),
        sa.Column("args", sa.LargeBinary),
        sa.Column("kwargs", sa.LargeBinary),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("checksum", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(["rule"], ["rules.id"], name="fk_events_rule", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_rule_id", "events", ["rule", "id"])
    op.create_index("ix_events_rule_publication", "events", ["rule", "publication"])
