"""Lists of rows of one kind, filtered, sorted and read a page at a time, by SQL made of the kind's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, text

#: Rows at once; whoever wants more narrows the list.
MOST = 100_000
#: Rows that are read ahead of whoever writes them down.
_AHEAD = 5_000
#: Under this name each row of a page says how many rows there are.
_COUNT = "rows in all"
#: A column that comes with the keys.
_CARRIED = re.compile(r"b\.\w+")
#: How rows can be chosen by a column of each kind: a text contains letters or is one of several, numbers
#: and days lie between two.
OPERATORS: dict[str, tuple[Operator, ...]] = {
    "text": ("has", "is"),
    "whole": ("min", "max"),
    "day": ("min", "max"),
}

Operator = Literal["has", "is", "min", "max"]
#: As the value of `is`: whatever it holds.
ANY: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """A column of what is listed: its name, what it holds, and whether the rows can be sorted by it.

    `choices` are all the values that it may have, where they are few; a field that is not `shown`
    stands in what is taken along alone. `unit` is what it counts, where
    its name does not say so. What `counts` rows of a table is unknown (None), and not zero, as long as
    nothing at all was collected into that table.
    """

    name: str
    sql: str
    kind: Literal["text", "whole", "day"]
    about: str
    sortable: bool = True
    choices: tuple[str, ...] = ()
    shown: bool = True
    counts: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of row: its key, the table that it is sorted within, and what else is shown of it.

    `base` joins that table to the keys `b`; `more` joins what only the shown page needs, and what
    fields that cannot be sorted by are made of. `carried` are columns that come with the keys.
    `order` is what it is sorted by when nothing is asked, a minus sign before it for backwards;
    `usual` are conditions that hold where none is given for their field.
    """

    key: tuple[str, ...]
    base: str
    more: str
    fields: tuple[Field, ...]
    order: str
    carried: tuple[str, ...] = ()
    usual: tuple[Condition, ...] = ()

    @property
    def sortable(self) -> tuple[str, ...]:
        """The names of the columns by which rows of the kind can be sorted."""
        return tuple(each.name for each in self.fields if each.sortable)

    def unsaid(self, conditions: Collection[Condition]) -> tuple[Condition, ...]:
        """The usual conditions that hold beside these."""
        said = {condition.field for condition in conditions}
        return tuple(condition for condition in self.usual if condition.field not in said)

    def showing(self, *names: str) -> Kind:
        """The same kind of row with fewer columns shown, where there is little room."""
        return replace(self, fields=tuple(each for each in self.fields if each.name in names))

    def hiding(self, *names: str) -> Kind:
        """The same kind of row, these columns only in what is taken along: all rows say the same there."""
        fields = (replace(each, shown=each.shown and each.name not in names) for each in self.fields)
        return replace(self, fields=tuple(fields))

    def field(self, name: str) -> Field:
        """The field of that name; `ValueError` for any other."""
        for each in self.fields:
            if each.name == name:
                return each
        raise ValueError(f"there is no column {name!r}: choose from {', '.join(f.name for f in self.fields)}")


