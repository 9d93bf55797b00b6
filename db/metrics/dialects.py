"""Metric SQL is written once: the few functions that databases differ in are rewritten here."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

from db.metrics.nearest_rank import NearestRank

#: Functions that metric SQL has beside those that all engines mean the same by.
FUNCTIONS = {
    "SECONDS_BETWEEN(a, b)": "seconds from instant a to instant b",
    "DAYS_BETWEEN(a, b)": "days from day a to day b",
    "QUANTILE(x, q)": "nearest-rank quantile: the smallest value that at least the share q does not exceed",
}
#: Names of engines, and how sqlglot calls their SQL.
DIALECTS = {"sqlite": "sqlite", "postgresql": "postgres", "duckdb": "duckdb", "spark": "spark"}
#: Functions of dates: the calendar has the answer for every engine alike.
DATE_FUNCTIONS = (
    exp.DateTrunc,
    exp.TimestampTrunc,
    exp.Extract,
    exp.DateAdd,
    exp.DateSub,
    exp.DateDiff,
    exp.TsOrDsToDate,
    exp.CurrentDate,
    exp.CurrentTimestamp,
    exp.StrToTime,
    exp.TimeToStr,
    exp.Interval,
)
OWN_NAMES = ("SECONDS_BETWEEN", "DAYS_BETWEEN")
QUANTILE_IN_SQLITE = "nearest_rank"


@lru_cache(maxsize=512)
def statements(sql: str) -> tuple[exp.Expr, ...]:
    """SQL as trees, parsed once; they are shared, so whoever changes one takes a copy."""
    return tuple(each for each in sqlglot.parse(sql) if each is not None)


def parsed(sql: str) -> exp.Expr:
    """The tree of one statement; `ValueError` when there is none or more."""
    (tree,) = statements(sql)
    return tree


@lru_cache(maxsize=512)
def written_for(sql: str, dialect: str) -> str:
    """A metric's SELECT for an engine; `ValueError` names the engines when it is not one of them."""
    if dialect not in DIALECTS:
        raise ValueError(f"engine {dialect!r} is not one of {', '.join(DIALECTS)}")
    tree = parsed(sql).copy()
    for node in list(tree.find_all(exp.Anonymous)):
        if node.name.upper() in OWN_NAMES:
            node.replace(_between(node, dialect))
    for quantile in list(tree.find_all(exp.Quantile)):
        quantile.replace(_quantile(quantile, dialect))
    for parameter in list(tree.find_all(exp.Placeholder)):
        # As SQLAlchemy takes it, whichever driver there is.
        parameter.replace(exp.Var(this=f":{parameter.name}"))
    return tree.sql(dialect=DIALECTS[dialect], comments=False, pretty=True)


def portable(tree: exp.Expr) -> str:
    """Why a SELECT would not mean the same on every engine; empty when nothing is known against it."""
    dated = tree.find(*DATE_FUNCTIONS)
    if dated is not None:
        return f"{dated.sql()} is a date function"
    for node in tree.find_all(exp.Anonymous):
        if node.name.upper() not in OWN_NAMES:
            return f"{node.name} is no function that all engines have"
        if len(node.expressions) != 2:
            return f"{node.name} takes two arguments"
    for division in tree.find_all(exp.Div):
        if not isinstance(division.this, exp.Cast | exp.Literal | exp.Anonymous):
            return f"{division.sql()} may divide whole numbers: write CAST(… AS DOUBLE) / …"
    return ""


def register(connection: sqlite3.Connection) -> None:
    """Teach a SQLite connection the functions that the rewritten SQL calls."""
    aggregate: Any = NearestRank
    connection.create_aggregate(QUANTILE_IN_SQLITE, 2, aggregate)


def _between(node: exp.Anonymous, dialect: str) -> exp.Expr:
    first, last = (each.sql(dialect=DIALECTS[dialect]) for each in node.expressions)
    seconds = node.name.upper() == "SECONDS_BETWEEN"
    match dialect:
        case "sqlite" if seconds:
            text = f"(UNIXEPOCH({last}) - UNIXEPOCH({first}))"
        case "sqlite":
            text = f"CAST(JULIANDAY({last}) - JULIANDAY({first}) AS INTEGER)"
        case "postgresql" if seconds:
            text = f"CAST(EXTRACT(EPOCH FROM {last} - {first}) AS BIGINT)"
        case "postgresql":
            text = f"({last} - {first})"
        case "duckdb" if seconds:
            text = f"DATE_DIFF('second', {first}, {last})"
        case "duckdb":
            text = f"DATE_DIFF('day', {first}, {last})"
        case _ if seconds:
            text = f"(UNIX_TIMESTAMP({last}) - UNIX_TIMESTAMP({first}))"
        case _:
            text = f"DATEDIFF({last}, {first})"
    # Left as text: parsing it again would let sqlglot translate what is in the engine's own words already.
    return exp.Var(this=text)


def _quantile(node: exp.Quantile, dialect: str) -> exp.Expr:
    value = node.this.sql(dialect=DIALECTS[dialect])
    share = node.args["quantile"].sql(dialect=DIALECTS[dialect])
    match dialect:
        case "sqlite":
            text = f"{QUANTILE_IN_SQLITE}({value}, {share})"
        case "duckdb":
            text = f"QUANTILE_DISC({value}, {share})"
        case _:
            text = f"PERCENTILE_DISC({share}) WITHIN GROUP (ORDER BY {value})"
    return exp.Var(this=text)
