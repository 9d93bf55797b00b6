"""Whatever GitHub answers in place of an answer, collecting on until it is done loses and doubles nothing."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import chdir
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from collector.configuration import Configuration
from collector.jobs import JOBS
from collector.run import Progress
from collector.simulator.faults import TRANSIENT, Plan, Rule
from collector.simulator.server import Simulator
from db.schema import table
from tests.faults.conftest import NewDatabase
from tests.faults.world import (
    Facts,
    Time,
    collection,
    facts,
    insist_on,
    small_commits,
)

#: Faults that happen on each database; one collection meets about 250.
FAULTS = int(os.environ.get("FLOWMETER_FAULTS", "200"))
#: Of each database other ones, so that few collections meet as many different faults.
SEEDS = {"sqlite": 0, "postgresql": 1000}
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
#: Of what a clone can meet on its way.
OF_GIT = ("bad-gateway", "unavailable", "reset", "truncated", "html", "empty")
#: Collections in a row that get no further than the one before.
PATIENCE = 60
#: Until the hourly limits begin anew.
AN_HOUR = 3_600.0


def transient(seed: int, probability: float) -> list[Rule]:
    """Everything after which the same request, made again, gets its whole answer."""
    kinds = ("accepted", "moved", "clock-skew", *TRANSIENT)
    rules = [*Plan.random(seed, probability, kinds).rules]
    return rules + [Rule(kind, path="*.git/*", probability=0.1) for kind in OF_GIT]


def collect_until_done(
    engine: Engine, settled: Configuration, server: Simulator, time: Time, folder: Path
) -> int:
    """Collect what is due, again and again, until nothing is; how many collections that took.

    Jobs that build on others' rows come after them, so each begins when those before it are done.
    """
    folder.mkdir(exist_ok=True)
    left: list[Progress] = []
    with chdir(folder), small_commits():
        for turn in range(1, PATIENCE + 1):
            collected = collection(engine, settled, server.url, time=time)
            collected.prepare()
            for job in JOBS:
                left = [end for end in collected.run([job], only_due=True) if end.state != "done"]
                if left:
                    break
            else:
                return turn
            time.pass_by(AN_HOUR)
    pytest.fail(f"not over after {PATIENCE} collections: {left}")


def defects(engine: Engine) -> list[str]:
    """What runs ended with that nobody foresaw."""
    runs = table("collector_runs")
    with engine.connect() as connection:
        chosen = select(runs.c.job, runs.c.error).where(runs.c.next_step.like("%defect%"))
        return [f"{row.job}: {row.error}" for row in connection.execute(chosen)]


@pytest.mark.parametrize("kind", DATABASES)
def test_collections_that_meet_every_transient_fault_end_as_an_undisturbed_one(
    kind: str,
    new_database: NewDatabase,
    settled: Configuration,
    undisturbed: Facts,
    github: Simulator,
    time: Time,
    tmp_path: Path,
) -> None:
    met: Counter[str] = Counter()
    turns, seed = 0, SEEDS[kind]
    while sum(met.values()) < FAULTS:
        seed += 1
        engine = new_database(kind)
        github.faults.replace(transient(seed, 0.4), seed=seed)
        turns += collect_until_done(engine, settled, github, time, tmp_path / f"work-{seed}")
        met.update(each.kind for each in github.faults.fired)
        assert defects(engine) == [], f"{kind}, seed {seed}"
        insist_on(facts(engine), undisturbed, f"{kind}, seed {seed}")
    made = seed - SEEDS[kind]
    print(f"{kind}: {sum(met.values())} faults in {turns} collections of {made} databases: {dict(met)}")
    assert met.keys() >= {*TRANSIENT, "accepted", "moved", "clock-skew"}
