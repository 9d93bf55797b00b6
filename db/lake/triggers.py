"""The triggers that mark what is written for a lake, in the words of both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import Connection, inspect, text

#: What the names of all triggers and functions begin with.
PREFIX = "lake_mark"
EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
_TOKENS = "4611686018427387903"


@dataclass(frozen=True)
class Watched:
    """A table, and the day whose months its marks are of; None for a table that is marked as one."""

    table: str
    day: str | None


def laid(connection: Connection, watched: Sequence[Watched]) -> set[str]:
    """The tables that have all their triggers, as this version writes them, at the transaction's instant."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(
            text("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'")
        )
        held = {(row.tbl_name, row.name, row.sql) for row in found}
        return {
            each.table
            for each in watched
            if all((each.table, *trigger) in held for trigger in _of_sqlite(each).items())
        }
    found = connection.execute(
        text(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE c.oid = to_regclass(quote_ident(c.relname)) AND t.tgenabled = 'A' "
            f"AND t.tgname LIKE '{PREFIX}%'"
        )
    )
    named = {(row.relname, row.tgname) for row in found}
    return {
        each.table
        for each in watched
        if all((each.table, trigger) in named for trigger in _of_postgresql(each))
    }


def lay(connection: Connection, watched: Watched) -> None:
    """Give a table its triggers; others of ours that it has go first."""
    _drop(connection, watched.table)
    if connection.dialect.name == "sqlite":
        for statement in _of_sqlite(watched).values():
            connection.exec_driver_sql(statement)
        return
    connection.exec_driver_sql(_function(watched.day))
    for name, statement in _of_postgresql(watched).items():
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"ALTER TABLE {watched.table} ENABLE ALWAYS TRIGGER {name}")


def remove(connection: Connection) -> None:
    """Take all of them away, table by table, and commit: no table can change below them.

    The next export lays them again and reads all rows.
    """
    for name in inspect(connection).get_table_names():
        _drop(connection, name)
        connection.commit()
    if connection.dialect.name == "postgresql":
        named = text(
            f"SELECT CAST(CAST(oid AS regprocedure) AS text) FROM pg_proc WHERE proname LIKE '{PREFIX}%'"
        )
        for (name,) in connection.execute(named).all():
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}")
        connection.commit()


def _drop(connection: Connection, name: str) -> None:
    if connection.dialect.name == "sqlite":
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name AND name LIKE :ours"
        )
    else:
        query = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(:name) AND tgname LIKE :ours"
    on = "" if connection.dialect.name == "sqlite" else f" ON {name}"
    found = connection.execute(text(query), {"name": name, "ours": f"{PREFIX}%"})
    for trigger in found.scalars().all():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}{on}")


def _of_sqlite(watched: Watched) -> dict[str, str]:
    """Name → CREATE TRIGGER. SQLite asks for each row, so that a part has a mark at its first one alone."""
    statements = {}
    for event, rows in EVENTS.items():
        for row in rows:
            part = (
                f"CAST(substr({row}.{watched.day}, 1, 4) || substr({row}.{watched.day}, 6, 2) AS INTEGER)"
                if watched.day
                else "0"
            )
            name = f"{PREFIX}_{watched.table}_{event.lower()}_{row.lower()}"
            statements[name] = (
                f"CREATE TRIGGER {name} AFTER {event} ON {watched.table} "
                f"WHEN NOT EXISTS (SELECT 1 FROM lake_marks WHERE table_name = '{watched.table}' "
                f"AND part = {part} AND is_open = 1) BEGIN "
                f"INSERT INTO lake_marks (table_name, part, token, is_open) "
                f"VALUES ('{watched.table}', {part}, random() & {_TOKENS}, 1); END"
            )
    return statements


def _of_postgresql(watched: Watched) -> dict[str, str]:
    """Name → CREATE TRIGGER. PostgreSQL asks for each statement, with all the rows that it touched."""
    function = _function_name(watched.day)
    version = blake2b(_function(watched.day).encode(), digest_size=4).hexdigest()
    statements = {}
    for event, rows in EVENTS.items():
        for row in rows:
            name = f"{PREFIX}_{event.lower()}_{row.lower()}_{version}"
            statements[name] = (
                f"CREATE TRIGGER {name} AFTER {event} ON {watched.table} "
                f"REFERENCING {row} TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            )
    name = f"{PREFIX}_truncate_{version}"
    statements[name] = (
        f"CREATE TRIGGER {name} AFTER TRUNCATE ON {watched.table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_function_name('truncate')}()"
    )
    return statements


def _function_name(day: str | None) -> str:
    return f"{PREFIX}_of_{day or 'all'}"


def _function(day: str | None) -> str:
    """The functions of such triggers; a table that is emptied at once is marked as a whole."""
    part = f"CAST(EXTRACT(YEAR FROM {day}) * 100 + EXTRACT(MONTH FROM {day}) AS bigint)" if day else "0"
    insert = "INSERT INTO lake_marks (table_name, part, token, is_open) SELECT TG_TABLE_NAME, p.part, "
    token = f"CAST(random() * {_TOKENS} AS bigint) & {_TOKENS}, FALSE"
    parts = {_function_name(day): f"SELECT DISTINCT {part} AS part FROM touched"}
    parts[_function_name("truncate")] = "SELECT -1 AS part"
    return "; ".join(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {insert}{token} FROM ({chosen}) p; RETURN NULL; END $$"
        for name, chosen in parts.items()
    )
