"""`flowmeter db export --lake`: bring the Parquet copy of all tables to what the database holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
from sqlalchemy import Connection, Engine, func, select

from db import migration
from db.engine import consistent
from db.errors import DatabaseError
from db.full_disk import told_of_a_full_disk
from db.lake import snapshot
from db.lake.contents import Content, Kept, Tally, batches, contents, kept_tables
from db.lake.snapshot import LakeTable, Manifest, Part, Snapshot
from db.literals import quoted
from db.schema import table

#: What DuckDB may hold of a table while it sorts it; more goes to the disk.
MEMORY = "256MB"
#: Rows that a reader may skip together.
ROW_GROUP = 100_000


@dataclass(frozen=True)
class Exported:
    """What an export did: the snapshot that is current now, its tables and rows, and the files it wrote.

    `written` is empty when nothing had changed, and then there is no new snapshot either.
    """

    snapshot: Snapshot
    tables: int
    rows: int
    files: int
    written: tuple[Part, ...]


def export(
    engine: Engine,
    lake: Path,
    *,
    now: datetime,
    private: bool = False,
    told: Callable[[str, int, int], None] = lambda _name, _rows, _written: None,
) -> Exported:
    """Bring a lake to what the database holds at one instant; what did not change is not written.

    All rows are read; files are written of the tables' years whose rows differ. The new snapshot takes
    its place whole or not at all, so that an export that is killed leaves the lake as it was. `private`
    adds tables and columns that are not public, in a folder for the user alone. `told` hears of each table,
    its rows and how many files were written of it. Raises `DatabaseError` when the lake cannot be written
    or another export is at work in it.
    """
    revision = str(migration.current(engine) or "")
    with snapshot.alone(lake, private=private), _told_of_duckdb(lake):
        before = snapshot.current(lake)
        if before and before.manifest.private != private:
            before = None
        with consistent(engine) as connection, snapshot.draft(lake) as folder:
            work = _Export(connection, folder, before)
            tables = {}
            for kept in kept_tables(private=private):
                wrote = len(work.written)
                tables[kept.name] = work.table(kept)
                told(kept.name, tables[kept.name].rows, len(work.written) - wrote)
            work.close()
            forgotten = _forgotten(connection)
            manifest = Manifest(now, revision, private, forgotten, dict(sorted(tables.items())))
            if before is None or work.written or manifest != replace(before.manifest, made_at=now):
                held = snapshot.publish(lake, folder, manifest)
            else:
                held = before
        others = before is None or before.manifest.forgotten != forgotten
        snapshot.prune(lake, now=now, at_once=others)
    parts = [part for each in manifest.tables.values() for part in each.parts]
    return Exported(held, len(manifest.tables), sum(p.rows for p in parts), len(parts), tuple(work.written))


def require_current(engine: Engine, lake: Path, names: Collection[str]) -> Snapshot:
    """The lake's snapshot, which holds these tables as the database does.

    Raises `DatabaseError` when there is no lake, and when a table differs: then the lake is older.
    """
    held = snapshot.current(lake)
    advice = f"Run `flowmeter db export --lake {lake}`"
    if held is None:
        raise DatabaseError("is no lake", to=str(lake), next_step=f"{advice} to make it")
    differing = []
    with consistent(engine) as connection, duckdb.connect(":memory:") as duck:
        for kept in kept_tables(private=held.manifest.private):
            if kept.name not in names:
                continue
            found = {kept.path(*each) for each in contents(connection, duck, kept).items()}
            if kept.name not in held.manifest.tables or found != _paths(held.manifest.tables[kept.name]):
                differing.append(kept.name)
    if differing:
        raise DatabaseError(
            f"is older than the database (other rows of {', '.join(differing)})",
            to=str(lake),
            next_step=f"{advice}, then refresh again",
        )
    return held


class _Export:
    """One export on its way: the tables of one instant, into one draft."""

    def __init__(self, connection: Connection, folder: Path, before: Snapshot | None) -> None:
        self._connection = connection
        self._folder = folder
        self._before = before
        self._scratch = folder / ".scratch"
        self._scratch.mkdir()
        self._duck = duckdb.connect(
            self._scratch / "rows.duckdb",
            config={"memory_limit": MEMORY, "temp_directory": str(self._scratch / "spilled"), "threads": 2},
        )
        self._duck.execute("SET TimeZone = 'UTC'")
        self.written: list[Part] = []

    def table(self, kept: Kept) -> LakeTable:
        """One table: files that are held already are taken over, the others are written."""
        held = self._before.manifest.tables.get(kept.name) if self._before else None
        parts: dict[int, Part] = {}
        if held is not None:
            found = contents(self._connection, self._duck, kept)
            parts = self._taken_over(kept, found, held)
            missing = found.keys() - parts.keys()
        else:
            found, missing = {}, None
        if missing is None or missing:
            self._duck.execute("BEGIN")
            tally = Tally(self._duck, kept)
            self._duck.execute(f"CREATE TABLE rows ({_columns(kept)})")
            for batch in batches(self._connection, kept, missing):
                tally.add(batch)
                self._duck.register("arrived", batch)
                self._duck.execute("INSERT INTO rows FROM arrived")
                self._duck.unregister("arrived")
            found |= tally.contents()
            for year in sorted(found if missing is None else missing):
                parts[year] = self._write(kept, year, found[year])
            # Nothing of it is needed: what was not kept costs no second writing.
            self._duck.execute("ROLLBACK")
        listed = tuple(parts[year] for year in sorted(parts))
        return LakeTable(str(kept.table.comment or ""), kept.described(), listed)

    def close(self) -> None:
        """Leave the scratch that is no part of the snapshot."""
        self._duck.close()
        shutil.rmtree(self._scratch)

    def _taken_over(self, kept: Kept, found: dict[int, Content], held: LakeTable) -> dict[int, Part]:
        assert self._before is not None
        by_path = {part.path: part for part in held.parts}
        paths = {year: kept.path(year, content) for year, content in found.items()}
        return {
            year: by_path[path]
            for year, path in paths.items()
            if path in by_path and snapshot.keep(self._before, by_path[path], self._folder)
        }

    def _write(self, kept: Kept, year: int, content: Content) -> Part:
        path = kept.path(year, content)
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        chosen = ", ".join(
            f'"{column.name}" AT TIME ZONE \'UTC\' AS "{column.name}"'
            if column.type.endswith("TIME ZONE")
            else f'"{column.name}"'
            for column in kept.described()
        )
        keys = ", ".join(
            f'"{column.name}"' for column in kept.table.primary_key if column.name in kept.columns
        )
        self._duck.execute(
            f"COPY (SELECT {chosen} FROM rows WHERE {kept.part()} = {year} ORDER BY {keys or 'ALL'}) "
            f"TO {quoted(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
        snapshot.sync(file)
        part = Part(path, content.rows, file.stat().st_size)
        self.written.append(part)
        return part


@contextmanager
def _told_of_duckdb(lake: Path) -> Iterator[None]:
    """What DuckDB cannot write, in the words of everything else that cannot be written."""
    try:
        with told_of_a_full_disk(lake):
            yield
    except duckdb.Error as error:
        raise DatabaseError(
            f"cannot be written ({str(error).splitlines()[0]})",
            to=str(lake),
            next_step="Name a place with room that can be written; what was there is as it was",
        ) from error


def _columns(kept: Kept) -> str:
    return ", ".join(
        f'"{column.name}" {column.type.removesuffix(" WITH TIME ZONE")}' for column in kept.described()
    )


def _paths(held: LakeTable) -> set[str]:
    return {part.path for part in held.parts}


def _forgotten(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(table("forgotten_identities"))).scalar_one()
