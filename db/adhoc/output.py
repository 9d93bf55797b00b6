"""Rows for people and programs: a table on a terminal, or CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, TextIO

import typer

from db.errors import DatabaseError


class Format(StrEnum):
    """What `--format` takes."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


#: The option that every command with a table takes.
FormatOption = Annotated[Format, typer.Option("--format", help="How to write the rows.")]


def write(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    form: Format,
    *,
    stream: TextIO | None = None,
    title: str | None = None,
) -> None:
    """Write rows to a stream (standard output by default).

    JSON is a list of objects; times are ISO 8601 in both CSV and JSON. Parquet
    is bytes, so it is refused on a terminal with `DatabaseError`. Of columns of the same name
    the later ones are numbered (`a`, `a_2`), so that none is lost.
    """
    stream = stream or sys.stdout
    columns = told_apart(columns)
    if form is Format.TABLE:
        _table(columns, rows, stream, title)
    elif form is Format.CSV:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_plain(value) for value in row] for row in rows)
    elif form is Format.JSON:
        objects = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
        json.dump(objects, stream, ensure_ascii=False, indent=1)
        stream.write("\n")
    else:
        _parquet(columns, rows, stream)


def told_apart(columns: Sequence[str]) -> list[str]:
    """The names of columns, later ones of the same name numbered."""
    names: list[str] = []
    held: set[str] = set()
    #: The last number of each name: hundreds of columns may have the same.
    last: dict[str, int] = {}
    for column in columns:
        number, name = last.get(column, 1), column
        while name in held:
            number += 1
            name = f"{column}_{number}"
        last[column] = number
        held.add(name)
        names.append(name)
    return names


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, int | float | str | bool) else str(value)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]], stream: TextIO, title: str | None) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold")
    for place, column in enumerate(columns):
        numbers = any(isinstance(row[place], int | float) for row in rows[:50])
        table.add_column(_shown(column), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_shown(value) for value in row))
    # Off a terminal there is no width to fit into, and nothing may be cut.
    Console(file=stream, width=None if stream.isatty() else 240).print(table)


def _shown(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return escape(_CONTROLS.sub(_visible, str(_plain(value))))


#: What a terminal obeys: titles of strangers must neither colour it nor write elsewhere on it.
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _visible(found: re.Match[str]) -> str:
    code = ord(found.group())
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"


def _parquet(columns: Sequence[str], rows: Sequence[Sequence[Any]], stream: TextIO) -> None:
    import pyarrow
    import pyarrow.parquet

    if stream.isatty():
        raise DatabaseError(
            "is bytes, which a terminal cannot show",
            to="Parquet",
            next_step="Send it into a file: > rows.parquet",
        )
    lanes = list(zip(*rows, strict=True)) or [() for _ in columns]
    arrays = [pyarrow.array(list(lane)) for lane in lanes]
    table = pyarrow.Table.from_arrays(arrays, names=list(columns))
    pyarrow.parquet.write_table(table, stream.buffer)
