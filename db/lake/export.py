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
from db.lake import marks, snapshot
from db.lake.contents import MADE_BY, Content, Kept, Tally, batches, contents, kept_tables
from db.lake.marks import Marks, differing, noted, watched
from db.lake.snapshot import LakeTable, Manifest, Part, Snapshot
from db.literals import quoted
from db.schema import table

#: What DuckDB may hold of a table while it sorts it; more goes to the disk.
MEMORY = "256MB"
#: Rows that a reader may skip together.
ROW_GROUP = 100_000
#: So many years before this one are split by months, too.
RECENT = 1


@dataclass(frozen=True)
class Exported:
    """What an export did: the snapshot that is current now, its tables, rows and files.

    `read` is how many rows were read of the database, `written` the files that were written:
    none when nothing had changed.
    """

    snapshot: Snapshot
    tables: int
    rows: int
    files: int
    read: int
    written: tuple[Part, ...]


def export(
    engine: Engine,
    lake: Path,
    *,
    now: datetime,
    private: bool = False,
    whole: bool = False,
    told: Callable[[str, int, int], None] = lambda _name, _rows, _written: None,
) -> Exported:
    """Bring a lake to what the database holds at one instant; what did not change is not written.

    Read are the parts of tables that were written since the last export, as the database's marks say;
    all rows are of a table without marks, and with `whole` of each. The new snapshot takes
    its place whole or not at all, so that an export that is killed leaves the lake as it was. `private`
    adds tables and columns that are not public, in a folder for the user alone. `told` hears of each table,
    its rows and how many files were written of it. Raises `DatabaseError` when the lake cannot be written
    or another export is at work in it.
    """
    revision = str(migration.current(engine) or "")
    since = now.year - RECENT
    tables = kept_tables(private=private, months_since=since)
    with snapshot.alone(lake, private=private), _told_of_duckdb(lake):
        before = snapshot.current(lake)
        if before and before.manifest.private != private:
            before = None
        marks.prepare(engine, watched(tables))
        with consistent(engine) as connection, snapshot.draft(lake) as folder:
            found = marks.read(connection, watched(tables))
            work = _Export(connection, folder, before, found, whole=whole)
            made = {}
            for kept in tables:
                wrote = len(work.written)
                made[kept.name] = work.table(kept)
                told(kept.name, made[kept.name].rows, len(work.written) - wrote)
            work.close()
            forgotten = _forgotten(connection)
            manifest = Manifest(now, revision, private, forgotten, dict(sorted(made.items())), since, MADE_BY)
            if before is None or work.written or manifest != replace(before.manifest, made_at=now):
                held = snapshot.publish(lake, folder, manifest)
            else:
                held = before
        others = before is None or before.manifest.forgotten != forgotten
        snapshot.prune(lake, now=now, at_once=others)
    parts = [part for each in manifest.tables.values() for part in each.parts]
    rows = sum(part.rows for part in parts)
    return Exported(held, len(manifest.tables), rows, len(parts), work.read, tuple(work.written))


def require_current(engine: Engine, lake: Path, names: Collection[str]) -> Snapshot:
    """The lake's snapshot, which holds these tables as the database does.

    Where marks do not say so, all rows are read. Raises `DatabaseError` when there is no lake, and
    when a table differs: then the lake is older.
    """
    held = snapshot.current(lake)
    advice = f"Run `flowmeter db export --lake {lake}`"
    if held is None:
        raise DatabaseError("is no lake", to=str(lake), next_step=f"{advice} to make it")
    older = []
    with consistent(engine) as connection, duckdb.connect(":memory:") as duck:
        tables = kept_tables(private=held.manifest.private, months_since=held.manifest.months_since)
        found = marks.read(connection, watched(tables))
        for kept in tables:
            if kept.name not in names or differing(kept, held.manifest, found) == set():
                continue
            paths = {kept.path(*each) for each in contents(connection, duck, kept).items()}
            if kept.name not in held.manifest.tables or paths != _paths(held.manifest.tables[kept.name]):
                older.append(kept.name)
    if older:
        raise DatabaseError(
            f"is older than the database (other rows of {', '.join(older)})",
            to=str(lake),
            next_step=f"{advice}, then refresh again",
        )
    return held


