"""One question, put to the database or to its copy in columns: both give the same rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlalchemy import Connection, text

#: A parameter as SQLAlchemy writes it.
PARAMETER = re.compile(r":([a-z]\w*)")


@dataclass(frozen=True)
class Asked:
    """Who answers: `dialect` names the engine, `rows` takes SQL with `:name` parameters and their values."""

    dialect: str
    rows: Callable[[str, Mapping[str, Any]], Iterable[Sequence[Any]]]


def database(connection: Connection) -> Asked:
    """The database, within the transaction of the connection."""
    return Asked(connection.dialect.name, lambda sql, named: connection.execute(text(sql), named))


def columns(duck: duckdb.DuckDBPyConnection) -> Asked:
    """The copy in columns."""

    def rows(sql: str, named: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
        return duck.execute(PARAMETER.sub(r"$\1", sql), dict(named) or None).fetchall()

    return Asked("duckdb", rows)
