"""The lake: where an hour's events lie, and how they get there whole or not at all.

    LAKE/events/day=2015-01-01/2015-01-01-15.parquet   the kept events of one hour file
    LAKE/staging/                                      what is being made; nobody else reads it

An hour's file appears, or takes the place of an older one, by one rename. The columns
are those of events.sql without `hour`, which the name gives; `day` is the day of the
hour file. docs/scale.md describes them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import duckdb

from collector.archive.hours import hour_key
from collector.errors import CollectorError
from db.archive import HOUR
from db.literals import quoted

#: As all engines write it: small, and fast to read.
PARQUET = "FORMAT parquet, COMPRESSION zstd"


@dataclass(frozen=True)
class Staged:
    """What stands in an hour's staged file: events, lines that are none, events of other hours."""

    kept_events: int
    bad_lines: int
    late_events: int


class Lake:
    """One lake, with one writer at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.events = self.root / "events"
        self.staging = self.root / "staging"
        self._lock: IO[str] | None = None

    def open_for_writing(self) -> None:
        """Take the lake for this process and clear what a killed one left half-made.

        Raises `CollectorError` when another process writes it, or it cannot be made.
        """
        try:
            self.events.mkdir(parents=True, exist_ok=True)
            self._lock = (self.root / "lock").open("w")
        except OSError as error:
            raise CollectorError(
                f"the lake cannot be made ({error.strerror})",
                to=str(self.root),
                next_step="Name a folder that can be written with --lake",
                retry=False,
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CollectorError(
                "another process is writing this lake",
                to=str(self.root),
                next_step="Wait until it ends, or name another folder with --lake",
            ) from error
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging.mkdir()

    def close(self) -> None:
        """Let others write it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def events_file(self, hour: datetime) -> Path:
        """Where the events of an hour lie."""
        return self.events / f"day={hour:%Y-%m-%d}" / f"{hour_key(hour)}.parquet"

    def staged_file(self, hour: datetime) -> Path:
        """Where an engine puts the rows of an hour, lines that are no events included."""
        return self.staging / f"{hour_key(hour)}.parquet"

    def take(self, hour: datetime) -> Staged:
        """Move an hour's staged rows into place, without the lines that are no events.

        An engine that found nothing has made no file; an hour without kept events has none.
        """
        staged, target = self.staged_file(hour), self.events_file(hour)
        if not staged.exists():
            target.unlink(missing_ok=True)
            return Staged(0, 0, 0)
        found = _counted(staged, hour)
        if found.bad_lines and found.kept_events:
            clean = staged.with_suffix(".clean")
            with duckdb.connect() as duck:
                duck.execute(
                    f"COPY (FROM read_parquet({quoted(staged)}) WHERE event_id IS NOT NULL) "
                    f"TO {quoted(clean)} ({PARQUET})"
                )
            clean.replace(staged)
        if not found.kept_events:
            staged.unlink()
            target.unlink(missing_ok=True)
            return found
        target.parent.mkdir(exist_ok=True)
        with staged.open("rb") as file:
            os.fsync(file.fileno())
        staged.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return found


def _counted(staged: Path, hour: datetime) -> Staged:
    start = hour.replace(tzinfo=None)
    with duckdb.connect() as duck:
        row = duck.execute(
            "SELECT COUNT(event_id), COUNT(*) - COUNT(event_id), "
            "COUNT(*) FILTER (WHERE event_id IS NOT NULL AND (created_at < ? OR created_at >= ?)) "
            "FROM read_parquet(?)",
            [start, start + HOUR, str(staged)],
        ).fetchone()
    if row is None:
        raise RuntimeError(f"{staged}: a count gave no row")
    return Staged(*row)
