"""The registry's tables, format 1. Events and versions are only ever added; the database refuses anything else.

Times are ISO 8601 in UTC and mappings are JSON, both as text: the same on every back end, readable in any tool.
"""

from __future__ import annotations

from ipymlops.storage import database as db

_TABLES = db.MetaData()

VERSIONS = db.Table(
    "versions",
    _TABLES,
    db.Column("model", db.String(100), nullable=False),
    db.Column("number", db.Integer, nullable=False),
    db.Column("created", db.String(40), nullable=False),
    db.Column("who", db.Text, nullable=False),
    db.Column("manifest", db.String(64), nullable=False),
    db.Column("facts", db.Text, nullable=False),
    db.PrimaryKeyConstraint("model", "number"),
)

EVENTS = db.Table(
    "events",
    _TABLES,
    db.Column("number", db.Integer, primary_key=True),
    db.Column("kind", db.String(20), nullable=False),
    db.Column("model", db.String(100), nullable=False, index=True),
    db.Column("version", db.Integer),
    db.Column("who", db.Text, nullable=False),
    db.Column("at", db.String(40), nullable=False),
    db.Column("why", db.Text, nullable=False),
    db.Column("evidence", db.Text, nullable=False),
    sqlite_autoincrement=True,  # a number is never used twice
)

# Where each alias points now. Derived from the events, and changed only together with one.
ALIASES = db.Table(
    "aliases",
    _TABLES,
    db.Column("model", db.String(100), nullable=False),
    db.Column("alias", db.String(100), nullable=False),
    db.Column("version", db.Integer, nullable=False),
    db.Column("event", db.Integer, nullable=False),
    db.PrimaryKeyConstraint("model", "alias"),
)


REGISTRY = db.Part("registry", 1, _TABLES, append_only=("events", "versions"))
