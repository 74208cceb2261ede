"""The tables of the event history. ``migrations/history/`` brings a database to this state; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
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

from .database import Contents
from .schema import NAMING

HISTORY = Contents(
    "history",
    "history",
    "0001",
    # After a power cut the last events may be missing, and the file is whole: an SD card is spared a flush each second.
    ("PRAGMA synchronous = NORMAL", "PRAGMA journal_size_limit = 4194304"),
)

metadata = MetaData(naming_convention=NAMING)

rules = Table(
    "rules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("realm", String, nullable=False),
    Column("uri", String, nullable=False),
    Column("match", String, nullable=False),
    UniqueConstraint("realm", "uri", "match"),
)
"""The topics and patterns of the configuration."""

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", Integer, ForeignKey("rules.id", ondelete="CASCADE"), nullable=False),
    Column("publication", Integer, nullable=False),
    Column("published_at", Float, nullable=False),
    Column("topic", String, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("receivers", LargeBinary),
    Column("serializer", String),
    Column("args", LargeBinary),
    Column("kwargs", LargeBinary),
    Column("size_bytes", Integer, nullable=False),
    Column("checksum", Integer, nullable=False),
    Index("ix_events_rule_id", "rule", "id"),
    Index("ix_events_rule_publication", "rule", "publication"),
    sqlite_autoincrement=True,
)
"""One row for each event and rule that keeps it, in the order of publication.

``details`` and ``receivers`` (the lists of authids and authroles) are MessagePack; ``args`` and ``kwargs`` are the
publisher's own bytes in its ``serializer``, all three null where it sent none. ``checksum`` is the CRC-32 of
these four. ``published_at``: seconds since 1970, UTC.
"""
