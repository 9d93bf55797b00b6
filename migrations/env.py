"""Runs migrations over the connection that db/migration.py hands in."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from db.schema import Record
from db.schema.columns import UtcDateTime


def render_item(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Writes our own column type by its name."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogenerate.imports.add("from db.schema.columns import UtcDateTime")
        return "UtcDateTime()"
    return False


def run() -> None:
    """Migrate over the connection in the configuration's attributes."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Record.metadata,
        render_as_batch=True,  # SQLite alters a table only by copying it; elsewhere it is a plain ALTER
        transaction_per_migration=True,
        render_item=render_item,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
