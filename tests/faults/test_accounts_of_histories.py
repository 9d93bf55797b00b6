"""Whose an address is gets asked of the same commit, whatever was held at the moment of asking."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from collector import plan
from collector.collection import Collection
from collector.configuration import Configuration
from collector.jobs import JOBS, job_named
from collector.run import Progress
from collector.simulator.server import Simulator
from tests.faults.conftest import NewDatabase
from tests.faults.world import NOW, Facts, collection, facts, insist_on, small_commits

FIRST, OTHER = "tensorflow/community", "tensorflow/tensorflow"
Step = Callable[[Collection], object]


def read(repository: str, pages: int | None = None) -> Step:
    """Reads a history, or so many pages of it."""

    def step(collected: Collection) -> object:
        heard: list[Progress] = []
        cut = replace(collected, stop=lambda: pages is not None and len(heard) >= pages, report=heard.append)
        return list(cut.run([job_named("commits")], repository=repository, only_due=True))

    return step


def ask(collected: Collection) -> object:
    """Asks whose the addresses are."""
    return list(collected.run([job_named("commit_accounts")], only_due=True))


ORDERS: dict[str, list[Step]] = {
    "before anything is read": [ask],
    "while the newest pages of both histories are held": [read(FIRST, 2), read(OTHER, 9), ask],
    "again and again": [ask, read(OTHER, 1), ask, read(OTHER), ask, read(FIRST, 3), ask],
}


@pytest.mark.parametrize("asked", ORDERS)
def test_addresses_are_asked_about_by_the_same_commits_whenever_it_is_tried(
    asked: str,
    new_database: NewDatabase,
    settled: Configuration,
    github: Simulator,
    undisturbed: Facts,
    tmp_path: Path,
) -> None:
    engine = new_database("sqlite")
    collected = collection(engine, settled, github.url)
    with chdir(tmp_path), small_commits():
        collected.prepare()
        list(collected.run([job_named("repositories")]))
        for step in ORDERS[asked]:
            step(collected)
        while left(engine, settled):
            list(collected.run(JOBS, only_due=True))
    insist_on(facts(engine), undisturbed, asked)


def left(engine: Engine, settled: Configuration) -> list[str]:
    with engine.connect() as connection:
        return [
            f"{job.name} {target.name}"
            for job in JOBS
            for target in plan.targets(connection, job, settled)
            if plan.is_due(connection, job, target, settled, NOW)
        ]
