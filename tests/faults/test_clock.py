"""A clock that is set under schedulers that run: no job twice for a date, none lost, and the same one leads.

In their processes something stands before the C library's own functions: it adds seconds to the time of
day, and leaves the clock that counts seconds alone, as the system does when its clock is set. By hand, with
FLOWMETER_CLOCK=1: it takes two minutes and a C compiler.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from collector import plan
from collector.configuration import Configuration, load
from collector.jobs import JOBS
from collector.leadership import leader
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from db import migration
from db.engine import connect
from db.schema import table
from tests.faults.conftest import ROOT
from tests.faults.works import left_open
from tests.faults.world import SCALE, configuration

SHIFTED = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile int64_t *ahead;
static int (*of_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("FLOWMETER_TEST_CLOCK"), O_RDONLY);
    void *seen = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
    ahead = seen == MAP_FAILED ? 0 : seen;
    of_clock = dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *told) {
    if (!of_clock) of_clock = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = of_clock(clock, told);
    if (!failed && clock == CLOCK_REALTIME && ahead) told->tv_sec += *ahead;
    return failed;
}

int gettimeofday(struct timeval *restrict told, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    told->tv_sec = now.tv_sec;
    told->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *told) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (told) *told = now.tv_sec;
    return now.tv_sec;
}
"""
#: A scheduler looks at its clock every ten seconds; what is due then takes its time.
PATIENCE = 150.0


class Clocks:
    """Two schedulers over one SQLite file, and the clock that they see."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._offset = folder / "clock"
        self.ahead = timedelta()
        self.engine: Engine = connect(f"sqlite:///{folder}/held.db")
        migration.upgrade(self.engine)
        configuration(folder)
        path = folder / "flowmeter.toml"
        # Nothing but the clock that is set makes anything due, but around four in the morning.
        path.write_text(path.read_text().replace('"*/30 * * * *"', '"0 4 * * *"'))
        self.settled: Configuration = load(path)
        self.set(timedelta())
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("FLOWMETER_", "GITHUB_"))
        }
        environment = kept | {
            "LD_PRELOAD": str(folder / "shifted.so"),
            "FLOWMETER_TEST_CLOCK": str(self._offset),
            "TZ": "Europe/Berlin",
            "PYTHONPATH": str(ROOT),
            "FLOWMETER_DATABASE_URL": str(self.engine.url),
            "FLOWMETER_GITHUB_URL": url,
            "FLOWMETER_CONFIG": str(path),
            "FLOWMETER_IDENTITY_KEY": "a key for the clock",
            "GITHUB_TOKEN": "opens-the-sample",
        }
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self._processes = [
                subprocess.Popen(
                    [sys.executable, "-m", "flowmeter", "schedule", "--grace", "20"],
                    cwd=folder,
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
                for _ in range(2)
            ]

    def set(self, ahead: timedelta) -> None:
        """Set the clock that schedulers see, so far from the real one."""
        self.ahead = ahead
        # In place: it is a part of the memory of those who look at it.
        with self._offset.open("r+b" if self._offset.exists() else "wb") as file:
            file.write(struct.pack("q", round(ahead.total_seconds())))

    def now(self) -> datetime:
        """The instant that they see."""
        return datetime.now(UTC) + self.ahead

    def wait_until_nothing_is_due(self) -> None:
        """As the schedulers' own clock says."""
        deadline = time.monotonic() + PATIENCE
        while (due := self._due()) or left_open(self.engine):
            assert time.monotonic() < deadline, f"{due} are due still: {self.log.read_text()[-3000:]}"
            time.sleep(0.2)

    def wait_for(self, words: str, times: int) -> None:
        """Until the log says something so often."""
        deadline = time.monotonic() + PATIENCE
        while self.log.read_text().count(words) < times:
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.2)

    def done(self) -> Counter[tuple[str, str]]:
        """How often each job was done over each target."""
        runs = table("collector_runs").c
        with self.engine.connect() as connection:
            counted = select(runs.job, runs.target, func.count()).where(runs.state == "done")
            rows = connection.execute(counted.group_by(runs.job, runs.target))
            return Counter({(job, target): count for job, target, count in rows})

    def leads(self) -> str | None:
        """Which process leads."""
        with self.engine.connect() as connection:
            return leader(connection, self.now)

    def _due(self) -> list[str]:
        now = self.now()
        with self.engine.connect() as connection:
            return [
                f"{job.name} {target.name}"
                for job in JOBS
                for target in plan.targets(connection, job, self.settled)
                if plan.is_due(connection, job, target, self.settled, now)
            ]

    def end(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            assert process.wait(60) == 0
        self.engine.dispose()


@pytest.fixture
def clocks(tmp_path: Path) -> Iterator[Clocks]:
    if not os.environ.get("FLOWMETER_CLOCK"):
        pytest.skip("by hand, with FLOWMETER_CLOCK=1: schedulers look at their clock every ten seconds")
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("SKIPPED LOUDLY: there is no C compiler here")
    (tmp_path / "shifted.c").write_text(SHIFTED)
    made_of = ["-shared", "-fPIC", "-O1", tmp_path / "shifted.c", "-ldl"]
    subprocess.run([compiler, *made_of, "-o", tmp_path / "shifted.so"], check=True)
    plenty = Limits(core=10**9, search=10**9, code_search=10**9, graphql=10**9)
    with Simulator(scale=SCALE, seed=5, limits=plenty) as github:
        made = Clocks(tmp_path, github.url)
        yield made
        made.end()


def test_a_clock_that_is_set_a_day_ahead_and_an_hour_back_repeats_and_loses_nothing(clocks: Clocks) -> None:
    clocks.wait_until_nothing_is_due()
    first, leading = clocks.done(), clocks.leads()
    assert leading is not None
    assert set(first.values()) == {1}

    clocks.set(timedelta(days=1))
    clocks.wait_for("the clock moved by 86", 1)
    clocks.wait_until_nothing_is_due()
    second = clocks.done()
    again = second - first
    assert set(again.values()) == {1}, "what was missed runs once"
    daily = {job.name for job in JOBS if _is_daily(clocks.settled, job.cadence) and job.needs == "github"}
    assert {job for job, _ in again} >= daily & {job for job, _ in first}
    assert clocks.leads() == leading

    clocks.set(timedelta(hours=23))
    clocks.wait_for("the clock moved by -3", 1)
    clocks.wait_until_nothing_is_due()
    third = clocks.done() - second
    assert set(third.values()) <= {1}, "what had finished later than it is now runs once more"
    assert clocks.leads() == leading
    assert "Traceback" not in clocks.log.read_text()


def _is_daily(settled: Configuration, cadence: str) -> bool:
    cron = getattr(settled.schedule, cadence)
    return bool(cron.split()[2:] == ["*", "*", "*"])
