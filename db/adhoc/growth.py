"""How large a statement is once what it names is put in its place, as databases do before they run it.

A few lines that each name the line before twice are a million after twenty: planning them takes memory
without bound, and neither PostgreSQL nor SQLite looks at a clock meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
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
    """Tables and parts of a query put together, and how many parts stand behind its columns.

    `columns` has them by name, `other` the most of a column whose name is not known: 0 without any.
    """

    tables: int = 1
    parts: int = 1
    columns: Mapping[str, int] = field(default_factory=dict)
    other: int = 1

    @property
    def widest(self) -> int:
        """How many parts stand behind the widest column."""
        return max([self.other, *self.columns.values()])

    def behind(self, name: str) -> int:
        """The most parts that may stand behind a column of that name; 0 when there is none."""
        return max(self.other, self.columns.get(name, 0))


def require_bounded(query: expressions.Query) -> None:
    """Raises `DatabaseError` for a statement that grows beyond the limits when it is put together."""
    size = _size(query, {}, ())
    if size.tables > MOST_TABLES or size.parts > MOST_PARTS:
        what = f"{size.tables:,} tables" if size.tables > MOST_TABLES else f"{size.parts:,} names and signs"
        raise refusal(
            f"means {what} once its subqueries are put together",
            f"Name them fewer times: at most {MOST_TABLES} tables and {MOST_PARTS:,} names and signs",
        )


def _size(query: Parsed, named: Mapping[str, Size], outer: tuple[Size, ...]) -> Size:
    """`named` are the subqueries that have a name here; `outer` those around it that it may name."""
    known = dict(named)
    for cte in getattr(query, "ctes", []):
        name = cte.alias.lower()
        # Within itself it is what was found in the step before.
        known[name] = _renamed(cte, _size(cte.this, {**known, name: Size()}, outer))
    if isinstance(query, expressions.SetOperation):
        # Long chains are left-deep: they are walked down and not recursed into.
        return _united([_size(side, known, outer) for side in _sides(query)])
    if isinstance(query, expressions.Subquery):
        return _size(query.this, known, outer)
    sources: tuple[Size, ...] = ()
    for each in _sources(query):
        # Those that come later may name columns of those before.
        sources += (_renamed(each, _size_of_source(each, known, (*outer, *sources))),)
    there = (*outer, *sources)
    tables = sum(max(each.tables, 1) for each in sources)
    parts = sum(each.parts for each in sources)
    of_sources = {id(each) for each in _sources(query)}
    places = {id(each): place for place, each in enumerate(query.expressions)}
    widths = [1] * len(places)
    for each in _own(query):
        own = 0
        for node in _walk(each):
            if id(node) in of_sources:
                continue
            if isinstance(node, expressions.Query):
                inner = _size(node, known, there)
                own, tables = own + inner.parts, tables + inner.tables
            elif isinstance(node, expressions.Star):
                own += sum(sum(size.columns.values()) + size.other for size in sources)
            elif isinstance(node, expressions.Column):
                own += max((size.behind(node.name.lower()) for size in there), default=0) or 1
            else:
                own += 1
        parts += own
        if id(each) in places:
            widths[places[id(each)]] = own
    columns, other = _columns(query, widths, sources)
    return Size(tables, parts, columns, other)


def _united(sides: list[Size]) -> Size:
    """Columns are called as those of the first side, which stands last here, and as wide as the widest."""
    lanes = [list(side.columns.values()) for side in sides]
    called, named = sides[-1].columns, len({len(lane) for lane in lanes}) == 1
    return Size(
        sum(side.tables for side in sides),
        sum(side.parts for side in sides),
        dict(zip(called, map(max, zip(*lanes, strict=True)), strict=True)) if named else {},
        max(side.other if named else side.widest for side in sides),
    )


def _columns(query: Parsed, widths: list[int], sources: tuple[Size, ...]) -> tuple[dict[str, int], int]:
    """How many parts stand behind each column that a query gives, and behind those that have no name here."""
    found: dict[str, int] = {}
    other = 0
    for each, width in zip(query.expressions, widths, strict=True):
        if each.is_star:
            for source in sources:
                other = max(other, source.other)
                for name, wide in source.columns.items():
                    found[name] = max(found.get(name, 0), wide)
        elif isinstance(each, expressions.Alias | expressions.Column):
            name = each.output_name.lower()
            found[name] = max(found.get(name, 0), width)
        else:
            other = max(other, width)
    return found, other


def _renamed(source: Expression, size: Size) -> Size:
    """The same, whose columns nothing is known of where they are given other names."""
    alias = source.args.get("alias")
    renamed = alias is not None and alias.args.get("columns")
    return replace(size, columns={}, other=size.widest) if renamed else size


def _sides(query: expressions.SetOperation) -> Iterator[Expression]:
    left: Expression = query
    while isinstance(left, expressions.SetOperation):
        yield left.expression
        left = left.this
    yield left


def _size_of_source(source: Expression, known: Mapping[str, Size], outer: tuple[Size, ...]) -> Size:
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
