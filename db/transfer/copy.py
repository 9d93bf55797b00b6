"""Every row of one database into another one that is empty, whichever of the two kinds each is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, select, text
from sqlalchemy.exc import DBAPIError

from db import migration
from db.engine import check_reachable, consistent, writing
from db.errors import DatabaseError
from db.faults import FORESEEN, driver_of
from db.transfer import numbering
from db.transfer.fingerprint import Contents, Tally, contents, rows, tables

#: Rows that SQLite takes by one statement.
_PAGE = 5000
#: Called with each table's name and what was copied of it.
Told = Callable[[str, Contents], None]


def copy(source: Engine, target: Engine, told: Told = lambda _name, _held: None) -> dict[str, Contents]:
    """Copy all tables, and read them back; returns what each one holds, by name.

    The rows are those of one instant. The target is migrated when it has no tables; it is written in
    one transaction, so that a copy that is interrupted leaves it as empty as it was.

    Raises `DatabaseError` when the source is not at this version's revision, when the target holds
    rows or another revision, and when a row that was read back differs from what was written.
    """
    migration.require_current(source)
    _prepare(source, target)
    with consistent(source) as reading, writing(target).begin() as connection:
        if connection.dialect.name == "sqlite":
            # Rows that refer to later ones of the same transaction are held to it when it ends.
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        held = {}
        for table in tables():
            tally = Tally()
            _write(connection, table, _tallied(rows(reading, table), tally))
            numbering.carry_on(reading, connection, table)
            held[table.name] = tally.contents()
            told(table.name, held[table.name])
        _read_back(connection, held)
    _analyse(target)
    return held


def require_empty(target: Engine) -> None:
    """Raises `DatabaseError` when a database holds a row that a copy would bring as well."""
    check_reachable(target)
    if migration.current(target) is None:
        return
    migration.require_current(target)
    with target.connect() as connection:
        for table in tables():
            if connection.execute(select(1).select_from(table).limit(1)).first():
                raise DatabaseError(
                    f"holds rows already (in {table.name})",
                    to=target.url.render_as_string(hide_password=True),
                    next_step="Name an empty database: nothing is ever written over",
                )


def _prepare(source: Engine, target: Engine) -> None:
    if source.url == target.url:
        raise DatabaseError(
            "is the database itself",
            to=target.url.render_as_string(hide_password=True),
            next_step="Name another one, or use `flowmeter db backup`",
        )
    require_empty(target)
    migration.upgrade(target)


def _tallied(source: Iterable[tuple[Any, ...]], tally: Tally) -> Iterator[tuple[Any, ...]]:
    for row in source:
        tally.add(row)
        yield row


def _write(connection: Connection, table: Table, source: Iterator[tuple[Any, ...]]) -> None:
    names = [column.name for column in table.columns]
    try:
        if connection.dialect.name == "postgresql":
            _stream(connection, table, names, source)
            return
        statement = insert(table)
        while page := [dict(zip(names, row, strict=True)) for row in islice(source, _PAGE)]:
            connection.execute(statement, page)
    except FORESEEN:
        raise  # one of the two is away, full or locked, whatever the row
    except (DBAPIError, UnicodeError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise _refused(connection, table, reason) from error


def _stream(
    connection: Connection, table: Table, names: list[str], source: Iterator[tuple[Any, ...]]
) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    with (
        driver_of(connection) as driver,
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({listed}) FROM STDIN") as stream,
    ):
        for row in source:
            stream.write_row(row)


def _refused(connection: Connection, table: Table, reason: str) -> DatabaseError:
    return DatabaseError(
        f"does not take a row of {table.name} ({reason})",
        to=connection.engine.url.render_as_string(hide_password=True),
        next_step="Nothing was written; mend that row in the source, and copy again",
    )


def _read_back(connection: Connection, held: dict[str, Contents]) -> None:
    for table in tables():
        if contents(connection, table) != held[table.name]:
            raise DatabaseError(
                f"gives back other rows of {table.name} than were written",
                to=connection.engine.url.render_as_string(hide_password=True),
                next_step="Nothing was written; please report this with the two databases' versions",
            )


def _analyse(engine: Engine) -> None:
    """Tell the planner what came; without it the first pages are slow."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
