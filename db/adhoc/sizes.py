"""About how many rows each public table holds, cheaply: what a reader wants to know before asking."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from db.adhoc.public import public_columns
from db.schema import table

#: Tables without row numbers are counted up to so many rows.
COUNTED = 2_000_000


def row_counts(connection: Connection) -> Mapping[str, int]:
    """Rows by table: PostgreSQL's own estimate, and on SQLite the highest row number (a little too high
    where rows were deleted) or a count."""
    if connection.dialect.name == "postgresql":
        found = connection.execute(
            text(
                "SELECT c.relname, c.reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'public' AND c.relkind = 'r'"
            )
        )
        estimated = {name: int(rows) for name, rows in found}
        # Before the first ANALYZE there is no estimate; such a table is small, or new.
        return {
            name: estimated[name] if estimated.get(name, -1) >= 0 else _counted(connection, name)
            for name in public_columns()
        }
    return {
        name: _counted(connection, name)
        if table(name).dialect_options["sqlite"].get("with_rowid") is False
        else int(connection.exec_driver_sql(f'SELECT COALESCE(MAX(rowid), 0) FROM "{name}"').scalar_one())
        for name in public_columns()
    }


def _counted(connection: Connection, name: str) -> int:
    counted = f'SELECT COUNT(*) FROM (SELECT 1 FROM "{name}" LIMIT {COUNTED}) AS found'
    return int(connection.exec_driver_sql(counted).scalar_one())
