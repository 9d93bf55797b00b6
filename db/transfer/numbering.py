"""The numbers that a database gives to new rows: a copy goes on where its source stood.

Numbers of rows that are gone count too: the mark up to which changes were
computed is such a number, and a row that came with an older one would be missed.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, Table, func, select, text


def last_given(connection: Connection, table: Table) -> int:
    """The largest number that the table ever gave; 0 when it gave none or gives none at all."""
    column = _numbered(table)
    if column is None:
        return 0
    held = int(connection.scalar(select(func.max(column))) or 0)
    if connection.dialect.name == "sqlite":
        known = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), _name(table))
    else:
        # A sequence that has given nothing says 1 as well.
        known = connection.scalar(
            text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM " + _sequence(connection, table))
        )
    return max(held, int(known or 0))


def carry_on(source: Connection, target: Connection, table: Table) -> None:
    """Let the target's table give numbers from where the source's stands; call it after its rows came."""
    last = last_given(source, table)
    if not last:
        return
    if target.dialect.name == "sqlite":
        values = _name(table) | {"last": last}
        if not target.execute(
            text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name"), values
        ).rowcount:
            target.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)
    else:
        target.execute(select(func.setval(_sequence(target, table), last)))


def _numbered(table: Table) -> Column[int] | None:
    """The column that the database numbers by itself; None for ids that are made from natural keys."""
    columns = [column for column in table.primary_key if column.autoincrement is True]
    return columns[0] if columns else None


def _sequence(connection: Connection, table: Table) -> str:
    column = _numbered(table)
    if column is None:
        raise ValueError(f"{table.name} has no column that is numbered")
    return str(connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name))))


def _name(table: Table) -> dict[str, object]:
    return {"name": table.name}
