"""Rows of a running query as CSV, JSON or Parquet, piece by piece: memory does not grow with their number."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.export import cell
from db.adhoc.output import told_apart
from db.adhoc.query import Answer

#: Rows of a Parquet file that are written together.
GROUP = 5_000
#: Bytes that are read from a finished file at once.
PIECE = 1 << 18


def pieces(answer: Answer, form: str, shape: str = "objects") -> Iterator[bytes]:
    """The answer in one of the forms; JSON as a list of objects, or as columns and rows (`arrays`)."""
    if form == "csv":
        return _csv(answer)
    if form == "parquet":
        return _parquet(answer)
    return _arrays(answer) if shape == "arrays" else _objects(answer)


def _plain(value: Any) -> Any:
    """A value as JSON has it: bytes as their digits, and nothing for what is no number."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _csv(answer: Answer) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    # What a column is called is written by whoever wrote the query: it must be no formula either.
    writer.writerow([cell(name) for name in told_apart(answer.columns)])
    for batch in answer.batches():
        writer.writerows([cell(_plain(value)) for value in row] for row in batch)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _objects(answer: Answer) -> Iterator[bytes]:
    columns = told_apart(answer.columns)
    between = "["
    for batch in answer.batches():
        rows = [_written(dict(zip(columns, map(_plain, row), strict=True))) for row in batch]
        yield (between + ",\n".join(rows)).encode()
        between = ",\n"
    yield b"[]" if between == "[" else b"]"


def _arrays(answer: Answer) -> Iterator[bytes]:
    yield ('{"columns":' + _written(told_apart(answer.columns)) + ',"rows":').encode()
    between = "["
    for batch in answer.batches():
        yield (between + ",\n".join(_written([_plain(value) for value in row]) for row in batch)).encode()
        between = ",\n"
    end = "[]" if between == "[" else "]"
    yield (end + ',"cut_short":' + _written(answer.cut_short) + "}").encode()


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _parquet(answer: Answer) -> Iterator[bytes]:
    """Kinds of columns are known at the end, so the rows wait in a file until then."""
    # Loaded by the first reader who wants Parquet: it takes longer to load than a page to answer.
    import pyarrow
    import pyarrow.parquet

    names = told_apart(answer.columns)
    kinds = [0] * len(names)
    with tempfile.TemporaryFile() as waiting, tempfile.TemporaryFile() as made:
        for batch in answer.batches():
            for row in batch:
                plain = [_plain(value) for value in row]
                kinds = [max(kind, _kind(value)) for kind, value in zip(kinds, plain, strict=True)]
                waiting.write(_written(plain).encode() + b"\n")
        types = [_types(pyarrow)[kind] for kind in kinds]
        schema = pyarrow.schema(list(zip(names, types, strict=True)))
        waiting.seek(0)
        with pyarrow.parquet.ParquetWriter(made, schema) as writer:
            for rows in _grouped(waiting):
                answer.pause()
                lanes = zip(*rows, strict=True)
                arrays = [
                    pyarrow.array([_fitting(value, kind) for value in lane], each)
                    for lane, kind, each in zip(lanes, kinds, types, strict=True)
                ]
                writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
        made.seek(0)
        while piece := made.read(PIECE):
            yield piece


def _kind(value: Any) -> int:
    """Kinds in the order in which each can hold those before it: nothing, truth, whole, number, text."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return 2 if -(2**63) <= value < 2**63 else 3
    return 3 if isinstance(value, float) else 4


def _types(pyarrow: Any) -> Sequence[Any]:
    return (pyarrow.string(), pyarrow.bool_(), pyarrow.int64(), pyarrow.float64(), pyarrow.string())


def _fitting(value: Any, kind: int) -> Any:
    if value is None:
        return None
    if kind == 4:
        return value if isinstance(value, str) else _written(value)
    if kind == 3:
        return float(value)
    return int(value) if kind == 2 else value


def _grouped(waiting: Any) -> Iterator[list[list[Any]]]:
    rows: list[list[Any]] = []
    for line in waiting:
        rows.append(json.loads(line))
        if len(rows) == GROUP:
            yield rows
            rows = []
    if rows:
        yield rows
