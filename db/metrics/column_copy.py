"""What the metrics read, in columns: a copy in DuckDB that is brought up to date from the database."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, Engine, Table, func, select

from db.changes import NOTED
from db.engine import consistent
from db.errors import DatabaseError
from db.metrics.reader import EVERYTHING, Reader, column_type
from db.people.part import KEPT, NAMING
from db.schema import table

log = logging.getLogger(__name__)

#: Part of the layout: another number makes every copy anew.
VERSION = 2
#: How long a refresh waits for another one that has the copy, in seconds.
PATIENCE = 600.0
#: More repositories than this with something new: the whole table is read.
MANY = 200
#: Tables that a refresh itself writes: held as it wrote them.
ANSWERS = (
    "contributions",
    "person_totals",
    "organization_people",
    "person_periods",
    "first_answers",
    "open_threads",
    "metric_values",
)
MARK, LAYOUT, TEXTS = "mark", "layout", "texts"
#: Tables that name people, and the names of the copies that a refresh holds of them while it lasts.
BESIDE = {name: "seen" if name == "identities" else name for name in NAMING}


@dataclass(frozen=True)
class News:
    """What a copy was told when it was brought up to date.

    `everything` says that all was read anew, and nothing is known of what was
    there before; `tables` are those, of the tables read whole, whose rows differ;
    `notes` are the numbers of the notes that have been heeded, `mark` the mark that
    the database bore.
    """

    everything: bool
    tables: frozenset[str]
    notes: tuple[int, ...]
    mark: str | None


class ColumnCopy:
    """The copy, in a file or in memory, with a transaction open from the first look to `keep`.

    Rows of a table that differ after `update` stand in the temporary tables
    `old_TABLE` and `new_TABLE`, as they were and as they are. Use it as a context:
    what is not kept is as it was before, or once it was settled no copy at all.
    """

    def __init__(self, path: Path | None, tables: Mapping[Table, Sequence[str]]) -> None:
        wanted = {name: tuple(columns) for name, columns in tables.items()}
        for name in ANSWERS:
            wanted[table(name)] = tuple(table(name).c.keys())
        self.tables = wanted
        self._path = path
        self._lock = _only_one(path) if path is not None else None
        self.duck = _open(path, _layout(wanted))
        self.duck.execute("BEGIN")
        #: Table → a digest of the text that its rows were read from, while they are as they were read.
        self._texts: dict[str, str] = json.loads(self.noted(TEXTS) or "{}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whatever is still open is given up by closing.
        self.duck.close()
        if self._lock is not None:
            self._lock.close()

    def keep(self, mark: str) -> None:
        """Make this the copy that the mark in the database stands for."""
        self.note(MARK, mark)
        self.note(TEXTS, json.dumps(self._texts))
        self.note(LAYOUT, _layout(self.tables))
        self.duck.execute("COMMIT")

    def settle(self) -> None:
        """Let other cursors see what was brought up to date; until `keep` it stands for no mark."""
        self.note(MARK, "")
        self.duck.execute("COMMIT")
        self.duck.execute("BEGIN")

    def update(self, engine: Engine) -> News:
        """Bring the copy to what the database holds, at one instant for all tables."""
        with consistent(engine) as connection:
            reader = Reader(connection)
            marks = reader.read(table("refresh_marks"), ["name", "mark"]).to_pylist()
            mark = marks[0]["mark"] if marks else None
            notes = reader.read(table("fact_changes"), ["change_id", "table_name", "repository_id", "days"])
            numbers = tuple(notes.column("change_id").to_pylist())
            if mark is None or self.noted(MARK) != mark:
                self._read_everything(reader)
                self._read_naming(reader)
                return News(True, frozenset(), numbers, mark)
            self._read_naming(reader)
            differing = [
                held.name
                for held in self.tables
                if held.name not in (*ANSWERS, *NOTED) and not self._same_span(connection, held)
                if self._reread(reader, held)
            ]
            days: dict[str, set[tuple[int, str]]] = {name: set() for name in NOTED}
            for note in notes.to_pylist():
                days[note["table_name"]] |= {(note["repository_id"], day) for day in note["days"].split()}
            for name in NOTED:
                self._reread_days(reader, table(name), days[name])
            return News(False, frozenset(differing), numbers, mark)

    def read_again(
        self, connection: Connection, news: News, column: str, names: Mapping[str, Collection[int] | None]
    ) -> News:
        """Read tables once more that were written since `update`: rows by numbers in a column, or all (None).

        Returns the news with what differs in them added.
        """
        reader = Reader(connection)
        differing = set(news.tables)
        for name, numbers in names.items():
            held = table(name)
            where = EVERYTHING if numbers is None else f"{column} IN ({', '.join(map(str, sorted(numbers)))})"
            if numbers is not None and not numbers:
                continue
            self._load(reader, held, self.tables[held], "CREATE OR REPLACE TEMPORARY TABLE arrived AS", where)
            known = name in news.tables
            if known:
                for side in ("old", "new"):
                    self.duck.execute(
                        f"CREATE OR REPLACE TEMPORARY TABLE first_{side} AS SELECT * FROM {side}_{name}"
                    )
            if self._odd_rows(f"(SELECT * FROM {name} WHERE {where})", name):
                self._texts.pop(name, None)
                differing.add(name)
                self._take_over(held)
            if known:
                for side in ("old", "new"):
                    self.duck.execute(f"INSERT INTO {side}_{name} FROM first_{side}")
        return replace(news, tables=frozenset(differing))

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT over the copy."""
        return self.duck.execute(select).fetchall()

    def days(self, name: str) -> list[str]:
        """The columns of a table that hold days, as far as the copy has them."""
        held = table(name)
        return [column for column in self.tables[held] if column_type(held.c[column]) == "DATE"]

    def noted(self, key: str) -> str | None:
        """What was noted under a key; None when nothing was."""
        return _noted(self.duck, key)

    def note(self, key: str, value: str) -> None:
        """Note a value under a key, in the copy itself."""
        self.duck.execute("DELETE FROM copy_state WHERE key = ?", [key])
        self.duck.execute("INSERT INTO copy_state VALUES (?, ?)", [key, value])

    def _read_everything(self, reader: Reader) -> None:
        # A file of its own: nothing that was forgotten since is left in unused parts of the old one.
        self.duck.close()
        if self._path is not None:
            _remove(self._path)
        self.duck = _open(self._path, _layout(self.tables))
        self.duck.execute("BEGIN")
        self._texts.clear()
        for held, columns in self.tables.items():
            self._load(reader, held, columns, f"CREATE OR REPLACE TABLE {held.name} AS")
        for name, kept in KEPT.items():
            self.duck.execute(f"CREATE OR REPLACE TABLE {name} ({kept})")
        self.duck.execute("CREATE OR REPLACE TABLE computed (metric VARCHAR, text VARCHAR)")
        self.duck.execute("CREATE OR REPLACE TABLE known_days (scope_id BIGINT, day DATE)")

    def _read_naming(self, reader: Reader) -> None:
        for name, columns in NAMING.items():
            into = f"CREATE OR REPLACE TEMPORARY TABLE {BESIDE[name]} AS"
            self._load(reader, table(name), columns, into)

    def _same_span(self, connection: Connection, held: Table) -> bool:
        """Whether a table is the calendar, and spans the days that it did: all else in it follows."""
        if held.name != "calendar":
            return False
        spans = select(func.count(), func.min(held.c.day), func.max(held.c.day))
        return (
            tuple(connection.execute(spans).one())
            == self.rows("SELECT COUNT(*), MIN(day), MAX(day) FROM calendar")[0]
        )

    def _reread(self, reader: Reader, held: Table) -> bool:
        """Read a whole table; says whether it differs, and then lays both sides' odd rows aside."""
        name = held.name
        into = "CREATE OR REPLACE TEMPORARY TABLE arrived AS"
        if name == "identities":
            self.duck.execute(f"{into} SELECT {', '.join(self.tables[held])} FROM {BESIDE[name]}")
        else:
            columns = self.tables[held]
            lines = reader.lines(held, columns)
            digest = hashlib.blake2b(lines, digest_size=16).hexdigest()
            if self._texts.get(name) == digest:
                return False
            self._texts[name] = digest
            self._take_in(reader.parsed(held, columns, lines), into)
        if not self._odd_rows(name, name):
            return False
        self._take_over(held)
        return True

    def _reread_days(self, reader: Reader, held: Table, noted: set[tuple[int, str]]) -> None:
        """Read the days of a table that were written, and if rows are gone, those that count fewer by now."""
        name = held.name
        self._read_days(reader, held, noted)
        ((expected,),) = self.rows(
            f"SELECT (SELECT COUNT(*) FROM {name}) - (SELECT COUNT(*) FROM replaced) "
            "+ (SELECT COUNT(*) FROM arrived)"
        )
        if reader.count(held) != expected:
            self._read_days(reader, held, noted | self._days_with_others(reader, held))
        if self._odd_rows("replaced", name):
            self._take_over(held)

    def _days_with_others(self, reader: Reader, held: Table) -> set[tuple[int, str]]:
        """The days of a table that count other rows than the copy does."""
        self.duck.register("counted", reader.counts(held))
        moved = self.rows(
            "SELECT COALESCE(n.repository_id, o.repository_id), "
            "CAST(COALESCE(n.day, o.day) AS VARCHAR) "
            "FROM counted n FULL JOIN "
            f"(SELECT repository_id, day, COUNT(*) AS rows FROM {held.name} GROUP BY ALL) o "
            "ON n.repository_id = o.repository_id AND n.day = o.day WHERE n.rows IS DISTINCT FROM o.rows"
        )
        self.duck.unregister("counted")
        return set(moved)

    def _read_days(self, reader: Reader, held: Table, days: set[tuple[int, str]]) -> None:
        """Read some days of a table into `arrived`; `replaced` are the rows that it takes the place of."""
        name = held.name
        by_repository: dict[int, list[str]] = {}
        for repository, day in sorted(days):
            by_repository.setdefault(repository, []).append(f"'{day}'")
        self.duck.execute("CREATE OR REPLACE TEMPORARY TABLE read_days (repository_id BIGINT, day DATE)")
        if len(by_repository) > MANY:
            where = EVERYTHING
            self.duck.execute(f"INSERT INTO read_days SELECT DISTINCT repository_id, day FROM {name}")
        else:
            where = " OR ".join(
                f"(repository_id = {number} AND day IN ({', '.join(listed)}))"
                for number, listed in by_repository.items()
            )
        self._load(
            reader,
            held,
            self.tables[held],
            "CREATE OR REPLACE TEMPORARY TABLE arrived AS",
            where or "FALSE",
        )
        if days:
            values = ", ".join(
                f"({number}, DATE {day})" for number, listed in by_repository.items() for day in listed
            )
            self.duck.execute(f"INSERT INTO read_days VALUES {values}")
        # A row whose day has changed is found by its key.
        keys = ", ".join(column.name for column in held.primary_key)
        self.duck.execute(
            "CREATE OR REPLACE TEMPORARY TABLE replaced AS "
            f"SELECT * FROM {name} SEMI JOIN read_days USING (repository_id, day) UNION "
            f"SELECT * FROM {name} SEMI JOIN arrived USING ({keys})"
        )

    def _take_over(self, held: Table) -> None:
        """Put the new rows in the place of the old ones."""
        keys = ", ".join(column.name for column in held.primary_key)
        self.duck.execute(f"DELETE FROM {held.name} WHERE ({keys}) IN (SELECT ({keys}) FROM old_{held.name})")
        self.duck.execute(f"INSERT INTO {held.name} SELECT * FROM new_{held.name}")

    def _odd_rows(self, before: str, name: str) -> bool:
        """Lay aside the rows of `before` and of `arrived` that the other does not have; says whether any."""
        for part, left, right in (("old", before, "arrived"), ("new", "arrived", before)):
            self.duck.execute(
                f"CREATE OR REPLACE TEMPORARY TABLE {part}_{name} AS "
                f"SELECT * FROM {left} EXCEPT SELECT * FROM {right}"
            )
        found = f"SELECT EXISTS (FROM old_{name}) OR EXISTS (FROM new_{name})"
        return bool(self.rows(found)[0][0])

    def _load(
        self, reader: Reader, held: Table, columns: Iterable[str], into: str, where: str = EVERYTHING
    ) -> None:
        self._take_in(reader.read(held, list(columns), where), into)

    def _take_in(self, rows: pa.Table, into: str) -> None:
        self.duck.register("read", rows)
        self.duck.execute(f"{into} FROM read")
        self.duck.unregister("read")


