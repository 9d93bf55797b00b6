"""How large a statement is once what it names is put in its place, as databases do before they run it.

A few lines that each name the line before twice are a million after twenty: planning them takes memory
without bound, and neither PostgreSQL nor SQLite looks at a clock meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import expressions
from sqlglot.expressions import Expression

from db.adhoc.limits import refusal

#: A query is called otherwise than its parts are.
Parsed = expressions.Query | Expression
#: Tables and subqueries of a statement, and names and signs, each counted as often as it is meant.
MOST_TABLES: Final = 200
MOST_PARTS: Final = 200_000


@dataclass(frozen=True)
class Size:
    """Tables and parts of a query put together, and how many parts stand behind its widest column."""

    tables: int = 1
    parts: int = 1
    widest: int = 1


def require_bounded(query: expressions.Query) -> None:
    """Raises `DatabaseError` for a statement that grows beyond the limits when it is put together."""
    size = _size(query, {}, 1)
    if size.tables > MOST_TABLES or size.parts > MOST_PARTS:
        what = f"{size.tables:,} tables" if size.tables > MOST_TABLES else f"{size.parts:,} names and signs"
        raise refusal(
            f"means {what} once its subqueries are put together",
            f"Name them fewer times: at most {MOST_TABLES} tables and {MOST_PARTS:,} names and signs",
        )


def _size(query: Parsed, named: Mapping[str, Size], outer: int) -> Size:
    """`named` are the subqueries that have a name here; `outer` is how wide columns from outside are."""
    known = dict(named)
    for cte in getattr(query, "ctes", []):
        name = cte.alias.lower()
        # Within itself it is what was found in the step before.
        known[name] = _size(cte.this, {**known, name: Size()}, outer)
    if isinstance(query, expressions.SetOperation):
        # Long chains are left-deep: they are walked down and not recursed into.
        tables = parts = 0
        widest = 1
        for side in _sides(query):
            size = _size(side, known, outer)
            tables, parts, widest = tables + size.tables, parts + size.parts, max(widest, size.widest)
        return Size(tables, parts, widest)
    if isinstance(query, expressions.Subquery):
        return _size(query.this, known, outer)
    sources = [_size_of_source(each, known, outer) for each in _sources(query)]
    wide = max([outer, *(each.widest for each in sources)])
    tables = sum(max(each.tables, 1) for each in sources)
    parts = sum(each.parts for each in sources)
    widest = 1
    of_sources = {id(each) for each in _sources(query)}
    columns = {id(each) for each in getattr(query, "expressions", [])}
    for each in _own(query):
        own = 0
        for node in _walk(each):
            if id(node) in of_sources:
                continue
            if isinstance(node, expressions.Query):
                inner = _size(node, known, wide)
                own, tables = own + inner.parts, tables + inner.tables
            else:
                own += wide if isinstance(node, expressions.Column | expressions.Star) else 1
        parts += own
        if id(each) in columns:
            widest = max(widest, own)
    return Size(tables, parts, widest)


def _sides(query: expressions.SetOperation) -> Iterator[Expression]:
    left: Expression = query
    while isinstance(left, expressions.SetOperation):
        yield left.expression
        left = left.this
    yield left


def _size_of_source(source: Expression, known: Mapping[str, Size], outer: int) -> Size:
    if isinstance(source, expressions.Table):
        return Size() if source.db else known.get(source.name.lower(), Size())
    return _size(source, known, outer)


def _own(query: Parsed) -> Iterator[Expression]:
    """The parts of a query itself: its columns one by one, and every clause but its names for subqueries."""
    for name, value in query.args.items():
        if name in ("with", "with_"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Expression):
                yield each


def _walk(part: Expression) -> Iterator[Expression]:
    """Everything in a part, down to queries within it and not into them."""
    waiting = [part]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, expressions.Query | expressions.Table):
            waiting += [child for child in node.iter_expressions() if child is not None]


def _sources(query: Parsed) -> list[Expression]:
    """Tables and subqueries that rows come from."""
    found: list[Expression] = []
    for name in ("from", "from_", "joins", "laterals"):
        value = query.args.get(name)
        for clause in value if isinstance(value, list) else [value]:
            if isinstance(clause, Expression):
                found += [
                    node for node in _walk(clause) if isinstance(node, expressions.Table | expressions.Query)
                ]
    return found
