"""Statements are read by a process of its own where pages are answered: reading may take a second and more.

What reads them in the same process would hold up everybody whose page is being made there.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

from db.adhoc.kept_processes import taken
from db.adhoc.limits import QueryRefused, refusal
from db.adhoc.reading import Read, read

#: A statement that is not read by then is not read at all, in seconds.
LONGEST: Final = 5.0
#: How long the process may take to start where everything is busy, in seconds: that is no statement's fault.
STARTING: Final = 60.0
#: What the reading may take, in bytes: all of its addresses, libraries among them.
MEMORY: Final = 1024 * 1024 * 1024
MODULE: Final = "db.adhoc.reading_apart"


def read_apart(sql: str, dialect: str) -> Read:
    """The same as `read`, by another process; raises `DatabaseError` for what takes it too long as well."""
    worker = taken(MODULE)
    whole = False
    try:
        if not worker.ready:
            worker.ready = worker.answer(time.monotonic() + STARTING, lambda: False) is not None
        message = None
        if worker.ready:
            worker.ask({"sql": sql, "dialect": dialect})
            message = worker.answer(time.monotonic() + LONGEST, lambda: False)
        whole = message is not None
    except TimeoutError as error:
        raise refusal(f"takes more than {LONGEST:g} s to be read", "Write it shorter") from error
    finally:
        worker.give_back(whole)
    if message is None:
        raise refusal("needs too much memory to be read", "Write it shorter")
    if "refused" in message:
        raise QueryRefused(message["refused"], message["next"], message["position"])
    return Read(message["parameters"], message["sent"])


def main() -> None:
    """Answers until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _tell({"ready": True})
    for line in sys.stdin.buffer:
        _tell(_read(json.loads(line)))


def _tell(answer: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def _read(question: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = read(question["sql"], question["dialect"])
    except QueryRefused as error:
        return {"refused": error.happened, "next": error.next_step, "position": error.position}
    return {"parameters": found.parameters, "sent": found.sent}


if __name__ == "__main__":
    main()
