"""The one bulk write: insert rows, and update those that are held already."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, Dialect, Table, bindparam, select, tuple_

from db import changes
from db.faults import driver_of
from db.schema.columns import COLLECTED, UtcDateTime

Row = Mapping[str, Any]
#: What stands between the members of a set in a column of text.
BETWEEN = "; "
#: Rows whose sets are looked up by one statement.
AT_ONCE = 500


def upsert(connection: Connection, table: Table, rows: Iterable[Row]) -> int:
    """Write rows into a table, by its primary key; returns how many were given.

    All rows of a call carry the same columns (`ValueError` names the first that
    does not). Of rows with the same key the last one counts. What happens to a
    value that is held already is the column's own `on_conflict`; columns that
    are not given keep what they hold. SQLite takes the rows through the driver's
    `executemany`, PostgreSQL through COPY into a temporary table and one upsert.
    Days of facts are noted for the next refresh (see `db.changes`). Where rows bear
    their source, those that name none were collected, and what was collected stays
    as it is when another source's row comes.
    """
    rows = _united(connection, table, list(rows))
    if not rows:
        return 0
    names = list(rows[0])
    width = len(names)
    pick = operator.itemgetter(*names) if width > 1 else lambda row: (row[names[0]],)
    try:
        values = [pick(row) for row in rows]
    except KeyError as error:
        raise ValueError(f"{table.name}: a row has no {error.args[0]!r}, others of its page have") from error
    if any(len(row) != width for row in rows):
        odd = next(row for row in rows if len(row) != width)
        raise ValueError(f"{table.name}: {sorted(set(odd) - set(names))} stand in some rows of the page only")
    source = _ranked(table)
    if source is not None and source.name not in names:
        names = [*names, source.name]
        values = [(*row, COLLECTED) for row in values]
    width = len(names)
    columns = [table.c[name] for name in names]
    key = [names.index(column.name) for column in table.primary_key if column.name in names]
    if len(key) != len(table.primary_key):
        raise ValueError(
            f"{table.name}: rows lack a part of the key ({', '.join(table.primary_key.c.keys())})"
        )
    given = len(values)
    of_key = operator.itemgetter(*key)
    values = list({of_key(row): row for row in values}.values())
    values = _as_the_driver_takes_them(columns, values, connection.dialect)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * width)
        head = f"INSERT INTO {table.name} ({_listed(names)}) VALUES ({marks})"
        # With foreign keys, an insert that may update keeps a journal a row: a third of a new row's cost.
        fresh = bool(table.foreign_keys) and not _holds(connection, table, columns, key, values)
        keys = _listed(column.name for column in table.primary_key)
        nothing = f"{head} ON CONFLICT ({keys}) DO NOTHING"
        put = connection.exec_driver_sql(nothing, values).rowcount if fresh else 0
        if put < len(values):
            connection.exec_driver_sql(f"{head} {_on_conflict(table, columns)}", values)
    else:
        _copy(connection, table, columns, values)
    if table.name in changes.NOTED:
        changes.note(connection, table.name, ((row["repository_id"], row["day"]) for row in rows))
    return given


def _holds(
    connection: Connection,
    table: Table,
    columns: Sequence[Column[Any]],
    key: Sequence[int],
    values: Sequence[tuple[Any, ...]],
) -> bool:
    """Whether the first or the last of the rows is held already: then many of them may be."""
    where = " AND ".join(f'"{columns[place].name}" = ?' for place in key)
    query = f"SELECT 1 FROM {table.name} WHERE {where}"
    return any(
        connection.exec_driver_sql(query, tuple(row[place] for place in key)).first()
        for row in (values[0], values[-1])
    )


def delete(connection: Connection, table: Table, keys: Iterable[Row], written: Sequence[Row] = ()) -> int:
    """Delete the rows that match each of the given column values; returns how many were asked for.

    Of rows that are about to be `written` anew, those stay that lack what may be
    known already (columns with `keep_known`): the upsert then keeps it.
    """
    keys = list(keys)
    if not keys:
        return 0
    statement = table.delete()
    for name in keys[0]:
        statement = statement.where(table.c[name] == bindparam(f"key_{name}"))
    staying = _staying(table, list(keys[0]), written)
    apart = [column for column in table.primary_key if column.name not in keys[0]]
    at_once = []
    for key in keys:
        values = {f"key_{name}": value for name, value in key.items()}
        held = staying.get(tuple(key.values()))
        if held and apart:
            of_them = [tuple(row[column.name] for column in apart) for row in held]
            connection.execute(statement.where(tuple_(*apart).not_in(of_them)), values)
        else:
            at_once.append(values)
    if at_once:
        connection.execute(statement, at_once)
    return len(keys)


def _staying(table: Table, names: list[str], written: Sequence[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """Rows that lack what may be known already, by the values under these names."""
    known = [column.name for column in table.c if column.info.get("on_conflict") == "keep_known"]
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in written:
        if any(name in row and row[name] is None for name in known):
            found.setdefault(tuple(row.get(name) for name in names), []).append(row)
    return found


def _united(connection: Connection, table: Table, rows: list[Row]) -> list[Row]:
    """The rows, with what is held already in those columns that hold sets.

    It is read in the transaction that writes, and stays locked until its end: of two
    jobs that add to one set neither loses what the other added.
    """
    sets = [c for c in table.c if c.info.get("on_conflict") == "union" and rows and c.name in rows[0]]
    (key,) = table.primary_key if sets else (None,)
    if key is None:
        return rows
    held: dict[Any, Row] = {}
    for start in range(0, len(rows), AT_ONCE):
        keys = [row[key.name] for row in rows[start : start + AT_ONCE]]
        query = select(key, *sets).where(key.in_(keys)).order_by(key).with_for_update()
        held |= {found[key.name]: found for found in connection.execute(query).mappings()}
    united: list[Row] = []
    for row in rows:
        found = held.get(row[key.name], {})
        parts = {c.name: f"{row[c.name] or ''}{BETWEEN}{found.get(c.name) or ''}" for c in sets}
        both = {name: BETWEEN.join(sorted({*text.split(BETWEEN)} - {""})) for name, text in parts.items()}
        united.append({**row, **both})
    return united


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _on_conflict(table: Table, columns: Sequence[Column[Any]]) -> str:
    target = _listed(column.name for column in table.primary_key)
    changes = [
        change
        for column in columns
        if not column.primary_key
        for change in [_change(table, column)]
        if change
    ]
    if not changes:
        return f"ON CONFLICT ({target}) DO NOTHING"
    source = _ranked(table)
    kept = ""
    if source is not None:
        held, new = f'{table.name}."{source.name}"', f'excluded."{source.name}"'
        kept = f" WHERE {new} = '{COLLECTED}' OR {held} <> '{COLLECTED}'"
    return f"ON CONFLICT ({target}) DO UPDATE SET {', '.join(changes)}{kept}"


def _ranked(table: Table) -> Column[Any] | None:
    """The column that names a row's source, in tables whose sources have an order."""
    return next((column for column in table.c if column.info.get("ranked")), None)


