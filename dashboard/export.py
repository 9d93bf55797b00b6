"""Flat rows in the forms that programs read: CSV, JSON and Parquet, by one description of their columns."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Literal

Kind = Literal["text", "whole", "number", "day", "instant", "truth"]
#: How each form is called on the wire.
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}
FORMS = tuple(MEDIA_TYPES)
#: Rows of a group of a Parquet file.
BATCH = 10_000
_SCHEMAS: dict[Kind, dict[str, str]] = {
    "text": {"type": "string"},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "day": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "truth": {"type": "boolean"},
}


@dataclass(frozen=True)
class Column:
    """A column of what is exported: its name, what it holds, and whether a row may lack it."""

    name: str
    kind: Kind
    about: str
    lacking: bool = False

    def schema(self) -> dict[str, Any]:
        """The column as JSON Schema."""
        schema: dict[str, Any] = dict(_SCHEMAS[self.kind])
        if self.lacking:
            schema["type"] = [schema["type"], "null"]
        return {**schema, "description": self.about}


def schema_of(columns: Sequence[Column]) -> dict[str, Any]:
    """A row as JSON Schema: every column is there, and no other."""
    return {
        "type": "object",
        "properties": {column.name: column.schema() for column in columns},
        "required": [column.name for column in columns],
        "additionalProperties": False,
    }


def written(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], form: str) -> bytes:
    """The rows in one of `FORMS`; they hold plain values, days and instants by the columns' names.

    JSON is a list of objects. In CSV no text begins like a formula of a spreadsheet.
    """
    stream = io.BytesIO()
    write(columns, rows, form, stream)
    return stream.getvalue()


def write(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], form: str, into: IO[bytes]) -> None:
    """The same into a file, a few thousand rows at a time, so that they are never all in memory."""
    if form == "parquet":
        _write_parquet(columns, rows, into)
        return
    text = io.TextIOWrapper(into, encoding="utf-8", newline="", write_through=True)
    if form == "json":
        opening = "["
        for row in rows:
            plain = {column.name: _plain(row[column.name]) for column in columns}
            text.write(opening + json.dumps(plain, ensure_ascii=False, separators=(",", ":")))
            opening = ","
        text.write("[]" if opening == "[" else "]")
    else:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([column.name for column in columns])
        writer.writerows([cell(row[column.name]) for column in columns] for row in rows)
    text.detach()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def cell(value: Any) -> Any:
    """A value of a CSV: no text begins like a formula of a spreadsheet."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return _plain(value)


def _write_parquet(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], into: IO[bytes]) -> None:
    # Loaded by the first reader who wants Parquet: it takes longer to load than a page to answer.
    import pyarrow
    import pyarrow.parquet

    types = {
        "text": pyarrow.string(),
        "whole": pyarrow.int64(),
        "number": pyarrow.float64(),
        "day": pyarrow.date32(),
        "instant": pyarrow.timestamp("us", tz="UTC"),
        "truth": pyarrow.bool_(),
    }
    schema = pyarrow.schema(
        [
            pyarrow.field(column.name, types[column.kind], column.lacking, {"comment": column.about})
            for column in columns
        ]
    )
    with pyarrow.parquet.ParquetWriter(into, schema) as writer:
        remaining = iter(rows)
        while batch := list(itertools.islice(remaining, BATCH)):
            lanes = [pyarrow.array([row[c.name] for row in batch], types[c.kind]) for c in columns]
            writer.write_table(pyarrow.Table.from_arrays(lanes, schema=schema))
