"""The archive's SQL, written once as DuckDB reads it, and put into Spark's words by sqlglot."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import sqlglot
from sqlglot import exp

DUCKDB, SPARK = "duckdb", "spark"
#: Facts, in the order in which they are written; each is a file in `facts/`.
FACTS = (
    "issues",
    "pull_requests",
    "comments",
    "reviews",
    "releases",
    "popularity",
    "fork_counts",
    "archive_days",
)


@cache
def events_sql(dialect: str, predicate: str) -> str:
    """The SELECT that makes events of the relation `lines`, for repositories that the predicate chooses."""
    return _written(_text("events.sql"), dialect, predicate)


@cache
def facts_sql(fact: str, dialect: str) -> str:
    """The SELECT that makes a fact table's rows of `events`, `fresh` and `followed`."""
    return _written(_text(f"facts/{fact}.sql"), dialect)


def _text(name: str) -> str:
    return files("collector.archive").joinpath(name).read_text(encoding="utf-8")


def _written(sql: str, dialect: str, predicate: str = "TRUE") -> str:
    tree = sqlglot.parse_one(sql, read=DUCKDB)
    for column in [each for each in tree.find_all(exp.Column) if each.name == "chosen"]:
        column.replace(sqlglot.parse_one(predicate, read=DUCKDB))
    for node in list(tree.find_all(exp.Anonymous)):
        match node.name.lower():
            case "whole":
                node.replace(_whole(node.expressions[0]))
            case "instant":
                node.replace(_instant(node.expressions[0]))
            case "latest":
                node.replace(_latest(node.expressions[0]))
    return tree.sql(dialect=dialect, comments=False, pretty=True)


def _whole(text: exp.Expr) -> exp.Expr:
    """A whole number from its digits; NULL for anything else, such as 1.5, which casts round or refuse."""
    written = text.sql(dialect=DUCKDB)
    return sqlglot.parse_one(
        f"CASE WHEN REGEXP_MATCHES({written}, '^-?[0-9]{{1,18}}$') THEN CAST({written} AS BIGINT) END",
        read=DUCKDB,
    )


def _instant(text: exp.Expr) -> exp.Expr:
    """An instant in UTC, to the second, from GitHub's way to write it; NULL for anything else."""
    written = text.sql(dialect=DUCKDB)
    pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?Z$"
    return sqlglot.parse_one(
        f"CASE WHEN REGEXP_MATCHES({written}, '{pattern}') "
        f"THEN TRY_CAST(SUBSTRING({written}, 1, 19) AS TIMESTAMP) END",
        read=DUCKDB,
    )


def _latest(value: exp.Expr) -> exp.Expr:
    """What the last of a group's rows, by `moment`, holds that hold it at all.

    Said whole, since engines differ in what they make of a last row without a value.
    """
    written = value.sql(dialect=DUCKDB)
    return sqlglot.parse_one(f"ARG_MAX({written}, moment) FILTER (WHERE {written} IS NOT NULL)", read=DUCKDB)
