"""A soak: scheduler, dashboard under readers, SQL users and a GitHub with faults, on PostgreSQL, for a while.

By hand: `python -m tests.faults.soak SECONDS [KILLS]`. Nothing may grow: memory and files of the processes,
connections of the server, and the lag, which is how long ago the last page of a collection went down.
"""

from __future__ import annotations

import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

import psutil
from sqlalchemy import Engine, text

from collector.simulator.faults import TRANSIENT, Plan
from collector.simulator.server import Simulator
from collector.supervisor import free_port
from db.engine import connect
from tests.faults.postgresql import Server

ROOT = Path(__file__).resolve().parents[2]
READERS = 20
SQL_USERS = 2
#: A process that was started anew is not measured for so long, in seconds.
SETTLING = 60.0
PAGES = (
    "/",
    "/innovation",
    "/talent",
    "/research",
    "/cloud",
    "/ambition",
    "/data",
    "/api/metrics",
    "/metrics",
)
QUERIES = (
    "SELECT COUNT(*) AS n FROM commits",
    "SELECT role, COUNT(*) AS n FROM repositories GROUP BY role",
    "SELECT metric, COUNT(*) AS n FROM metric_values GROUP BY metric",
)
#: Every job is due each minute, so that the scheduler never rests.
EVERY_MINUTE = re.compile(r'^(\w+ = )"[^"]*\*[^"]*"', re.MULTILINE)


@dataclass
class Sample:
    """What was measured at an instant: of each process MB and open files, and of all together the rest."""

    seconds: float
    megabytes: dict[str, float]
    files: dict[str, int]
    connections: int
    lag: float


@dataclass
class Soaked:
    """What came of it."""

    samples: list[Sample] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    runs: dict[str, int] = field(default_factory=dict)
    log: str = ""

    def grown(self) -> list[str]:
        """What is larger in the last third than in the middle one by more than it swings, a sentence each."""
        third = len(self.samples) // 3
        middle, last = self.samples[third : 2 * third], self.samples[-third:]
        # What a process needs until it has done everything once is no growth; short soaks see little else.
        spare = 1 if self.samples[-1].seconds > 120 else 5
        found = []
        for name in ("scheduler", "dashboard"):
            found += _growth(
                f"{name}: MB",
                middle,
                last,
                lambda sample, name=name: sample.megabytes.get(name),
                60.0 * spare,
            )
            found += _growth(
                f"{name}: open files",
                middle,
                last,
                lambda sample, name=name: sample.files.get(name),
                12.0 * spare,
            )
        found += _growth("connections", middle, last, lambda sample: sample.connections, 8.0 * spare)
        return found + _growth("lag, in seconds", middle, last, lambda sample: sample.lag, 60.0)


def _growth(
    name: str,
    middle: list[Sample],
    last: list[Sample],
    of: Callable[[Sample], float | None],
    spare: float,
) -> list[str]:
    before = [value for sample in middle if (value := of(sample)) is not None]
    after = [value for sample in last if (value := of(sample)) is not None]
    if not before or not after:
        return []  # killed so lately that it has not settled yet
    if statistics.median(after) <= statistics.median(before) * 1.1 + spare:
        return []
    return [f"{name}: {statistics.median(before):.0f} → {statistics.median(after):.0f}"]


