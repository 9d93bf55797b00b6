"""Faults one by one: what each must not do to the rows."""

from __future__ import annotations

from contextlib import chdir
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from collector.configuration import Configuration
from collector.jobs import Job, job_named
from collector.run import Progress
from collector.simulator.faults import Plan, Rule
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from db.schema import table
from tests.faults.conftest import NewDatabase
from tests.faults.world import (
    NOW,
    SCALE,
    Facts,
    Time,
    collection,
    facts,
    insist_on,
    small_commits,
    small_pages,
)

CORE = "tensorflow/tensorflow"
AUTHORED = ("issues", "pull_requests", "comments", "reviews")


def collect(
    engine: Engine, settled: Configuration, server: Simulator, folder: Path, *jobs: Job, late: int = 0
) -> list[Progress]:
    """One collection by some jobs, so many days after NOW."""
    now = NOW + timedelta(days=late)
    with chdir(folder), small_commits():
        collected = collection(engine, settled, server.url, now=now, time=Time(now))
        collected.prepare()
        return list(collected.run(jobs))


def authors(engine: Engine) -> dict[tuple[object, ...], int | None]:
    """Who wrote what, by table and key."""
    found: dict[tuple[object, ...], int | None] = {}
    with engine.connect() as connection:
        for name in AUTHORED:
            held = table(name)
            for author, *key in connection.execute(select(held.c.author_id, *held.primary_key)):
                found[name, *key] = author
    return found


def test_an_author_who_is_known_stays_when_github_names_nobody_any_more(
    engine: Engine, settled: Configuration, tmp_path: Path
) -> None:
    jobs = [job_named(name) for name in ("repositories", "issues", "pull_requests")]
    plenty = Limits(core=10**9, graphql=10**9)
    with Simulator(scale=SCALE, seed=5, now=NOW, middleware=[small_pages], limits=plenty) as server:
        collect(engine, settled, server, tmp_path, *jobs)
        before = authors(engine)
        for number in range(1, 60):
            if any(key[0] in ("issues", "pull_requests") and key[-1] == number for key in before):
                server.interventions.touch(CORE, number)
        server.faults.add(Rule("null-users"))
        collect(engine, settled, server, tmp_path, *jobs, late=1)
        met = server.faults.happened
    assert met > 5
    assert authors(engine) == before


def test_an_empty_answer_to_git_is_no_empty_repository(
    sqlite_engine: Engine, settled: Configuration, github: Simulator, undisturbed: Facts, tmp_path: Path
) -> None:
    jobs = [job_named(name) for name in ("repositories", "commits")]
    github.faults.replace([Rule("empty", path="*.git/info/refs", count=2)])
    ends = collect(sqlite_engine, settled, github, tmp_path, *jobs)
    assert {end.state for end in ends if end.job == "commits"} == {"failed"}
    assert all("GitHub counts" in str(end.error) for end in ends if end.job == "commits")
    ends = collect(sqlite_engine, settled, github, tmp_path, job_named("commits"))
    assert {end.state for end in ends} == {"done"}
    assert facts(sqlite_engine)["commits"] == undisturbed["commits"]


@pytest.mark.parametrize("kind", ["accepted", "forbidden"])
def test_a_history_that_breaks_off_in_the_middle_is_not_taken_for_the_whole(
    kind: str,
    sqlite_engine: Engine,
    settled: Configuration,
    github: Simulator,
    undisturbed: Facts,
    tmp_path: Path,
) -> None:
    jobs = [job_named(name) for name in ("repositories", "star_history", "releases", "forks")]
    github.faults.replace([Rule(kind, path="*/stargazers/history", nth=3, count=10)])
    github.faults.add(
        Rule(kind, path="*/releases", nth=2, count=10), Rule(kind, path="*/forks", nth=2, count=10)
    )
    ends = collect(sqlite_engine, settled, github, tmp_path, *jobs)
    assert {end.job for end in ends if end.state == "failed"} == {job.name for job in jobs[1:]}
    github.faults.clear()
    ends = collect(sqlite_engine, settled, github, tmp_path, *jobs)
    assert {end.state for end in ends} == {"done"}
    held = facts(sqlite_engine)
    for name in ("popularity", "releases", "fork_counts"):
        assert held[name] == undisturbed[name]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_items_that_move_while_pages_turn_are_not_missed(
    seed: int, new_database: NewDatabase, settled: Configuration, tmp_path: Path
) -> None:
    time = Time()
    plenty = Limits(core=10**9, search=10**9, code_search=10**9, graphql=10**9)

    def a_second_later() -> int:
        time.pass_by(1)
        return int(time.seconds())

    moving = Plan([Rule("touched", probability=0.5, items=3)], seed=seed)
    with Simulator(
        scale=SCALE, seed=5, clock=a_second_later, middleware=[small_pages], limits=plenty, faults=moving
    ) as server:
        jobs = [job_named(name) for name in ("repositories", "pull_requests", "issues")]
        held, fresh = new_database("sqlite"), new_database("sqlite")
        for late in range(3):
            collect(held, settled, server, tmp_path, *jobs, late=late)
        assert server.faults.happened > 20
        server.faults.clear()
        time.pass_by(3600)
        collect(held, settled, server, tmp_path, *jobs, late=3)
        collect(fresh, settled, server, tmp_path, *jobs, late=3)
    wanted = facts(fresh)
    # Each collection takes the day's stars, and notes what it writes.
    told = {name: wanted[name] for name in wanted if name not in ("popularity", "fact_changes")}
    insist_on(facts(held), told, f"seed {seed}")
