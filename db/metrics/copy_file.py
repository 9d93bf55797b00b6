"""The file of the copy in columns: opened for one refresh at a time, and made anew where it is no use."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import duckdb
from sqlalchemy import Table

from db.errors import DatabaseError
from db.metrics.reader import column_type
from db.people.part import KEPT

log = logging.getLogger(__name__)

#: Part of the layout: another number makes every copy anew.
VERSION = 2
#: How long a refresh waits for another one that has the copy, in seconds.
PATIENCE = 600.0
#: So much of what a commit changes goes into the log of the file, and more at once into the file itself.
THRESHOLD = "64MB"
#: Under what the copy notes which columns of which types it holds.
LAYOUT = "layout"


def layout_of(tables: Mapping[Table, Sequence[str]]) -> str:
    """Which columns of which types a copy holds, in one short text."""
    listed = [
        f"{held.name}.{name} {column_type(held.c[name])}"
        for held, columns in tables.items()
        for name in columns
    ]
    return hashlib.blake2b(
        "\n".join([str(VERSION), *map(str, KEPT.items()), *sorted(listed)]).encode(), digest_size=12
    ).hexdigest()


def opened(path: Path | None, layout: str) -> duckdb.DuckDBPyConnection:
    """A copy of that layout: the one in the file, or an empty one in its place."""
    if path is None:
        return _prepared(duckdb.connect(":memory:"))
    if path.exists():
        try:
            duck = _prepared(duckdb.connect(path))
            if noted(duck, LAYOUT) in (None, layout):
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
        remove(path)
    return _prepared(duckdb.connect(path))


def only_one(path: Path) -> IO[str]:
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
    # What a day changes is written through once, when the file is closed, and not at a commit before too.
    duck.execute(f"SET checkpoint_threshold = '{THRESHOLD}'")
    return duck


def noted(duck: duckdb.DuckDBPyConnection, key: str) -> str | None:
    """What a copy has noted under a key; None when nothing was."""
    found = duck.execute("SELECT value FROM copy_state WHERE key = ?", [key]).fetchall()
    return str(found[0][0]) if found else None


def remove(path: Path) -> None:
    """Take a copy away, with what was on its way into it."""
    with suppress(FileNotFoundError):
        path.unlink()
    with suppress(FileNotFoundError):
        path.with_name(f"{path.name}.wal").unlink()