class Soak:
    """The processes and their load."""

    def __init__(self, server: Server, folder: Path, github: Simulator, seed: int) -> None:
        self._server = server
        self._folder = folder
        self._draw = random.Random(seed)
        self._over = threading.Event()
        self._port = free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._log: IO[bytes] = (folder / "log").open("ab")
        self.soaked = Soaked()
        url = server.database(f"soak_{seed}").replace("postgresql+psycopg", "postgresql")
        self.engine: Engine = connect(url.replace("postgresql", "postgresql+psycopg"))
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("FLOWMETER_", "GITHUB_"))
        }
        self._environment = kept | {
            "FLOWMETER_DATABASE_URL": url,
            "FLOWMETER_GITHUB_URL": github.url,
            "FLOWMETER_IDENTITY_KEY": "a key for the soak",
            "FLOWMETER_CONFIG": str(folder / "flowmeter.toml"),
            "FLOWMETER_LOG_FORMAT": "json",
            "GITHUB_TOKEN": "opens-the-sample",
            "PYTHONPATH": str(ROOT),
        }
        shipped = (ROOT / "flowmeter.toml").read_text(encoding="utf-8")
        head, mark, tail = shipped.partition("[schedule]")
        section, end, rest = tail.partition("\n# Issues and pull requests")
        written = head + mark + EVERY_MINUTE.sub(r'\1"* * * * *"', section) + end + rest
        (folder / "flowmeter.toml").write_text(written, encoding="utf-8")

    def run(self, seconds: float, kills: int) -> Soaked:
        """Load everything for so many seconds, and kill a process now and then."""
        self._flowmeter("db", "upgrade").wait()
        for name in ("scheduler", "dashboard"):
            self._start(name)
        self._wait_for_the_dashboard()
        workers = [threading.Thread(target=self._read, args=(number,)) for number in range(READERS)]
        workers += [threading.Thread(target=self._ask) for _ in range(SQL_USERS)]
        began = time.monotonic()
        moments = sorted(self._draw.uniform(0.05, 0.8) * seconds for _ in range(kills))
        for worker in workers:
            worker.start()
        try:
            while (elapsed := time.monotonic() - began) < seconds:
                if moments and elapsed >= moments[0]:
                    moments.pop(0)
                    self._kill(self._draw.choice(["scheduler", "dashboard"]))
                self.soaked.samples.append(self._sample(elapsed))
                self._over.wait(min(1.0, seconds / 30))
        finally:
            self._over.set()
            for worker in workers:
                worker.join()
            self._end()
        return self.soaked

    def _start(self, name: str) -> None:
        arguments = {"scheduler": ["schedule"], "dashboard": ["serve", "--port", str(self._port)]}[name]
        self._processes[name] = self._flowmeter(*arguments)
        self._started[name] = time.monotonic()

    def _flowmeter(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "flowmeter", *arguments]
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def _kill(self, name: str) -> None:
        os.killpg(self._processes[name].pid, signal.SIGKILL)
        self._processes[name].wait()
        self.soaked.kills[name] += 1
        self._start(name)

    def _wait_for_the_dashboard(self) -> None:
        deadline = time.monotonic() + 180
        while self._status("/readyz") != "200":
            if time.monotonic() > deadline or self._processes["dashboard"].poll() is not None:
                raise SystemExit(
                    f"the dashboard did not come up: {(self._folder / 'log').read_text()[-3000:]}"
                )
            self._over.wait(0.3)

    def _read(self, number: int) -> None:
        draw = random.Random(number)
        while not self._over.wait(draw.uniform(0.2, 2.0)):
            self.soaked.answers[f"page {self._status(draw.choice(PAGES))}"] += 1

    def _ask(self) -> None:
        draw = random.Random()
        while not self._over.wait(draw.uniform(0.5, 2.0)):
            asked = urlencode({"q": draw.choice(QUERIES)})
            self.soaked.answers[f"SQL {self._status(f'/api/sql.json?{asked}')}"] += 1

    def _status(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=60) as answer:
                answer.read()
                return str(answer.status)
        except urllib.error.HTTPError as error:
            return str(error.code)
        except OSError:
            return "away"

    def _sample(self, elapsed: float) -> Sample:
        megabytes, files = {}, {}
        for name, process in self._processes.items():
            if time.monotonic() - self._started[name] < min(SETTLING, elapsed):
                continue
            try:
                root = psutil.Process(process.pid)
                family = [root, *root.children(recursive=True)]
                megabytes[name] = sum(each.memory_info().rss for each in family) / 1e6
                files[name] = sum(each.num_fds() for each in family)
            except psutil.Error:
                continue  # it was killed or ended a child meanwhile: the next sample has it again
        with self.engine.connect() as connection:
            connections = connection.scalar(text("SELECT COUNT(*) FROM pg_stat_activity"))
            lag = connection.scalar(
                text("SELECT EXTRACT(EPOCH FROM clock_timestamp() - MAX(heartbeat_at)) FROM collector_runs")
            )
        return Sample(elapsed, megabytes, files, int(connections or 0), float(lag or 0))

    def _end(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            process.wait(90)
        self._log.close()
        self.soaked.log = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT state, COUNT(*) FROM collector_runs GROUP BY state"))
            self.soaked.runs = {row[0]: row[1] for row in rows}
        self.engine.dispose()


def soak(server: Server, folder: Path, seconds: float, *, kills: int = 0, seed: int = 1) -> Soaked:
    """Soak in a folder, on a server that runs."""
    plan = Plan(Plan.random(seed, 0.03, (*TRANSIENT, "accepted", "moved")).rules, seed=seed)
    with Simulator(scale=0.002, seed=seed, faults=plan) as github:
        return Soak(server, folder, github, seed).run(seconds, kills)


def main() -> None:
    """Soak for as long as is said, and tell what was measured."""
    from tests.conftest import _postgresql_programs

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    programs = _postgresql_programs()
    if programs is None:
        raise SystemExit("there is no initdb here")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowmeter-soak-")))
        server = Server(programs)
        stack.callback(server.remove)
        server.start()
        soaked = soak(server, folder, seconds, kills=kills)
    for sample in soaked.samples[:: max(1, len(soaked.samples) // 20)]:
        sizes = ", ".join(
            f"{name} {sample.megabytes[name]:.0f} MB {sample.files[name]} files" for name in sample.megabytes
        )
        print(f"{sample.seconds:6.0f} s: {sizes}, {sample.connections} connections, lag {sample.lag:.0f} s")
    print(f"answers {dict(soaked.answers)}; runs {soaked.runs}; kills {dict(soaked.kills)}")
    grown = soaked.grown()
    print("; ".join(grown) or "nothing grew")
    raise SystemExit(1 if grown else 0)


if __name__ == "__main__":
    main()
