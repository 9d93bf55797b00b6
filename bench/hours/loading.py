"""One load in a process of its own, so that its memory is its own: prints what it took as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from collector.archive.engines import engine_named
from collector.archive.hours import FILE_NAME
from collector.archive.lake import Lake
from collector.archive.load import Order
from collector.archive.runs import load_archive
from collector.archive.selection import Wanted
from collector.archive.sources import Folder
from collector.collection import Collection
from collector.configuration import load
from db.engine import connect
from db.migration import upgrade


def main(archive: str, lake: str, database: str, engine: str, names: str) -> None:
    """Load all hours of a folder into a lake and a database of their own."""
    found = [FILE_NAME.fullmatch(path.name) for path in Path(archive).iterdir()]
    hours = sorted(
        datetime.strptime(f"{one[1]} {one[2]}", "%Y-%m-%d %H").replace(tzinfo=UTC) for one in found if one
    )
    held = connect(database)
    upgrade(held)
    began = time.monotonic()
    ended = load_archive(
        Collection(held, load(), None, simulated=True),
        Order(
            hours,
            Folder(Path(archive)),
            Wanted(everything=True, names=(names,)),
            Lake(Path(lake)),
            partial(engine_named, engine),
            lambda: datetime.now(UTC),
            simulated=True,
        ),
    )
    seconds = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "state": ended.state,
        "error": ended.error,
        "rows": ended.rows,
        "seconds": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
