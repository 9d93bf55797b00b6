"""A SQLite file of what is public, for Datasette, notebooks and machines of one's own."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Index, MetaData, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from db.adhoc.public import public_columns
from db.engine import consistent
from db.errors import DatabaseError
from db.schema import table

#: Rows that are copied together.
BATCH = 5_000
#: The tables' and columns' meanings, within the file itself.
DICTIONARY = "data_dictionary"


@dataclass(frozen=True)
class Published:
    """What was written: the file, Datasette's description of it, and how many tables and rows it holds."""

    file: Path
    metadata: Path
    tables: int
    rows: int


def publish(
    engine: Engine, file: Path, *, told: Callable[[str, int], None] = lambda _name, _rows: None
) -> Published:
    """Write the public tables with their public columns, as they are at one instant.

    The file takes its place whole or not at all; whoever reads an older one goes on
    reading it. `told` hears of each table. Raises `DatabaseError` when it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        os.close(handle)
    except OSError as error:
        raise _unwritable(file, error) from error
    draft = Path(name)
    try:
        rows = _write(engine, draft, told)
        draft.chmod(0o644)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        metadata = file.with_name(f"{file.name}.metadata.json")
        text = json.dumps(_description(file.stem), ensure_ascii=False, indent=1)
        beside = draft.with_name(f"{draft.name}.json")
        beside.write_text(text + "\n", encoding="utf-8")
        beside.replace(metadata)
        draft.replace(file)
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(file, error) from error
    finally:
        draft.unlink(missing_ok=True)
    return Published(file, metadata, len(public_columns()), rows)


def _unwritable(file: Path, error: Exception) -> DatabaseError:
    said = getattr(error, "strerror", None) or str(error)
    return DatabaseError(
        f"cannot be written ({said})", to=str(file), next_step="Name a place with room that can be written"
    )


def _write(engine: Engine, draft: Path, told: Callable[[str, int], None]) -> int:
    whole = 0
    with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as made, consistent(engine) as read:
        # A draft that is lost is made anew: nothing of it has to outlive a power cut.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "page_size = 8192"):
            made.execute(f"PRAGMA {pragma}").close()
        made.execute("BEGIN")
        for name, columns in public_columns().items():
            kept = _kept(name, columns)
            made.execute(str(CreateTable(kept).compile(dialect=sqlite.dialect())))
            places = ", ".join("?" for _ in columns)
            rows = 0
            for batch in _rows(read, name, columns):
                made.executemany(f'INSERT INTO "{name}" VALUES ({places})', batch)
                rows += len(batch)
            for index in sorted(kept.indexes, key=lambda each: str(each.name)):
                made.execute(str(CreateIndex(index).compile(dialect=sqlite.dialect())))
            told(name, rows)
            whole += rows
        _write_dictionary(made)
        made.execute("COMMIT")
        made.execute("ANALYZE")
        if made.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the file that was written is not whole")
    return whole


def _kept(name: str, columns: list[str]) -> Table:
    """The table with its public columns alone: keys and indexes that these suffice for."""
    held = table(name)
    metadata = MetaData()
    kept = Table(name, metadata, *(held.columns[column]._copy() for column in columns))
    for constraint in list(kept.constraints):
        if constraint is not kept.primary_key:
            kept.constraints.discard(constraint)
    for column in kept.columns:
        column.foreign_keys.clear()
        column.server_default = None
    for index in held.indexes:
        named = [str(column.name) for column in index.columns]
        whole = index.dialect_options["sqlite"]["where"] is None
        simple = whole and len(named) == len(index.expressions)
        if simple and set(named) <= set(columns):
            Index(str(index.name), *(kept.columns[each] for each in named))
    return kept


def _rows(connection: Connection, name: str, columns: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    listed = ", ".join(f'"{column}"' for column in columns)
    asked = f'SELECT {listed} FROM "{name}"'
    plain = connection.dialect.name == "sqlite"
    with connection.execution_options(stream_results=True).exec_driver_sql(asked) as found:
        while batch := found.fetchmany(BATCH):
            yield [tuple(row) if plain else tuple(map(_held, row)) for row in batch]


def _held(value: Any) -> Any:
    """A value of PostgreSQL as Flowmeter holds it in SQLite."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def _write_dictionary(made: sqlite3.Connection) -> None:
    columns_of_it = '"table" TEXT, "column" TEXT, meaning TEXT, PRIMARY KEY ("table", "column")'
    made.execute(f"CREATE TABLE {DICTIONARY} ({columns_of_it})")
    for name, columns in public_columns().items():
        held = table(name)
        lines = [
            (name, "", held.comment),
            *((name, column, held.columns[column].comment) for column in columns),
        ]
        made.executemany(f"INSERT INTO {DICTIONARY} VALUES (?, ?, ?)", lines)


def _description(database: str) -> dict[str, Any]:
    """Datasette's metadata: what each table and column means."""
    tables = {
        name: {
            "description": table(name).comment,
            "columns": {column: table(name).columns[column].comment for column in columns},
        }
        for name, columns in public_columns().items()
    }
    return {
        "title": "Flowmeter",
        "description": "How far an open-source community has come, with numbers that can be checked.",
        "databases": {database: {"tables": tables}},
    }