class _Export:
    """One export on its way: the tables of one instant, into one draft."""

    def __init__(
        self, connection: Connection, folder: Path, before: Snapshot | None, found: Marks, *, whole: bool
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._before = before
        self._marks = found
        self._whole = whole
        self._scratch = folder / ".scratch"
        self._scratch.mkdir()
        self._duck = duckdb.connect(
            self._scratch / "rows.duckdb",
            config={"memory_limit": MEMORY, "temp_directory": str(self._scratch / "spilled"), "threads": 2},
        )
        self._duck.execute("SET TimeZone = 'UTC'")
        self.read = 0
        self.written: list[Part] = []

    def table(self, kept: Kept) -> LakeTable:
        """One table: files that are held already are taken over, the others are written."""
        held = self._before.manifest.tables.get(kept.name) if self._before else None
        changed = differing(kept, self._before.manifest, self._marks) if self._before else None
        if held is None:
            files = self._written(kept, None, {})
        elif changed is None or self._whole:
            files = self._compared(kept, held)
        else:
            files = self._brought_on(kept, held, changed)
        listed = tuple(files[number] for number in sorted(files))
        known = noted(kept, self._marks)
        return LakeTable(str(kept.table.comment or ""), kept.described(), listed, known)

    def close(self) -> None:
        """Leave the scratch that is no part of the snapshot."""
        self._duck.close()
        shutil.rmtree(self._scratch)

    def _compared(self, kept: Kept, held: LakeTable) -> dict[int, Part]:
        """All of a table is read; what does not differ need not go over the disk."""
        by_path = {file.path: file for file in held.parts}
        found = contents(self._connection, self._duck, kept, self._has_read)
        paths = {number: kept.path(number, content) for number, content in found.items()}
        files = {
            number: replace(by_path[path], number=number)
            for number, path in paths.items()
            if path in by_path and self._keeps(by_path[path])
        }
        missing = found.keys() - files.keys()
        return files | (self._written(kept, missing, {}) if missing else {})

    def _brought_on(self, kept: Kept, held: LakeTable, changed: set[int]) -> dict[int, Part]:
        """The parts that changed are read, and those whose files are lost; the others stay as they are."""
        by_path = {file.path: file for file in held.parts}
        # The part 0 of a table that is split is the file of one without rows.
        whole = [file for file in held.parts if file.number or not kept.split]
        numbers = {kept.part_of(file.number) for file in whole}
        files = {
            file.number: file for file in whole if file.number in numbers - changed and self._keeps(file)
        }
        if missing := (numbers | changed) - files.keys() - ({0} if kept.split else set()):
            files |= self._written(kept, missing, by_path)
        return files or self._written(kept, set(), by_path)

    def _written(
        self, kept: Kept, parts: Collection[int] | None, by_path: dict[str, Part]
    ) -> dict[int, Part]:
        """Files of some parts, or of all that there are; those that are held already are taken over."""
        self._duck.execute("BEGIN")
        tally = Tally(self._duck, kept)
        self._duck.execute(f"CREATE TABLE rows ({_columns(kept)})")
        if parts is not None and kept.split:
            parts = set(parts) - {0}
        for batch in batches(self._connection, kept, parts) if parts is None or parts else ():
            self._has_read(batch.num_rows)
            tally.add(batch)
            self._duck.register("arrived", batch)
            self._duck.execute("INSERT INTO rows FROM arrived")
            self._duck.unregister("arrived")
        files = {}
        found = tally.found if kept.split and parts else tally.contents()
        for number, content in sorted(found.items()):
            there = by_path.get(kept.path(number, content))
            files[number] = there if there and self._keeps(there) else self._write(kept, number, content)
        # Nothing of it is needed: what was not kept costs no second writing.
        self._duck.execute("ROLLBACK")
        return files

    def _keeps(self, file: Part) -> bool:
        return self._before is not None and snapshot.keep(self._before, file, self._folder)

    def _has_read(self, rows: int) -> None:
        self.read += rows

    def _write(self, kept: Kept, number: int, content: Content) -> Part:
        path = kept.path(number, content)
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
            f"COPY (SELECT {chosen} FROM rows WHERE {kept.part()} = {number} ORDER BY {keys or 'ALL'}) "
            f"TO {quoted(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
        snapshot.sync(file)
        part = Part(path, content.rows, file.stat().st_size, number)
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
