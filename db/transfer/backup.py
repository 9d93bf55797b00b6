"""A backup is one SQLite file with every table and a list of what each holds, whichever database it is of."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from db import migration
from db.engine import connect
from db.errors import DatabaseError
from db.faults import driver_of
from db.leases import is_gone, process_name
from db.transfer.copy import Told, copy, require_empty
from db.transfer.fingerprint import LEFT_BEHIND, Contents, Tally

log = logging.getLogger(__name__)

#: The table that a backup has more than a database: what is in each of the others.
LIST = "backup_contents"
#: What a SQLite file begins with.
_MAGIC = b"SQLite format 3\x00"
#: Bytes of its head, without which there is not one page.
_HEAD = 100
#: How folders of unfinished backups begin, and the file in each that says whose it is.
_UNFINISHED, _OWNER = ".flowmeter-backup-", "process"
#: Seconds after which an unfinished backup of another machine counts as left behind.
_OLD = 86_400.0
_ADVICE = "Name a file that `flowmeter db backup` wrote"


def backup(source: Engine, file: Path) -> dict[str, Contents]:
    """Write the database as it is at one instant into a new file; returns what each table holds.

    The database may be read and written meanwhile. The file appears whole or
    not at all; one that is there already is never written over (`DatabaseError`).
    """
    migration.require_current(source)
    _require_place(file)
    with _beside(file) as unfinished:
        if source.dialect.name == "sqlite":
            _snapshot(source, unfinished)
        else:
            engine = connect(f"sqlite:///{unfinished}")
            try:
                copy(source, engine)
            finally:
                engine.dispose()
        held = _list_what_is_held(unfinished)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        # Unlike a rename, a link never takes the place of another file.
        os.link(unfinished, file)
    return held


def restore(file: Path, target: Engine, told: Told = lambda _name, _held: None) -> dict[str, Contents]:
    """Copy a backup into a database that is empty; returns what each table holds.

    A backup of an older version is migrated on the way, in a copy of it. Raises `DatabaseError` when
    the file is damaged or no backup, when the database holds rows, and for a backup of a newer version.
    """
    require_empty(target)
    damage = verify(file)
    if damage:
        raise DatabaseError(
            f"is damaged: {damage[0]}",
            to=str(file),
            next_step="Nothing was written; restore an earlier backup",
        )
    with tempfile.TemporaryDirectory(prefix="flowmeter-restore-") as folder:
        working = Path(folder) / "backup.db"
        with _reading(file) as plain, closing(sqlite3.connect(working)) as into:
            plain.backup(into)
            into.execute(f"DROP TABLE {LIST}")
        engine = connect(f"sqlite:///{working}")
        try:
            migration.upgrade(engine)
            return copy(engine, target, told)
        finally:
            engine.dispose()


def verify(file: Path) -> list[str]:
    """What is wrong with a backup, a sentence each; empty when every row is as it was written.

    Raises `DatabaseError` for a file that is missing or no backup of ours.
    """
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError as error:
        raise DatabaseError(f"cannot be read ({error.strerror})", to=str(file), next_step=_ADVICE) from error
    if len(head) < _HEAD or not head.startswith(_MAGIC):
        raise DatabaseError("is no backup: it is no SQLite file", to=str(file), next_step=_ADVICE)
    with _reading(file) as plain:
        try:
            listed = {
                name: Contents(rows, fingerprint)
                for name, rows, fingerprint in plain.execute(
                    f"SELECT table_name, row_count, fingerprint FROM {LIST}"
                )
            }
            return damaged_pages(plain) or _differing(plain, listed)
        except sqlite3.OperationalError as error:
            raise DatabaseError(f"is no backup ({error})", to=str(file), next_step=_ADVICE) from error
        except (sqlite3.DatabaseError, UnicodeError) as error:
            return [f"it cannot be read through ({error})"]


def damaged_pages(plain: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong: damaged pages, and rows that refer to rows that are not there."""
    pages = [str(line) for (line,) in plain.execute("PRAGMA integrity_check(20)")]
    broken = plain.execute("PRAGMA foreign_key_check").fetchmany(20)
    return [line for line in pages if line != "ok"] + [
        f"row {row} of {table} refers to a row of {other} that is not there"
        for table, row, other, _ in broken
    ]


