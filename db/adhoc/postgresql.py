"""Strangers' SQL on PostgreSQL: one statement, read-only, on a connection that serves nobody after it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from sqlalchemy import Engine
from sqlglot import expressions

from db.adhoc.limits import Limits, refusal, too_slow
from db.adhoc.public import COLUMNS_KEPT, TABLES

#: Functions that sqlglot does not know by itself and that read nothing outside the query.
_FUNCTIONS = "age bool_and bool_or btrim div initcap isfinite mod num_nonnulls to_char width_bucket"
FUNCTIONS = frozenset(_FUNCTIONS.split())
BATCH = 500


def require_harmless(query: expressions.Query) -> None:
    """PostgreSQL has no authorizer: functions, tables and private columns are refused by what is written.

    The rights of the role that connects are the wall; this keeps a careless owner's
    role from reading files and address hashes.
    """
    for function in query.find_all(expressions.Anonymous):
        if function.name.lower() not in FUNCTIONS:
            raise refusal(
                f"the function {function.name} is not allowed", "docs/sql.md says what may be asked"
            )
    named = {cte.alias_or_name for cte in query.find_all(expressions.CTE)}
    tables = {table.name: table.alias_or_name for table in query.find_all(expressions.Table)}
    for table in query.find_all(expressions.Table):
        if table.name not in TABLES and (table.name not in named or table.db):
            raise refusal(f"{table.name} is private", "docs/sql.md lists the tables")
    for name, columns in COLUMNS_KEPT.items():
        if name not in tables:
            continue
        whole = {name, tables[name]}
        starred = any(
            not isinstance(star.parent, expressions.Count) for star in query.find_all(expressions.Star)
        )
        for column in query.find_all(expressions.Column):
            if column.name in columns or column.name in whole:
                starred = True
        if starred:
            kept = ", ".join(sorted(columns))
            raise refusal(f"{name}: {kept} is private", f"Name the other columns of {name} one by one")


def ask(engine: Engine, sql: str, parameters: Mapping[str, Any], limits: Limits) -> Iterator[dict[str, Any]]:
    """Column names, batches of rows, and how it ended, as the worker of SQLite tells them."""
    # psycopg's own placeholders; a literal per cent sign must be doubled for it.
    text = re.sub(r"(?<![:\w]):([A-Za-z_]\w*)", r"%(\1)s", sql.replace("%", "%%"))
    deadline = time.monotonic() + limits.seconds
    driver = engine.raw_connection()
    try:
        connection = driver.driver_connection
        if connection is None:
            raise refusal("has no connection", "Try again")
        connection.read_only = True
        with connection.cursor() as cursor:
            try:
                cursor.execute(f"SET LOCAL statement_timeout = {int(limits.seconds * 1000)}")
                cursor.execute(text, dict(parameters), prepare=True)
            except psycopg.errors.QueryCanceled as error:
                raise too_slow(limits) from error
            except psycopg.Error as error:
                said = str(error).splitlines()[0]
                raise refusal(
                    f"failed ({said})", "docs/sql.md lists the tables and what may be asked"
                ) from error
            yield {"columns": [column.name for column in cursor.description or ()]}
            sent = 0
            while True:
                batch = cursor.fetchmany(min(BATCH, limits.rows - sent + 1))
                over = sent + len(batch) > limits.rows
                yield {"rows": batch[: limits.rows - sent]}
                sent += len(batch)
                if over or not batch:
                    yield {"end": "rows" if over else "all"}
                    return
                if time.monotonic() > deadline:
                    raise too_slow(limits)
    finally:
        # A connection that ran somebody else's SQL serves nobody after it.
        driver.invalidate()
        driver.close()
