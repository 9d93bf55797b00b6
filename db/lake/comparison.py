"""Whether a lake equals the database: all rows of both are read, and held against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
from sqlalchemy import Engine

from db.engine import consistent
from db.errors import DatabaseError
from db.lake import snapshot
from db.lake.contents import Content, Kept, Tally, contents, kept_tables
from db.lake.snapshot import Snapshot
from db.literals import quoted


@dataclass(frozen=True)
class Compared:
    """A table: its rows in the database and in the lake's files, and whether they are the same ones."""

    name: str
    held: int
    kept: int
    equal: bool


def compare(engine: Engine, lake: Path) -> list[Compared]:
    """Every table of the lake beside the database's: read from the rows, whatever marks and manifest say.

    A table that one of them lacks has other columns or no rows there, and is not equal. Raises
    `DatabaseError` when there is no lake, and when its files cannot be read.
    """
    found = snapshot.current(lake)
    if found is None:
        raise DatabaseError(
            "is no lake", to=str(lake), next_step=f"Run `flowmeter db export --lake {lake}` to make it"
        )
    listed = {
        each.name: each
        for each in kept_tables(private=found.manifest.private, months_since=found.manifest.months_since)
    }
    told = []
    try:
        with consistent(engine) as connection, duckdb.connect(":memory:") as duck:
            duck.execute("SET TimeZone = 'UTC'")
            for name in sorted(listed.keys() | found.manifest.tables.keys()):
                kept = listed.get(name)
                held = contents(connection, duck, kept) if kept else {}
                there = _in_files(duck, found, kept) if kept else None
                told.append(Compared(name, _rows(held), _rows(there or {}), held == there))
    except duckdb.Error as error:
        raise DatabaseError(
            f"cannot be read ({str(error).splitlines()[0]})",
            to=str(lake),
            next_step=f"Run `flowmeter db export --lake {lake} --whole`",
        ) from error
    return told


def _in_files(duck: duckdb.DuckDBPyConnection, found: Snapshot, kept: Kept) -> dict[int, Content] | None:
    """What the parts of a table hold by its files; None when these have other columns."""
    held = found.manifest.tables.get(kept.name)
    if held is None or held.columns != kept.described():
        return None
    plain = ", ".join(
        f'"{column.name}" AT TIME ZONE \'UTC\' AS "{column.name}"'
        if column.type.endswith("TIME ZONE")
        else f'"{column.name}"'
        for column in kept.described()
    )
    files = ", ".join(map(quoted, found.files(kept.name)))
    tally = Tally(duck, kept)
    tally.add_from(f"(SELECT {plain} FROM read_parquet([{files}], hive_partitioning = false))")
    return tally.contents()


def _rows(held: dict[int, Content]) -> int:
    return sum(content.rows for content in held.values())