def _differing(plain: sqlite3.Connection, listed: dict[str, Contents]) -> list[str]:
    found = {name: _contents(plain, name) for name in _tables(plain)}
    wrong = [f"table {name} is not there" for name in sorted(listed.keys() - found)]
    wrong += [f"table {name} is not in its list" for name in sorted(found.keys() - listed)]
    for name in sorted(listed.keys() & found):
        if found[name].rows != listed[name].rows:
            wrong.append(f"table {name} has {found[name].rows:,} rows, and had {listed[name].rows:,}")
        elif found[name] != listed[name]:
            wrong.append(f"rows of table {name} were changed")
    return wrong


def _list_what_is_held(file: Path) -> dict[str, Contents]:
    """Write the list into the file, and bring all of it into that one file."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    with closing(sqlite3.connect(file, isolation_level=None)) as plain:
        for name in sorted(LEFT_BEHIND):
            plain.execute(f"DELETE FROM {name}")
        held = {name: _contents(plain, name) for name in _tables(plain)}
        plain.execute(
            f"CREATE TABLE {LIST} (table_name TEXT PRIMARY KEY, row_count INTEGER NOT NULL, "
            "fingerprint TEXT NOT NULL, made_at TEXT NOT NULL)"
        )
        plain.executemany(
            f"INSERT INTO {LIST} VALUES (?, ?, ?, ?)",
            [(name, one.rows, one.fingerprint, made_at) for name, one in held.items()],
        )
        plain.execute("PRAGMA journal_mode = DELETE")
    return held


def _snapshot(source: Engine, unfinished: Path) -> None:
    """SQLite's own copy of a file that is in use."""
    with (
        source.connect() as connection,
        closing(sqlite3.connect(unfinished)) as into,
        driver_of(connection) as driver,
    ):
        driver.backup(into)


def _tables(plain: sqlite3.Connection) -> list[str]:
    """All tables but the list itself, whatever the version that made them called them."""
    found = plain.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' "
        "AND name <> ? ORDER BY name",
        (LIST,),
    )
    return [name for (name,) in found]


def _contents(plain: sqlite3.Connection, name: str) -> Contents:
    tally = Tally()
    for row in plain.execute(f'SELECT * FROM "{name}"'):
        tally.add(row)
    return tally.contents()


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as plain:
        yield plain


def _require_place(file: Path) -> None:
    if file.exists():
        raise DatabaseError("is there already", to=str(file), next_step="Name another file, or remove it")
    folder = file.absolute().parent
    if not os.access(folder, os.W_OK):
        raise DatabaseError(
            "cannot be written: its folder is missing or closed to you",
            to=str(file),
            next_step=f"Make {folder} and allow writing there, or name another file",
        )


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A place on the same disk, so that the finished file can be put where it belongs at once.

    What killed backups left there goes first: it takes room, and is as private as the database.
    """
    place = file.absolute().parent
    for left in left_behind(place):
        log.warning("%s was left behind by a backup that was killed, and is removed", left)
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=place) as folder:
        (Path(folder) / _OWNER).write_text(process_name(), encoding="utf-8")
        yield Path(folder) / "backup.db"


def left_behind(folder: Path) -> list[Path]:
    """Unfinished backups in a folder whose processes are no more."""
    found = []
    for unfinished in sorted(folder.glob(f"{_UNFINISHED}*")):
        try:
            owner = (unfinished / _OWNER).read_text(encoding="utf-8")
            age = time.time() - unfinished.stat().st_mtime
        except FileNotFoundError:
            # Of an earlier version, or killed before it said whose it is; or gone by now.
            owner, age = "", time.time() - unfinished.stat().st_mtime if unfinished.exists() else 0.0
        if (owner and is_gone(f"{owner}:")) or age > _OLD:
            found.append(unfinished)
    return found
