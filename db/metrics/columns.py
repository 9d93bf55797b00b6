"""Which tables and columns the metrics read: what has to be held in columns to compute them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from sqlalchemy import Table
from sqlglot import exp

from db.metrics import contributions, first_answers, open_threads
from db.metrics.catalogue import Definition
from db.metrics.dialects import parsed
from db.people import part
from db.schema import table
from db.schema.columns import Record


@lru_cache(maxsize=512)
def tables_read(sql: str) -> frozenset[str]:
    """The tables that a SELECT reads, its own CTEs left out."""
    return frozenset(_tables(parsed(sql)))


def needed(definitions: Iterable[Definition]) -> dict[Table, tuple[str, ...]]:
    """Table → the columns that metrics, people and what is kept of facts read of it, with its key.

    A column that is written without a table's name is held of every table of its
    SELECT that has one of that name: rather one too many than one too few.
    """
    wanted: dict[str, set[str]] = {}
    for reads in (contributions.READS, first_answers.READS, open_threads.READS, part.READS):
        for name, columns in reads.items():
            wanted.setdefault(name, set()).update(columns)
    for definition in definitions:
        for name, read in columns_read(definition.sql).items():
            wanted.setdefault(name, set()).update(read)
    return {
        held: tuple(column.name for column in held.c if column.name in names or column.primary_key)
        for name, names in sorted(wanted.items())
        for held in [table(name)]
    }


@lru_cache(maxsize=512)
def columns_read(sql: str) -> Mapping[str, frozenset[str]]:
    """Table → the columns that a SELECT may read of it."""
    tree = parsed(sql)
    tables = _tables(tree)
    by_alias: dict[str, set[str]] = {}
    for name, aliases in tables.items():
        for alias in aliases:
            by_alias.setdefault(alias, set()).add(name)
    found: dict[str, set[str]] = {name: set() for name in tables}
    for column in tree.find_all(exp.Column):
        # An alias may stand for a CTE in one place and for a table in another: all are looked at.
        for name in by_alias.get(column.table, ()) if column.table else tables:
            found[name].add(column.name)
    return {name: frozenset(columns) for name, columns in found.items()}


def _tables(tree: exp.Expr) -> dict[str, set[str]]:
    """Table → the aliases that it has in a SELECT."""
    own = {expression.alias for expression in tree.find_all(exp.CTE)}
    found: dict[str, set[str]] = {}
    for each in tree.find_all(exp.Table):
        if each.name in Record.metadata.tables and each.name not in own:
            found.setdefault(each.name, set()).add(each.alias_or_name)
    return found
