"""A repository that is renamed, hidden, blocked or deleted ends in a stated state, and no job in an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.collection import Collection
from collector.configuration import load
from collector.github.client import GitHub
from collector.jobs import JOBS, job_named
from collector.run import Progress
from collector.simulator.server import Simulator
from dashboard import operations
from db.schema import table

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NAME = "tensorflow/recommenders"
OTHER = "tensorflow/addons"
REPOSITORY_JOBS = [job for job in JOBS if job.scope != "installation"]


@pytest.fixture
def server() -> Iterator[Simulator]:
    with Simulator(scale=0.002, seed=3, now=NOW) as running:
        yield running


@pytest.fixture
def collection(
    sqlite_engine: Engine, server: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Collection:
    configuration = load(Path(__file__).parents[2] / "flowmeter.toml")
    monkeypatch.chdir(tmp_path)  # clones go under the working directory

    def client() -> GitHub:
        return GitHub(server.url, ["a-token"], now=lambda: NOW, sleep=lambda _: None)

    made = Collection(
        sqlite_engine, configuration, client, simulated=True, github_url=server.url, clock=lambda: NOW
    )
    made.prepare()
    return made


def run_all(collection: Collection, name: str = NAME, *jobs: str) -> dict[str, Progress]:
    chosen = [job_named(each) for each in jobs] or REPOSITORY_JOBS
    found: dict[str, Progress] = {}
    for ended in collection.run(chosen, repository=name):
        found[ended.job] = ended
    return found


def rows(engine: Engine, name: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table(name))).mappings()]


def repository(engine: Engine, **wanted: Any) -> dict[str, Any]:
    (row,) = [
        row
        for row in rows(engine, "repositories")
        if all(row[name] == value for name, value in wanted.items())
    ]
    return row


@pytest.mark.parametrize(
    ("what", "state"), [("hide", "deleted"), ("delete", "deleted"), ("block", "blocked")]
)
def test_one_that_goes_away_between_two_jobs_is_no_error_of_any_and_comes_back(
    sqlite_engine: Engine, collection: Collection, server: Simulator, what: str, state: str
) -> None:
    first = run_all(collection)
    assert {ended.state for ended in first.values()} == {"done"}
    held = {name: rows(sqlite_engine, name) for name in ("issues", "pull_requests", "commits", "releases")}
    getattr(server.interventions, what)(NAME)
    # The activity's jobs meet it first: the job repositories last saw it alive.
    others = [job.name for job in REPOSITORY_JOBS if job.name != "repositories"]
    ended = run_all(collection, NAME, *others)
    assert {each.state for each in ended.values()} <= {"done", "gone"}
    assert ended["repositories"].state == "done"
    assert repository(sqlite_engine, full_name=NAME)["state"] == state
    assert {name: rows(sqlite_engine, name) for name in held} == held
    assert [job for job in run_all(collection, NAME) if job != "repositories"] == []
    with sqlite_engine.connect() as connection:
        shown = {
            job.job: job.shown_state
            for job in operations.jobs(connection, NOW + timedelta(days=60))
            if job.target == NAME
        }
    assert {shown[job] for job in ("issues", "pull_requests", "commits")} == {state}
    server.interventions.restore(NAME)
    back = run_all(collection, NAME)
    assert {each.state for each in back.values()} == {"done"}
    assert repository(sqlite_engine, full_name=NAME)["state"] == "alive"
    assert back["issues"].points + back["pull_requests"].points <= 4


def test_a_clone_that_goes_away_is_gone_and_not_failed(
    sqlite_engine: Engine, collection: Collection, server: Simulator
) -> None:
    run_all(collection, NAME, "repositories")
    server.interventions.delete(NAME)
    ended = run_all(collection, NAME, "commits")
    assert (ended["commits"].state, ended["repositories"].state) == ("gone", "done")
    assert repository(sqlite_engine, full_name=NAME)["state"] == "deleted"


@pytest.mark.parametrize("new_name", ["tensorflow/advice", "somebody-else/recommenders"])
def test_one_that_is_renamed_or_moved_goes_on_where_it_was_under_its_new_name(
    sqlite_engine: Engine, collection: Collection, server: Simulator, new_name: str
) -> None:
    run_all(collection)
    before = repository(sqlite_engine, full_name=NAME)
    held = {name: rows(sqlite_engine, name) for name in ("issues", "pull_requests", "commits")}
    server.interventions.rename(NAME, new_name)
    assert run_all(collection, NAME, "repositories")["repositories"].target == new_name
    after = repository(sqlite_engine, full_name=new_name)
    assert (after["repository_id"], after["state"], after["role"]) == (
        before["repository_id"],
        "alive",
        before["role"],
    )
    for name in ("cursors", "collector_runs"):
        assert NAME not in {row["target"] for row in rows(sqlite_engine, name)}, name
    again = run_all(collection, new_name)
    assert {each.state for each in again.values()} == {"done"}
    assert again["issues"].points + again["pull_requests"].points <= 4
    assert {name: rows(sqlite_engine, name) for name in held} == held
    assert [row["name"] for row in rows(sqlite_engine, "scopes") if row["name"] == NAME] == []


def test_names_that_change_hands_mislead_nobody(
    sqlite_engine: Engine, collection: Collection, server: Simulator
) -> None:
    for name in (NAME, OTHER):
        run_all(collection, name, "repositories")
    ids = {name: repository(sqlite_engine, full_name=name)["github_id"] for name in (NAME, OTHER)}
    server.interventions.rename(NAME, "tensorflow/elsewhere")
    server.interventions.rename(OTHER, NAME)
    assert run_all(collection, OTHER, "repositories")["repositories"].state == "done"
    assert repository(sqlite_engine, github_id=ids[OTHER])["full_name"] == NAME
    displaced = repository(sqlite_engine, github_id=ids[NAME])["full_name"]
    assert displaced.startswith(f"{NAME}.renamed-")
    assert run_all(collection, displaced, "repositories")["repositories"].state == "done"
    assert repository(sqlite_engine, github_id=ids[NAME])["full_name"] == "tensorflow/elsewhere"