def _layout(tables: Mapping[Table, Sequence[str]]) -> str:
    """Which columns of which types a copy holds, in one short text."""
    listed = [
        f"{held.name}.{name} {column_type(held.c[name])}"
        for held, columns in tables.items()
        for name in columns
    ]
    return hashlib.blake2b(
        "\n".join([str(VERSION), *map(str, KEPT.items()), *sorted(listed)]).encode(), digest_size=12
    ).hexdigest()


def _open(path: Path | None, layout: str) -> duckdb.DuckDBPyConnection:
    """A copy of that layout: the one in the file, or an empty one in its place."""
    if path is None:
        return _prepared(duckdb.connect(":memory:"))
    if path.exists():
        try:
            duck = _prepared(duckdb.connect(path))
            if _noted(duck, LAYOUT) in (None, layout):
                return duck
            duck.close()
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise DatabaseError(
                    "is in use by another program",
                    to=str(path),
                    next_step="Close whatever has it open and refresh again",
                ) from error
        except duckdb.Error as error:
            # Written by another version of DuckDB, or no whole file: it is only a copy.
            log.warning("%s: made anew, since it cannot be read: %s", path, error)
        _remove(path)
    return _prepared(duckdb.connect(path))


def _only_one(path: Path) -> IO[str]:
    """Wait until no other process has the copy; closing what is returned lets the next one in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.with_suffix(".lock").open("w")
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > give_up:
                file.close()
                raise DatabaseError(
                    "another refresh has been at it for ten minutes",
                    to=str(path),
                    next_step="Wait for it, or end it",
                ) from error
            time.sleep(0.2)
        else:
            return file


def _prepared(duck: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    duck.execute("CREATE TABLE IF NOT EXISTS copy_state (key VARCHAR, value VARCHAR)")
    duck.execute("SET preserve_insertion_order = false")
    return duck


def _noted(duck: duckdb.DuckDBPyConnection, key: str) -> str | None:
    found = duck.execute("SELECT value FROM copy_state WHERE key = ?", [key]).fetchall()
    return str(found[0][0]) if found else None


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()
    with suppress(FileNotFoundError):
        path.with_name(f"{path.name}.wal").unlink()
