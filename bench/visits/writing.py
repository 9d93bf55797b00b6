"""A collection that goes on until it is stopped: a day's facts, and the numbers that they change.

python bench/visits/writing.py DATABASE_URL
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# What is measured beside `metrics.py` is called dashboard.py: it is not the package of that name.
from metrics import Day

from db.engine import connect, writing
from db.metrics.refresh import copy_file, refresh

#: Between two pages of facts, as a collection waits for GitHub; numbers follow every so many of them.
PAUSE_SECONDS, PAGES_PER_REFRESH = 3.0, 8


def main() -> None:
    """Write and compute until the process is ended; a line on standard output says that it has begun."""
    engine = connect(sys.argv[1])
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_file(engine) or Path(folder) / "columns.duckdb"
        refresh(engine, now=now, copy=copy)
        print("collecting", flush=True)
        for page in count(1):
            now += timedelta(days=1)
            with writing(engine).begin() as connection:
                Day(connection, now.date()).write()
            if page % PAGES_PER_REFRESH == 0:
                refresh(engine, now=now + timedelta(hours=23), copy=copy)
            time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