@dataclass(frozen=True)
class Condition:
    """What rows have to satisfy: by which column, how, and the value (`is`: any of several texts)."""

    field: str
    operator: Operator
    value: str | int | date | tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Which of the rows: those that satisfy all conditions, in an order, `limit` of them after `offset`."""

    order: str = ""
    conditions: tuple[Condition, ...] = ()
    limit: int = MOST
    offset: int = 0


#: All rows in their usual order.
ALL = Part()


@dataclass(frozen=True)
class Listed:
    """A page of rows with a value for each of the fields, and how many rows there are of them all."""

    fields: tuple[Field, ...]
    rows: tuple[Mapping[str, Any], ...]
    count: int


@dataclass(frozen=True)
class Source:
    """Where rows come from: a SELECT of their keys (and what is carried), and the values of its parameters.

    Where what is carried has to be added up, `keys` takes the names of the carried columns that rows are
    chosen and sorted by, and the conditions that they are chosen by; and `rest` is the SELECT of the keys
    and all that is carried of the rows in `page`.
    `expand` writes out in full what stands for something else in the statement. A `table` whose rows all
    are meant (those that satisfy `keys`, a condition then, if any) is read straight, by its indexes: it
    stands as `b` in the kind's words.
    """

    keys: str | Callable[[Collection[str], Collection[Condition]], str]
    values: Mapping[str, Any] = field(default_factory=dict)
    expand: Callable[[str], str] = str
    rest: str = ""
    table: str = ""


def read_list(connection: Connection, kind: Kind, source: Source, part: Part) -> Listed:
    """One page of the rows; `ValueError` for an order or a condition that the kind does not have."""
    statement, counting, values = _statements(kind, source, part)
    held = _execute(connection, statement, values).mappings().all()
    # Behind the last page there is no row that could tell how many there are.
    count = held[0][_COUNT] if held else _execute(connection, counting, values).scalar_one()
    unknown = _unknown(connection, kind)
    return Listed(kind.fields, tuple(_row(kind, row, unknown) for row in held), int(count))


def every_row(connection: Connection, kind: Kind, source: Source, part: Part) -> Iterator[dict[str, Any]]:
    """The same rows one by one, never all of them in memory."""
    statement, _, values = _statements(kind, source, part)
    unknown = _unknown(connection, kind)
    for row in _execute(connection, statement, values, yield_per=_AHEAD).mappings():
        yield _row(kind, row, unknown)


def _unknown(connection: Connection, kind: Kind) -> frozenset[str]:
    """The tables that the kind's fields count in and into which nothing was ever collected."""
    tables = sorted({each.counts for each in kind.fields if each.counts})
    if not tables:
        return frozenset()
    asked = ", ".join(f"EXISTS (SELECT 1 FROM {name})" for name in tables)
    held = connection.execute(text(f"SELECT {asked}")).one()
    return frozenset(name for name, any_row in zip(tables, held, strict=True) if not any_row)


def _row(kind: Kind, row: Mapping[Any, Any], unknown: frozenset[str]) -> dict[str, Any]:
    return {
        each.name: None if each.counts in unknown else _plain(each, row[each.name]) for each in kind.fields
    }


def _plain(of: Field, value: Any) -> Any:
    """A value of the field; a day as SQLite holds it becomes one, as PostgreSQL gives it."""
    return date.fromisoformat(value) if of.kind == "day" and isinstance(value, str) else value


def _execute(
    connection: Connection, statement: str, values: Mapping[str, Any], yield_per: int | None = None
) -> Any:
    prepared = text(statement)
    given = {name: value for name, value in values.items() if name in prepared._bindparams}
    several = [name for name, value in given.items() if isinstance(value, list | tuple)]
    prepared = prepared.bindparams(*(bindparam(name, expanding=True) for name in several))
    if connection.dialect.name == "sqlite":
        # Days are held as text there, which no driver would know of a statement of its own.
        given = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()
        }
    options = {"yield_per": yield_per} if yield_per else {}
    return connection.execute(prepared, given, execution_options=options)


def _statements(kind: Kind, source: Source, part: Part) -> tuple[str, str, dict[str, Any]]:
    """The SELECT of a page with the count of all in each row, that of the count alone, and their values."""
    order = part.order or kind.order
    by = next((each for each in kind.fields if each.sortable and each.name == order.removeprefix("-")), None)
    if by is None:
        raise ValueError(f"rows are not sorted by {order!r}: choose from {', '.join(kind.sortable)}")
    conditions = (*part.conditions, *kind.unsaid(part.conditions))
    written, values = _conditions(kind, conditions)
    chosen_by = [kind.field(condition.field) for condition in conditions if condition.value != ANY]
    if source.table:
        statement, counting = _straight(kind, source, by, order, chosen_by, written)
        values |= {**source.values, "limit": part.limit, "offset": part.offset}
        return source.expand(statement), source.expand(counting), values
    carried = kind.carried
    keys = source.keys
    if callable(keys):
        texts = " ".join(each.sql for each in (by, *chosen_by))
        carried = tuple(name for name in kind.carried if re.search(rf"\bb\.{name}\b", texts))
        keys = keys(carried, conditions)
    columns = ", ".join(f"b.{name}" for name in (*kind.key, *carried))
    if written:
        keys = f"SELECT {columns} FROM ({keys}) b {_joined(kind, chosen_by)} WHERE {written}"
    keys = f"WITH chosen AS MATERIALIZED ({keys})"
    direction = "DESC" if order.startswith("-") else "ASC"
    # What nobody knows stands last, whichever way the rows are sorted.
    key = ", ".join(f"b.{name}" for name in kind.key)
    places = f"CASE WHEN {{0}}.sorted IS NULL THEN 1 ELSE 0 END, {{0}}.sorted {direction}, {key}"
    shown = ", ".join(f'{each.sql} AS "{each.name}"' for each in kind.fields)
    rows = "page b"
    if source.rest:
        same = " AND ".join(f"b.{name} = g.{name}" for name in kind.key)
        rows = f"page g JOIN ({source.rest}) b ON {same}"
    statement = (
        f"{keys}, page AS (SELECT {columns}, b.sorted FROM (SELECT {columns}, {by.sql} AS sorted "
        f"FROM chosen b {_joined(kind, [by])}) b ORDER BY {places.format('b')} LIMIT :limit OFFSET :offset) "
        f'SELECT {shown}, (SELECT COUNT(*) FROM chosen) AS "{_COUNT}" '
        f"FROM {rows} {kind.base} {kind.more} ORDER BY {places.format('g' if source.rest else 'b')}"
    )
    values |= {**source.values, "limit": part.limit, "offset": part.offset}
    # Not as common table expressions: those that are read twice would be computed in full first.
    return source.expand(statement), source.expand(f"{keys} SELECT COUNT(*) FROM chosen"), values


