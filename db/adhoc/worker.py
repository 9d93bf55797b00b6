"""The process that runs strangers' SQL: it can be killed at any instant, and nothing is lost.

Questions come in as lines of JSON, answers go out as lines of JSON. Each question
gets a connection of its own, so that nothing outlives it. Imports Python alone,
and the driver of PostgreSQL at its first question.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

from db.adhoc.sqlite_guard import NO_SHARE, open_guarded

Messages = Generator[dict[str, Any], None, None]
#: Rows that go out together, and bytes of them: whoever reads the line holds others up meanwhile.
BATCH, HEAVIEST = 500, 500_000
#: What the process may take beside what SQLite may hold, in bytes: Python and its libraries.
PYTHON = 256 * 1024 * 1024
#: No file may grow beyond this: only the index of SQLite's write-ahead log is ever touched.
LARGEST_FILE = 4 * 1024 * 1024


class Clock:
    """A query's time, which stands still while the rows are handed over: a slow reader does not use it up."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    def expired(self) -> bool:
        """Whether the query's time is over."""
        return time.monotonic() > self._deadline

    def wait(self, seconds: float) -> None:
        """Gives back what was spent on waiting for the reader."""
        self._deadline += seconds


def main() -> None:
    """Answers until standard input ends."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        question = json.loads(line)
        bounded = question["memory"] + PYTHON
        resource.setrlimit(resource.RLIMIT_AS, (bounded, resource.RLIM_INFINITY))
        clock = Clock(question["seconds"])
        asked = _asked(question, clock)
        for answer in asked:
            last = "end" in answer or "refused" in answer
            if last:
                # The connection is closed before anybody learns that it is over, and no word follows.
                asked.close()
            began = time.monotonic()
            sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
            sys.stdout.buffer.flush()
            clock.wait(time.monotonic() - began)
            if last:
                break


def _asked(question: dict[str, Any], clock: Clock) -> Messages:
    if "login" not in question:
        return answers(question, clock.expired)
    from db.adhoc import postgresql_worker

    return postgresql_worker.answers(question, clock.expired)


def answers(question: dict[str, Any], expired: Callable[[], bool]) -> Messages:
    """Column names, batches of rows, and how it ended."""
    connection: sqlite3.Connection | None = None
    refused: list[str] = []
    try:
        connection, refused = open_guarded(
            question["path"], question["public"], memory=question["memory"], expired=expired
        )
        cursor = connection.execute(question["sql"], question["parameters"])
        yield {"columns": [column[0] for column in cursor.description or ()]}
        yield from _batches(cursor, question["rows"], question["bytes"])
    except MemoryError:
        yield {"refused": "memory"}
    except (sqlite3.Error, sqlite3.Warning) as error:
        if expired():
            yield {"refused": "time"}
        elif isinstance(error, sqlite3.OperationalError) and "out of memory" in str(error):
            yield {"refused": "memory"}
        elif refused and refused[0].startswith(NO_SHARE):
            yield {"refused": "share", "why": refused[0].removeprefix(NO_SHARE)}
        else:
            yield {"refused": "error", "why": refused[0] if refused else str(error)}
    finally:
        if connection is not None:
            connection.close()


def _batches(cursor: sqlite3.Cursor, rows: int, most_bytes: int) -> Iterator[dict[str, Any]]:
    sent = weight = 0
    while True:
        batch: list[list[Any]] = []
        until = weight + HEAVIEST
        for row in cursor:
            if sent == rows or weight > most_bytes:
                yield {"rows": batch}
                yield {"end": "rows" if sent == rows else "bytes"}
                return
            sent += 1
            weight += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
            batch.append([{"hex": value.hex()} if isinstance(value, bytes) else value for value in row])
            if len(batch) == BATCH or weight >= until:
                break
        else:
            yield {"rows": batch}
            yield {"end": "all"}
            return
        yield {"rows": batch}


if __name__ == "__main__":
    main()