def _change(table: Table, column: Column[Any]) -> str:
    name, held, new = f'"{column.name}"', f'{table.name}."{column.name}"', f'excluded."{column.name}"'
    match column.info.get("on_conflict", "replace"):
        case "replace" | "union":
            return f"{name} = {new}"
        case "keep_known":
            return f"{name} = COALESCE({new}, {held})"
        case "least":
            return f"{name} = CASE WHEN {held} IS NULL OR {new} < {held} THEN {new} ELSE {held} END"
        case "greatest":
            return f"{name} = CASE WHEN {held} IS NULL OR {new} > {held} THEN {new} ELSE {held} END"
        case "keep_first":
            return ""
        case other:
            raise ValueError(f"{table.name}.{column.name}: on_conflict {other!r} is not known")


def _as_the_driver_takes_them(
    columns: Sequence[Column[Any]], values: list[tuple[Any, ...]], dialect: Dialect
) -> list[tuple[Any, ...]]:
    """Passes values through their types' own conversions, where a type has one for this driver."""
    converted: list[tuple[int, Callable[[Any], Any]]] = []
    for place, column in enumerate(columns):
        kind = column.type.dialect_impl(dialect)
        processor: Callable[[Any], Any] | None = kind.bind_processor(dialect)
        if processor is not None:
            short = dialect.name == "sqlite"
            converted.append((place, _shortened(column, processor) if short else processor))
    if not converted:
        return values
    lanes: list[Iterable[Any]] = list(zip(*values, strict=True))
    for place, convert in converted:
        lanes[place] = map(convert, lanes[place])
    return list(zip(*lanes, strict=True))


def _shortened(column: Column[Any], processor: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same conversion, with a short way for instants in UTC, plain days and truth values.

    The text is the one that the column's type would make; a page of commits has three of them a row,
    and their conversion would cost more than the writing.
    """

    before: Any = None
    made: Any = None

    def instant(value: Any) -> Any:
        nonlocal before, made
        # Rows of one run or page often carry the very same instant.
        if value is before:
            return made
        before, made = value, _instant(value)
        return made

    def _instant(value: Any) -> Any:
        if type(value) is datetime and value.tzinfo is UTC:
            return value.isoformat(" ", "seconds")[:19]
        return processor(value)

    def day(value: Any) -> Any:
        nonlocal before, made
        if value is before:
            return made
        before, made = value, value.isoformat() if type(value) is date else processor(value)
        return made

    def truth(value: Any) -> Any:
        return value if type(value) is bool else processor(value)

    if isinstance(column.type, UtcDateTime):
        return instant
    if isinstance(column.type, Date):
        return day
    return truth if isinstance(column.type, Boolean) else processor


def _copy(
    connection: Connection, table: Table, columns: Sequence[Column[Any]], values: list[tuple[Any, ...]]
) -> None:
    names = _listed(column.name for column in columns)
    staging = f"staging_{table.name}"
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {staging} ON COMMIT DROP AS SELECT {names} FROM {table.name} WITH NO DATA"
    )
    with (
        driver_of(connection) as driver,
        driver.cursor() as cursor,
        cursor.copy(f"COPY {staging} ({names}) FROM STDIN") as copy,
    ):
        for row in values:
            copy.write_row(row)
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staging} {_on_conflict(table, columns)}"
    )
    connection.exec_driver_sql(f"DROP TABLE {staging}")
