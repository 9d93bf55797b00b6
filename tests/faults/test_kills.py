"""A collection that is killed, however often and wherever, ends with the rows of an undisturbed one."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from collector.jobs import JOBS
from collector.simulator.server import Simulator
from tests.faults.conftest import CarryOut, NewDatabase
from tests.faults.killing import Killed, Order
from tests.faults.world import NOW, Facts, facts, insist_on

#: Kill points on each database.
KILLS = int(os.environ.get("FLOWMETER_KILLS", "36"))
AT_ONCE = 50
#: Other moments on each database, so that few kills try as many.
SEEDS = {"sqlite": 0, "postgresql": 1000}
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.mark.parametrize("kind", DATABASES)
def test_a_collection_that_is_killed_again_and_again_ends_as_an_undisturbed_one(
    kind: str,
    new_database: NewDatabase,
    carry_out: CarryOut,
    github: Simulator,
    undisturbed: Facts,
    tmp_path: Path,
) -> None:
    kills: list[Killed] = []
    seed = SEEDS[kind]
    while len(kills) < KILLS:
        seed += 1
        engine = new_database(kind)
        folder = tmp_path / f"work-{seed}"
        folder.mkdir()
        url = engine.url.render_as_string(hide_password=False)
        ended = carry_out(
            Order(url, github.url, str(folder), NOW.isoformat(), seed, min(AT_ONCE, KILLS - len(kills)))
        )
        assert ended.done, f"seed {seed}: not over after {ended.runs} processes: {ended.said[-3:]}"
        assert ended.said == [], f"seed {seed}"
        insist_on(facts(engine), undisturbed, f"{kind}, seed {seed}")
        kills += ended.kills
    print(
        f"{kind}: {len(kills)} kills, {Counter(each.job for each in kills)}, "
        f"{sum(each.in_transaction for each in kills)} in the midst of a transaction"
    )
    assert {each.job for each in kills} >= {job.name for job in JOBS}


@pytest.mark.parametrize("at_work", ["at once", "scheduler"])
@pytest.mark.parametrize("kind", DATABASES)
def test_jobs_in_threads_on_one_database_survive_kills_too(
    kind: str,
    at_work: str,
    new_database: NewDatabase,
    carry_out: CarryOut,
    github: Simulator,
    undisturbed: Facts,
    tmp_path: Path,
) -> None:
    engine = new_database(kind)
    url = engine.url.render_as_string(hide_password=False)
    order = Order(url, github.url, str(tmp_path), NOW.isoformat(), 7, 8, at_work, seconds=0.5, steps=150)
    ended = carry_out(order)
    assert ended.done, f"not over after {ended.runs} processes: {ended.said[-3:]}"
    assert [said for said in ended.said if "Traceback" in said] == []
    # Jobs that build on what others have written met less of it than they would have in turn.
    once_more = carry_out(replace(order, at_work="in turn", kills=0, once_more=True))
    assert once_more.said == []
    insist_on(facts(engine), undisturbed, f"{kind}, {at_work}")
