"""One SELECT of somebody else's, run read-only and bounded in time and rows."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlglot
from sqlalchemy import Engine
from sqlglot import expressions

from db.errors import DatabaseError

#: Columns that are nobody's business: an address can be guessed and tested against its hash.
PRIVATE_COLUMNS = {("identities", "address_hash"), ("leases", "holder")}
#: SQLite functions that read nothing outside the query and cannot be made to fill the memory.
SQLITE_FUNCTIONS = frozenset(
    re.findall(
        r"\S+",
        "abs avg ceil ceiling coalesce count cume_dist date datetime dense_rank exp first_value floor format "
        "glob group_concat ifnull iif instr json json_array json_array_length json_extract json_group_array "
        "json_object julianday lag last_value lead length like ln log log10 log2 lower ltrim max min mod "
        "nth_value ntile nullif percent_rank pow power quote rank replace round row_number rtrim sign sqrt "
        "strftime substr substring sum time total trim typeof unicode unixepoch upper -> ->>",
    )
)
#: Functions that sqlglot does not know by itself and that read nothing outside the query.
POSTGRESQL_FUNCTIONS = frozenset(
    {
        "age",
        "bool_and",
        "bool_or",
        "btrim",
        "div",
        "initcap",
        "isfinite",
        "mod",
        "num_nonnulls",
        "to_char",
        "width_bucket",
    }
)
SQLITE_LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LENGTH: 4_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 200_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
}


@dataclass(frozen=True)
class Result:
    """What a query gave: column names, rows, and whether there were more than the limit."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    truncated: bool
    seconds: float


def run(
    engine: Engine,
    sql: str,
    *,
    parameters: Mapping[str, str] | None = None,
    limit: int = 10_000,
    timeout: float = 5.0,
) -> Result:
    """Run one SELECT with named `:parameters`; nothing can be written.

    Raises `DatabaseError` that says what is not allowed and how to ask instead:
    several statements, anything but SELECT, a private column, an unknown
    parameter, or more than `timeout` seconds.
    """
    dialect = engine.dialect.name
    _require_one_select(sql, dialect)
    wanted = set(re.findall(r"(?<![:\w]):([A-Za-z_]\w*)", _without_literals(sql)))
    given = dict(parameters or {})
    if missing := sorted(wanted - set(given)):
        raise _refusal(f"the parameter :{missing[0]} has no value", f"Give it with --param {missing[0]}=…")
    began = time.monotonic()
    values = {name: _number_or_text(given[name]) for name in wanted}
    columns, rows = (_sqlite if dialect == "sqlite" else _postgresql)(engine, sql, values, limit + 1, timeout)
    return Result(columns, rows[:limit], len(rows) > limit, time.monotonic() - began)


def _refusal(happened: str, next_step: str) -> DatabaseError:
    return DatabaseError(happened, to="the query", next_step=next_step)


def _require_one_select(sql: str, dialect: str) -> None:
    """Gives a good message early; the database's own guard below is the wall."""
    try:
        statements = [
            s for s in sqlglot.parse(sql, dialect="postgres" if dialect != "sqlite" else "sqlite") if s
        ]
    except sqlglot.errors.SqlglotError as error:
        first = str(error).splitlines()[0]
        raise _refusal(f"cannot be read as SQL ({first})", "Put that place right") from error
    if len(statements) != 1:
        raise _refusal(f"holds {len(statements)} statements", "Send one SELECT at a time")
    if not isinstance(statements[0], expressions.Query):
        kind = type(statements[0]).__name__.upper()
        raise _refusal(f"is {kind}, and only SELECT is allowed", "Facts change through collectors alone")
    if dialect != "sqlite":
        _require_harmless(statements[0])