def _straight(
    kind: Kind, source: Source, by: Field, order: str, chosen_by: Sequence[Field], written: str
) -> tuple[str, str]:
    """The two SELECTs of a whole table: no keys are gathered first, so that an index can give the order."""
    direction = "DESC" if order.startswith("-") else "ASC"
    key = ", ".join(f"b.{name}" for name in kind.key)
    where = " AND ".join(each for each in (str(source.keys), written) if each)
    where = f" WHERE {where}" if where else ""
    counting = f"SELECT COUNT(*) FROM {source.table} b {_joined(kind, chosen_by)}{where}"
    shown = ", ".join(f'{each.sql} AS "{each.name}"' for each in kind.fields)
    again = " AND ".join(f"b.{name} = page.{name}" for name in kind.key)
    # Keys alone are put in order: rows are wide.
    statement = (
        f"WITH page AS MATERIALIZED (SELECT {key}, {by.sql} AS sorted FROM {source.table} b "
        f"{_joined(kind, [by, *chosen_by])}{where} "
        f"ORDER BY {by.sql} {direction} NULLS LAST, {key} LIMIT :limit OFFSET :offset) "
        f'SELECT {shown}, ({counting}) AS "{_COUNT}" '
        f"FROM page JOIN {source.table} b ON {again} {kind.base} {kind.more} "
        f"ORDER BY CASE WHEN page.sorted IS NULL THEN 1 ELSE 0 END, page.sorted {direction}, {key}"
    )
    return statement, counting


def _joined(kind: Kind, fields: Iterable[Field]) -> str:
    """The joins that these fields need: none where all of them come with the keys."""
    if any(not field.sortable for field in fields):
        return f"{kind.base} {kind.more}"
    return "" if all(_CARRIED.fullmatch(field.sql) for field in fields) else kind.base


def _conditions(kind: Kind, conditions: Sequence[Condition]) -> tuple[str, dict[str, Any]]:
    """The conditions as SQL, and the values of their parameters."""
    written: list[str] = []
    values: dict[str, Any] = {}
    for place, condition in enumerate(conditions):
        of, name = kind.field(condition.field), f"condition_{place}"
        if condition.operator not in OPERATORS[of.kind]:
            raise ValueError(f"rows are not chosen by {condition.operator} of {of.name}")
        match condition.operator:
            case "has":
                # SQLite folds the letters of ASCII alone: what was typed as it stands there is found too.
                letters = _escaped(str(condition.value))
                values |= {name: f"%{letters.lower()}%", f"{name}_typed": f"%{letters}%"}
                written.append(
                    rf"(LOWER({of.sql}) LIKE :{name} ESCAPE '\' OR {of.sql} LIKE :{name}_typed ESCAPE '\')"
                )
            case "is" if condition.value == ANY:
                continue
            case "is":
                values[name] = condition.value if isinstance(condition.value, tuple) else (condition.value,)
                written.append(f"{of.sql} IN :{name}")
            case "min":
                values[name] = condition.value
                written.append(f"{of.sql} >= :{name}")
            case "max":
                values[name] = condition.value
                written.append(f"{of.sql} <= :{name}")
    return " AND ".join(written), values


def _escaped(letters: str) -> str:
    """The letters without a meaning of their own in LIKE."""
    return letters.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
