"""The process that runs strangers' SQL on SQLite: it can be killed at any instant, and nothing is lost.

Questions come in as lines of JSON, answers go out as lines of JSON. Each question
gets a connection of its own, so that nothing outlives it. Imports Python alone.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any

from db.adhoc.sqlite_guard import open_guarded

#: Rows that go out together.
BATCH = 500
#: What the process may take beside what SQLite may hold, in bytes: Python and its libraries.
PYTHON = 256 * 1024 * 1024
#: No file may grow beyond this: only the index of SQLite's write-ahead log is ever touched.
LARGEST_FILE = 4 * 1024 * 1024
#: How much this process stands back behind those that serve pages.
NICENESS = 10


def main() -> None:
    """Answers until standard input ends."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        question = json.loads(line)
        bounded = question["memory"] + PYTHON
        resource.setrlimit(resource.RLIMIT_AS, (bounded, resource.RLIM_INFINITY))
        for answer in answers(question):
            sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
            sys.stdout.buffer.flush()


def answers(question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Column names, batches of rows, and how it ended."""
    deadline: float = time.monotonic() + question["seconds"]

    def expired() -> bool:
        return time.monotonic() > deadline

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
        else:
            yield {"refused": "error", "why": refused[0] if refused else str(error)}
    finally:
        if connection is not None:
            connection.close()


def _batches(cursor: sqlite3.Cursor, rows: int, most_bytes: int) -> Iterator[dict[str, Any]]:
    sent = weight = 0
    while True:
        batch: list[list[Any]] = []
        for row in cursor:
            if sent == rows or weight > most_bytes:
                yield {"rows": batch}
                yield {"end": "rows" if sent == rows else "bytes"}
                return
            sent += 1
            weight += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
            batch.append([{"hex": value.hex()} if isinstance(value, bytes) else value for value in row])
            if len(batch) == BATCH:
                break
        else:
            yield {"rows": batch}
            yield {"end": "all"}
            return
        yield {"rows": batch}


if __name__ == "__main__":
    main()