def _require_harmless(query: expressions.Query) -> None:
    """PostgreSQL has no authorizer: functions and private columns are refused by what is written.

    The rights of the role that connects are the wall; this keeps a careless owner's
    role from reading files and address hashes.
    """
    for function in query.find_all(expressions.Anonymous):
        if function.name.lower() not in POSTGRESQL_FUNCTIONS:
            raise _refusal(
                f"the function {function.name} is not allowed", "docs/sql.md says what may be asked"
            )
    tables = {table.name: table.alias_or_name for table in query.find_all(expressions.Table)}
    for table in tables:
        if table.startswith(("pg_", "lo_")):
            raise _refusal(f"{table} is private", "docs/sql.md lists the tables")
    for name, column in PRIVATE_COLUMNS:
        if name not in tables:
            continue
        whole = {name, tables[name]}
        starred = any(
            not isinstance(star.parent, expressions.Count) for star in query.find_all(expressions.Star)
        )
        if starred or any(c.name == column or c.name in whole for c in query.find_all(expressions.Column)):
            raise _refusal(f"{name}.{column} is private", f"Name the other columns of {name} one by one")


def _without_literals(sql: str) -> str:
    return re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)


def _number_or_text(value: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def _sqlite(
    engine: Engine, sql: str, values: Mapping[str, Any], rows: int, timeout: float
) -> tuple[list[str], list[tuple[Any, ...]]]:
    path = engine.url.database or ""
    if path in ("", ":memory:"):
        raise _refusal("needs a database file", "Set FLOWMETER_DATABASE_URL to a SQLite file")
    from pathlib import Path

    connection = sqlite3.connect(Path(path).absolute().as_uri() + "?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only = 1")
        for category, most in SQLITE_LIMITS.items():
            connection.setlimit(category, most)
        refused: list[str] = []
        connection.set_authorizer(_authorizer(refused))
        deadline = time.monotonic() + timeout
        connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
        try:
            cursor = connection.execute(sql, dict(values))
            return [column[0] for column in cursor.description], cursor.fetchmany(rows)
        except sqlite3.Error as error:
            if time.monotonic() > deadline:
                raise _refusal(
                    f"took more than {timeout:g} s", "Ask for fewer rows or periods, or raise --timeout"
                ) from error
            what = refused[0] if refused else str(error)
            raise _refusal(
                f"failed ({what})", "docs/sql.md lists the tables and what may be asked"
            ) from error
    finally:
        connection.close()


def _authorizer(refused: list[str]) -> Callable[..., int]:
    def decide(
        action: int, first: str | None, second: str | None, _schema: str | None, _by: str | None
    ) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            if (first, second) in PRIVATE_COLUMNS or (first or "").startswith("sqlite_"):
                refused.append(f"{first}.{second} is private")
                return sqlite3.SQLITE_DENY
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION:
            if (second or "").lower() in SQLITE_FUNCTIONS:
                return sqlite3.SQLITE_OK
            refused.append(f"the function {second} is not allowed")
            return sqlite3.SQLITE_DENY
        refused.append("only reading is allowed")
        return sqlite3.SQLITE_DENY

    return decide


def _postgresql(
    engine: Engine, sql: str, values: Mapping[str, Any], rows: int, timeout: float
) -> tuple[list[str], list[tuple[Any, ...]]]:
    # psycopg's own placeholders; a literal per cent sign must be doubled for it.
    text = re.sub(r"(?<![:\w]):([A-Za-z_]\w*)", r"%(\1)s", sql.replace("%", "%%"))
    driver = engine.raw_connection()
    try:
        connection = driver.driver_connection
        if connection is None:
            raise _refusal("has no connection", "Try again")
        connection.read_only = True
        with connection.cursor() as cursor:
            try:
                cursor.execute(f"SET LOCAL statement_timeout = {int(timeout * 1000)}")
                cursor.execute(text, dict(values), prepare=True)
                return [column.name for column in cursor.description or ()], cursor.fetchmany(rows)
            except psycopg.errors.QueryCanceled as error:
                raise _refusal(
                    f"took more than {timeout:g} s", "Ask for fewer rows or periods, or raise --timeout"
                ) from error
            except psycopg.Error as error:
                said = str(error).splitlines()[0]
                raise _refusal(
                    f"failed ({said})", "docs/sql.md lists the tables and what may be asked"
                ) from error
    finally:
        # A connection that ran somebody else's SQL serves nobody after it.
        driver.invalidate()
        driver.close()
