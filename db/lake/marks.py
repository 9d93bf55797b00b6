"""What was written since a lake was last exported: marks that triggers leave, by table and month.

Every statement that touches rows leaves marks in its own transaction, whoever gives it: a command of
Flowmeter, a refresh, or a hand at the database's own shell. Whoever sees a row therefore sees its mark.
Triggers are laid by the first export; a database without a lake pays nothing for them.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import DBAPIError

from db.engine import writing
from db.faults import in_words
from db.lake import triggers
from db.lake.contents import MADE_BY, Kept
from db.lake.snapshot import Manifest
from db.lake.triggers import Watched
from db.schema import table

log = logging.getLogger(__name__)

#: The part that stands for all of a table: it was marked when its triggers were laid.
ALL = -1
#: What a lake keeps it under.
TABLE = "table"
#: From so many marks on those of PostgreSQL are added up: it leaves one a statement.
MANY = 2_000
#: How long PostgreSQL's triggers wait for those who write; without them a table is read whole.
LOCK_SECONDS = 2
_MODULUS = 1 << 62
_Parts = Mapping[int, int | None]


@dataclass(frozen=True)
class Marks:
    """The marks of tables with triggers: part (a month as 202403, or 0) → their sum; None: written just now.

    A table without triggers has no entry: what was written to it is not known.
    """

    of: Mapping[str, _Parts]

    def of_table(self, name: str) -> str | None:
        """The mark of a table's triggers; None of one that has none, or was emptied at once just now."""
        mark = self.of.get(name, {}).get(ALL)
        return None if mark is None else str(mark)

    def of_parts(self, name: str, part_of: Callable[[int], int]) -> dict[int, str | None]:
        """The marks of a table's parts, of several months each; None where any is written just now.

        A part that nobody wrote since the triggers were laid is not among them.
        """
        months: dict[int, list[tuple[int, int | None]]] = {}
        for month, mark in sorted(self.of.get(name, {}).items()):
            if month != ALL:
                months.setdefault(part_of(month), []).append((month, mark))
        return {
            part: None if any(mark is None for _, mark in each) else _digest(each)
            for part, each in months.items()
        }


def prepare(engine: Engine, watched: Sequence[Watched]) -> None:
    """Lay the triggers that a table lacks, and close the marks that are there.

    What cannot be laid, since the database may not be written or is at work, is told in
    the log: those tables are read whole. So nothing is ever missed.
    """
    unmarked: dict[str, str] = {}
    with engine.connect() as connection:
        known = read(connection, watched).of
    for each in watched:
        if each.table not in known and (why := _refused(_lay, engine, each)):
            unmarked[each.table] = why
    if why := _refused(_close, engine):
        log.warning("marks for the lake cannot be closed (%s): more is read than was written", why)
    if unmarked:
        log.warning(
            "what is written to %s cannot be marked for the lake (%s): read whole",
            ", ".join(unmarked),
            "; ".join(dict.fromkeys(unmarked.values())),
        )


def _refused(work: Callable[..., None], *given: object) -> str | None:
    """Why the database does not let work be done; None when it was done."""
    try:
        work(*given)
    except DBAPIError as error:
        told = in_words(error)
        return f"{told.to}: {told.happened}"
    return None


def _lay(engine: Engine, watched: Watched) -> None:
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        triggers.lay(connection, watched)
        _begin_anew(connection, watched.table)


def read(connection: Connection, watched: Sequence[Watched]) -> Marks:
    """The marks as the transaction sees them, of the tables whose triggers it sees."""
    laid = triggers.laid(connection, watched)
    sums: dict[str, dict[int, int | None]] = {name: {} for name in laid}
    if laid:
        c = table("lake_marks").c
        for row in connection.execute(select(c.table_name, c.part, c.token, c.is_open)):
            if row.table_name not in laid:
                continue
            parts = sums[row.table_name]
            held = parts.get(row.part, 0)
            parts[row.part] = None if row.is_open or held is None else (held + row.token) % _MODULUS
    return Marks({name: parts for name, parts in sums.items() if ALL in parts})


def watched(tables: Iterable[Kept]) -> list[Watched]:
    """What marks are kept of."""
    return [Watched(each.name, each.split) for each in tables]


def differing(kept: Kept, manifest: Manifest, found: Marks) -> set[int] | None:
    """The parts of a table that were written since a lake was exported.

    None when that is not known: the table has no triggers or was without them meanwhile, or the lake
    was made in another way.
    """
    held, mark = manifest.tables.get(kept.name), found.of_table(kept.name)
    if (
        held is None
        or mark is None
        or held.marks.get(TABLE) != mark
        or held.columns != kept.described()
        or manifest.made_by != MADE_BY
        or manifest.months_since > kept.months_since
    ):
        return None
    now = found.of_parts(kept.name, kept.part_of)
    if {kept.part_of(int(part)) for part in held.marks if part != TABLE} - now.keys():
        return None  # somebody took marks away
    written = {part for part, each in now.items() if each is None or held.marks.get(str(part)) != each}
    # Months that make up one file by now are read once for that.
    before = {file.number for file in held.parts}
    return written | {kept.part_of(number) for number in before} - before


def noted(kept: Kept, found: Marks) -> dict[str, str]:
    """The marks that a lake keeps of a table and its parts; none when they are not known."""
    mark = found.of_table(kept.name)
    if mark is None:
        return {}
    parts = found.of_parts(kept.name, kept.part_of)
    return {TABLE: mark} | {str(part): each for part, each in parts.items() if each is not None}


def _begin_anew(connection: Connection, name: str) -> None:
    """What was written while there were no triggers is not known: no mark from before counts any more."""
    marks = table("lake_marks")
    connection.execute(delete(marks).where(marks.c.table_name == name))
    connection.execute(marks.insert(), [_mark(name, ALL, _token())])


def _close(engine: Engine) -> None:
    """SQLite: what is written from now on gets marks of its own. PostgreSQL: many marks become one.

    A closed mark is drawn anew: copies of a file, in which the same mark was open, do not share it.
    """
    marks = table("lake_marks")
    postgresql = engine.dialect.name == "postgresql"
    with engine.connect() as connection:
        listed = connection.execute(select(marks.c.mark_id).where(marks.c.is_open).limit(1)).first()
        count = connection.execute(select(marks.c.mark_id).limit(MANY + 1)).all() if postgresql else ()
    if listed is None and len(count) <= MANY:
        return
    with writing(engine).begin() as connection:
        chosen = select(marks.c.table_name, marks.c.part).where(marks.c.is_open).distinct()
        if postgresql:
            taken = delete(marks).returning(marks.c.table_name, marks.c.part, marks.c.token)
            sums: dict[tuple[str, int], int] = {}
            for name, part, token in connection.execute(taken):
                sums[name, part] = (sums.get((name, part), 0) + token) % _MODULUS
        else:
            sums = {(row.table_name, row.part): _token() for row in connection.execute(chosen)}
            for name, part in sums:
                connection.execute(delete(marks).where(marks.c.table_name == name, marks.c.part == part))
        if sums:
            connection.execute(
                marks.insert(), [_mark(name, part, token) for (name, part), token in sums.items()]
            )


def _digest(marks: Sequence[tuple[int, int | None]]) -> str:
    return blake2b(repr(marks).encode(), digest_size=12).hexdigest()


def _mark(name: str, part: int, token: int) -> dict[str, object]:
    return {"table_name": name, "part": part, "token": token, "is_open": False}


def _token() -> int:
    return secrets.randbelow(_MODULUS)
