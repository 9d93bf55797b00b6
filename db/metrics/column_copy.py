"""What the metrics read, in columns: a copy in DuckDB that is brought up to date from the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from sqlalchemy import Connection, Engine, Table, func, select

from db.changes import NOTED
from db.engine import consistent
from db.metrics.copy_file import LAYOUT, layout_of, noted, only_one, opened, remove
from db.metrics.reader import EVERYTHING, Reader, column_type
from db.metrics.reading_ahead import ReadAhead
from db.people.part import KEPT, NAMING
from db.schema import table

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
MARK, TEXTS = "mark", "texts"
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
        self._lock = only_one(path) if path is not None else None
        self.duck = opened(path, layout_of(wanted))
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
        self.note(LAYOUT, layout_of(self.tables))
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
            whole = [
                held
                for held in self.tables
                if held.name not in (*ANSWERS, *NOTED) and not self._same_span(connection, held)
            ]
            days: dict[str, set[tuple[int, str]]] = {name: set() for name in NOTED}
            for note in notes.to_pylist():
                days[note["table_name"]] |= {(note["repository_id"], day) for day in note["days"].split()}
            with ReadAhead(reader) as ahead:
                self._announce(ahead, whole, days)
                self._read_naming(ahead)
                differing = [held.name for held in whole if self._reread(ahead, held)]
                for name in NOTED:
                    self._reread_days(ahead, table(name), days[name])
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
        return noted(self.duck, key)

    def note(self, key: str, value: str) -> None:
        """Note a value under a key, in the copy itself."""
        self.duck.execute("DELETE FROM copy_state WHERE key = ?", [key])
        self.duck.execute("INSERT INTO copy_state VALUES (?, ?)", [key, value])

    def _read_everything(self, reader: Reader) -> None:
        # A file of its own: nothing that was forgotten since is left in unused parts of the old one.
        self.duck.close()
        if self._path is not None:
            remove(self._path)
        self.duck = opened(self._path, layout_of(self.tables))
        self.duck.execute("BEGIN")
        self._texts.clear()
        for held, columns in self.tables.items():
            # In the order of days: of what is read later of some days, the rest is passed over.
            order = " ORDER BY day" if "day" in columns else ""
            self._load(reader, held, columns, f"CREATE OR REPLACE TABLE {held.name} AS", order=order)
        for name, kept in KEPT.items():
            self.duck.execute(f"CREATE OR REPLACE TABLE {name} ({kept})")
        self.duck.execute("CREATE OR REPLACE TABLE computed (metric VARCHAR, text VARCHAR)")
        self.duck.execute("CREATE OR REPLACE TABLE known_days (scope_id BIGINT, day DATE)")

    def _announce(
        self, ahead: ReadAhead, whole: Iterable[Table], days: Mapping[str, Collection[tuple[int, str]]]
    ) -> None:
        """Say what will be read, in its order."""
        for name, columns in NAMING.items():
            ahead.announce(table(name), columns)
        for held in whole:
            if held.name != "identities":
                ahead.announce(held, self.tables[held])
        for name in NOTED:
            held = table(name)
            ahead.announce(held, self.tables[held], _within(_by_repository(days[name])))
            ahead.announce_count(held)

    def _read_naming(self, reader: Reader | ReadAhead) -> None:
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

    def _reread(self, reader: ReadAhead, held: Table) -> bool:
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

    def _reread_days(self, reader: ReadAhead, held: Table, noted: set[tuple[int, str]]) -> None:
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

    def _days_with_others(self, reader: ReadAhead, held: Table) -> set[tuple[int, str]]:
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

    def _read_days(self, reader: ReadAhead, held: Table, days: set[tuple[int, str]]) -> None:
        """Read some days of a table into `arrived`; `replaced` are the rows that it takes the place of."""
        name = held.name
        by_repository = _by_repository(days)
        where = _within(by_repository)
        self.duck.execute("CREATE OR REPLACE TEMPORARY TABLE read_days (repository_id BIGINT, day DATE)")
        if where == EVERYTHING:
            self.duck.execute(f"INSERT INTO read_days SELECT DISTINCT repository_id, day FROM {name}")
        self._load(reader, held, self.tables[held], "CREATE OR REPLACE TEMPORARY TABLE arrived AS", where)
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
        self,
        reader: Reader | ReadAhead,
        held: Table,
        columns: Iterable[str],
        into: str,
        where: str = EVERYTHING,
        order: str = "",
    ) -> None:
        self._take_in(reader.read(held, list(columns), where), into, order)

    def _take_in(self, rows: pa.Table, into: str, order: str = "") -> None:
        self.duck.register("read", rows)
        self.duck.execute(f"{into} FROM read{order}")
        self.duck.unregister("read")


def _by_repository(days: Collection[tuple[int, str]]) -> dict[int, list[str]]:
    """Repository → its days, as SQL writes them."""
    found: dict[int, list[str]] = {}
    for repository, day in sorted(days):
        found.setdefault(repository, []).append(f"'{day}'")
    return found


def _within(days: Mapping[int, Sequence[str]]) -> str:
    """The condition that rows of these days meet; that of every row when they are many repositories'."""
    if len(days) > MANY:
        return EVERYTHING
    return (
        " OR ".join(
            f"(repository_id = {number} AND day IN ({', '.join(listed)}))" for number, listed in days.items()
        )
        or "FALSE"
    )
