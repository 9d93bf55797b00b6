"""The lake beside a database: what its export costs, and all metrics over it by DuckDB and a Spark cluster.

    .venv/bin/python bench/lake.py --database sqlite:///FILE [--engines [local] [cluster]] [--folder DIR]

The database is one that holds a community (`bench/metrics.py --database URL --fill all` makes it, at any
`--scale`); it is copied first. Each step is the command that a user gives, in a process of its own: the
refresh by the database itself, the lake's first export, one that reads all rows, one when nothing is new and
one after a day's facts (the last day's are taken out before, and put back), a reading of all rows of both;
and then, for each engine, a refresh over the lake after all values have been taken out. The values are held
against those of the first refresh: the same keys, samples to the last, values within 1e-9. `cluster` starts
a master and two workers of one core on loopback.

Prints a line a step: seconds, seconds of CPU (of Spark's driver and workers too), and peak memory
of the process that the command runs in.
Exit status 1 when any value differs.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hours.cluster import Cluster, cluster, used
from sqlalchemy import make_url

COMMAND = Path(sys.executable).with_name("flowmeter")
#: Tables of what happened on days.
FACTS = ("commits", "issues", "pull_requests", "comments", "reviews")
#: As close as ratios have to be on every engine.
NEAR = 1e-9
VALUES = "SELECT metric, scope_id, grain, period, segment, value, sample_size, complete FROM metric_values"
Values = dict[tuple[object, ...], tuple[float, int, int]]


@dataclass(frozen=True)
class Step:
    """What one command took: seconds, seconds of CPU, and its peak memory in bytes."""

    seconds: float
    cpu: float
    peak: int


def main() -> int:
    """Measure; gives the exit status."""
    options = _options()
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lake-")))
        folder.mkdir(parents=True, exist_ok=True)
        database = folder / "measured.db"
        with (
            closing(sqlite3.connect(make_url(options.database).database or "")) as held,
            closing(sqlite3.connect(database)) as copy,
        ):
            held.backup(copy)
        lake = ["--lake", str(folder / "lake")]
        print(f"{'step':<44} {'seconds':>8} {'CPU s':>7} {'peak MB':>8}")
        _told("tables brought up to date", _run(database, "db", "upgrade"))
        _told("refresh by the database itself", _run(database, "metrics", "refresh"))
        expected = _values(database)
        export = ("db", "export", *lake, "--private")
        _told("export of everything", _run(database, *export))
        _told("export of everything once more, all rows read", _run(database, *export, "--whole"))
        _told("export when nothing is new", _run(database, *export))
        day, rows = _take_a_day_out(database)
        _run(database, "metrics", "refresh")
        _run(database, *export)
        count = _put_back(database, day, rows)
        step = _run(database, "metrics", "refresh")
        _told(f"refresh after a day ({day}, {count:,} rows of facts)", step)
        _told("export of that day", _run(database, *export))
        _told("all rows of both read, and equal", _run(database, *export[:-1], "--verify"))
        size = sum(path.stat().st_size for path in (folder / "lake").rglob("*.parquet"))
        print(f"  {_rows(database):,} rows, {size / 1e6:,.0f} MB of Parquet, {len(expected):,} values")
        wrong = 0
        for engine in options.engines:
            with _address(engine, folder) as (address, spark):
                _forget(database)
                step = _run(database, "metrics", "refresh", "--engine", address, *lake, spark=spark)
            _told(f"refresh over the lake, {engine}", step)
            wrong += _compared(engine, _values(database), expected)
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", required=True, help="a SQLite file with facts; it is not changed")
    parser.add_argument("--engines", nargs="*", choices=("local", "cluster"), default=["local", "cluster"])
    parser.add_argument("--folder", type=Path, help="where the copy and the lake go, and stay")
    options = parser.parse_args()
    if make_url(options.database).get_backend_name() != "sqlite":
        parser.error(f"--database {options.database}: name a SQLite file, sqlite:////path/to/file.db")
    return options


@contextmanager
def _address(engine: str, folder: Path) -> Iterator[tuple[str, Cluster | None]]:
    """What `--engine` is given, with the cluster behind it if there is one."""
    if engine == "local":
        yield "local", None
        return
    with cluster(folder / "cluster") as spark:
        yield spark.address, spark


def _run(database: Path, *arguments: str, spark: Cluster | None = None) -> Step:
    """A command of Flowmeter's on the copy, to its end."""
    environment = os.environ | {"FLOWMETER_DATABASE_URL": f"sqlite:///{database}"}
    if spark is not None:
        environment["SPARK_CONF_DIR"] = str(spark.conf)
    log = database.with_suffix(".log")
    before, began = spark.cpu() if spark else 0.0, time.monotonic()
    with log.open("ab") as out:
        process = subprocess.Popen(
            [COMMAND, *arguments], env=environment, stdout=out, stderr=out, process_group=0
        )
        # Spark's driver is a process that the command started: only the group knows of both.
        group, peak = 0.0, 0
        try:
            while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
                group, peak = max(group, used(process.pid)), max(peak, _peak(process.pid))
                time.sleep(0.2)
        except BaseException:
            process.terminate()
            raise
    _, status, own = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"flowmeter {' '.join(arguments)} ended with {process.returncode}: see {log}")
    cpu = max(group, own.ru_utime + own.ru_stime) + (spark.cpu() - before if spark else 0.0)
    return Step(time.monotonic() - began, cpu, peak)


