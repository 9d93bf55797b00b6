"""What GH Archive costs at scale: DuckDB on one machine beside a real Spark cluster, equal to the last row.

    .venv/bin/python bench/scale.py [--events 100000 1000000 10000000] [--hours N] [--folder DIR]
        [--no-cluster] [--quick] [--spoiled] [--kill] [--only-killed]

Makes an archive of each size in the shapes of 2015, of 2025 and since October 2025, seeded, every event
labelled as simulated; loads it, events and facts, by DuckDB and on a standalone cluster on loopback (one
master, two workers of one core each); holds both lakes and both databases against each other. With
`--kill` the largest is loaded once more, and a worker is killed while it is at work.

Prints a table: events, megabytes, seconds, seconds of CPU (of the loading process, Spark's driver and, where
none is killed, the workers: other work on the machine hardly changes them), events a second and a second of
CPU, peak memory of the loading process and of the workers. Exit status 1 when anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hours.cluster import Cluster, cluster, used
from hours.compared import differing_files, differing_rows
from hours.generated import OWNER, generate

#: Events of an hour's file, unless --hours says otherwise: a third of a real one of 2015.
AN_HOUR = 10_000
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Load:
    """One load, finished: where its lake and database are, and what it took."""

    lake: Path
    database: Path
    seconds: float
    cpu: float
    peak: int
    rows: int
    workers_peak: int = 0


def main() -> int:
    """Measure; gives the exit status."""
    options = _options()
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scale-")))
        spark = (
            None
            if options.no_cluster
            else stack.enter_context(cluster(folder / "cluster", quick=options.quick))
        )
        wrong = 0
        print(
            f"{'events':>11} {'MB':>7} {'engine':<22} {'seconds':>8} {'CPU s':>7} "
            f"{'events/s':>9} {'a CPU s':>8} {'peak MB':>8}  workers"
        )
        for events in sorted(options.events):
            wrong += _measure(
                folder / str(events), events, options, spark, last=events == max(options.events)
            )
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--hours", type=int, help="Hour files; by default one for every 10,000 events.")
    parser.add_argument(
        "--folder", type=Path, help="Where everything is kept; else it is deleted at the end."
    )
    parser.add_argument("--no-cluster", action="store_true", help="DuckDB alone.")
    parser.add_argument(
        "--quick", action="store_true", help="For some thousand events: a cluster that starts fast."
    )
    parser.add_argument("--spoiled", action="store_true", help="Some lines and hours are broken.")
    parser.add_argument("--only-killed", action="store_true", help="Spark only so.")
    parser.add_argument("--kill", action="store_true", help="Kill a worker in the middle of one more load.")
    return parser.parse_args()


def _measure(
    folder: Path, events: int, options: argparse.Namespace, spark: Cluster | None, *, last: bool
) -> int:
    """Load one archive by every engine; the number of things that differ."""
    archive = folder / "archive"
    generate(archive, events, options.hours or max(10, events // AN_HOUR), spoiled=options.spoiled)
    size = sum(path.stat().st_size for path in archive.iterdir()) / 1e6

    def told(name: str, load: Load) -> Load:
        workers = f"{load.workers_peak / 1e6:11,.0f}" if load.workers_peak else ""
        print(
            f"{events:11,} {size:7,.0f} {name:<22} {load.seconds:8,.1f} {load.cpu:7,.1f} "
            f"{events / load.seconds:9,.0f} {events / load.cpu:8,.0f} {load.peak / 1e6:8,.0f}  {workers}",
            flush=True,
        )
        return load

    local = told("DuckDB", _load(folder / "local", archive, "local"))
    wrong = 0
    if spark is not None and not options.only_killed:
        loaded = told("Spark", _load(folder / "spark", archive, spark.address, spark))
        wrong += _compared("Spark", local, loaded)
    if spark is not None and options.kill and last:
        killed = _load(folder / "killed", archive, spark.address, spark, kill=True)
        wrong += _compared("Spark, a worker killed", local, told("Spark, a worker killed", killed))
    if options.folder is None:
        shutil.rmtree(folder)
    return wrong


def _compared(name: str, one: Load, other: Load) -> int:
    events, files, wrong_files = differing_files(one.lake, other.lake)
    rows, wrong_tables = differing_rows(one.database, other.database)
    if wrong_files or wrong_tables:
        print(f"  DIFFERENT: {name}: files {wrong_files[:5]}, rows by table {wrong_tables}")
        return 1
    print(f"  {name} equals DuckDB: {events:,} events in {files:,} files, {rows:,} rows of facts", flush=True)
    return 0


def _load(
    folder: Path, archive: Path, engine: str, spark: Cluster | None = None, *, kill: bool = False
) -> Load:
    """Load in a process of its own; with `kill` the first worker dies when the first events are written."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lake, database = folder / "lake", folder / "facts.db"
    command = [sys.executable, HERE / "hours" / "loading.py", archive, lake, f"sqlite:///{database}", engine]
    environment = os.environ | ({"SPARK_CONF_DIR": str(spark.conf)} if spark else {})
    process = subprocess.Popen(
        [*map(str, command), f"{OWNER}/*"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        process_group=0,
    )
    before = spark.cpu() if spark else 0.0
    watched = _Watch(process.pid, spark, lake if kill else None)
    watched.start()
    try:
        out, _ = process.communicate()
    finally:
        process.terminate()
        watched.over.set()
        watched.join()
    told: dict[str, Any] = json.loads(out.splitlines()[-1]) if out.strip() else {}
    if process.returncode or told.get("state") != "done":
        raise SystemExit(f"the load by {engine} failed: {told.get('error')} (status {process.returncode})")
    if kill and not watched.killed:
        raise SystemExit("the load was over before a worker could be killed")
    # Spark's driver is a process that the loading one started: only the group knows of both.
    cpu = max(told["cpu"], watched.used) + (spark.cpu() - before if spark and not kill else 0.0)
    return Load(lake, database, told["seconds"], cpu, told["peak"], told["rows"], watched.peak)


class _Watch(threading.Thread):
    """Looks at CPU and the workers' memory, and kills one once a task's output stands in the staging."""

    def __init__(self, group: int, spark: Cluster | None, to_kill: Path | None) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.peak = 0
        self.used = 0.0
        self.killed = False
        self._group = group
        self._spark = spark
        self._lake = to_kill

    def run(self) -> None:
        """Until it is over."""
        looked = 0.0
        while self._spark is not None and not self.over.wait(0.05):
            if time.monotonic() - looked > 1:
                looked = time.monotonic()
                self.peak = max(self.peak, sum(self._spark.memory().values()))
                self.used = max(self.used, used(self._group))
            if self._lake is not None and not self.killed and _at_work(self._lake):
                self._spark.kill_worker(0)
                self.killed = True


def _at_work(lake: Path) -> bool:
    return any((lake / "staging" / "spark" / "_temporary").glob("**/*.parquet"))


if __name__ == "__main__":
    os.environ.setdefault("FLOWMETER_IDENTITY_KEY", "a key for measuring only")
    # Ended from outside, it ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    status = main()
    print(f"all of it took {time.monotonic() - began:,.0f} s")
    sys.exit(status)