def _peak(pid: int) -> int:
    """The most memory that a process has held since it began its program, in bytes; 0 when it has ended.

    What `wait4` tells would count what the bench held when it started the process.
    """
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _told(name: str, step: Step) -> None:
    print(f"{name:<44} {step.seconds:8,.1f} {step.cpu:7,.1f} {step.peak / 1e6:8,.0f}", flush=True)


def _take_a_day_out(database: Path) -> tuple[str, dict[str, list[tuple[object, ...]]]]:
    """The facts of the last day that has many, and the database without them."""
    with closing(sqlite3.connect(database)) as connection, connection:
        (day,) = connection.execute(
            "SELECT day FROM commits GROUP BY day HAVING COUNT(*) >= 20 ORDER BY day DESC LIMIT 1"
        ).fetchone()
        taken = {
            name: connection.execute(f"SELECT * FROM {name} WHERE day = ?", (day,)).fetchall()
            for name in FACTS
        }
        for name in FACTS:
            connection.execute(f"DELETE FROM {name} WHERE day = ?", (day,))
        connection.execute("DELETE FROM refresh_marks")
    return str(day), taken


def _put_back(database: Path, day: str, taken: dict[str, list[tuple[object, ...]]]) -> int:
    """What a day's collecting brings, with the notes that tell a refresh of it; gives how many rows."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for name, rows in taken.items():
            for row in rows:
                connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
            connection.execute(
                "INSERT INTO fact_changes (table_name, repository_id, days) "
                f"SELECT DISTINCT '{name}', repository_id, day FROM {name} WHERE day = ?",
                (day,),
            )
    return sum(map(len, taken.values()))


def _forget(database: Path) -> None:
    """Take all values out, and have the next refresh compute every one."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM metric_values")
        connection.execute("DELETE FROM refresh_marks")


def _rows(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return sum(connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for (name,) in names)


def _values(database: Path) -> Values:
    with closing(sqlite3.connect(database)) as connection:
        return {row[:5]: row[5:] for row in connection.execute(VALUES)}


def _compared(engine: str, found: Values, expected: Values) -> int:
    wrong = [key for key in found.keys() | expected.keys() if not _same(found.get(key), expected.get(key))]
    for key in wrong[:5]:
        print(f"  DIFFERENT: {key}: {found.get(key)} by {engine}, {expected.get(key)} by the database itself")
    if not wrong:
        print(f"  {engine}: all {len(found):,} values equal", flush=True)
    return len(wrong)


def _same(one: tuple[float, int, int] | None, other: tuple[float, int, int] | None) -> bool:
    if one is None or other is None:
        return False
    return abs(one[0] - other[0]) <= NEAR * max(1.0, abs(other[0])) and one[1:] == other[1:]


if __name__ == "__main__":
    os.environ.setdefault("FLOWMETER_IDENTITY_KEY", "a key for measuring only")
    # Ended from outside, it ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
