"""What asks about commits waits until histories are read whole, and for none of them forever."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector import histories
from collector.collection import Collection
from collector.configuration import Configuration, load
from collector.errors import ComesLater
from collector.github.client import GitHub
from collector.histories import AFTER_A_FAILURE, AT_MOST
from collector.installation import schedule_rows
from collector.jobs import job_named
from dashboard import operations
from db.engine import writing
from db.repositories import register
from db.schema import table
from db.upsert import upsert

#: Commits were to be read at 9:20, and accounts to be asked for at 2:20.
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
JOB = job_named("commit_accounts")
SMALL, LARGE = "tensorflow/community", "tensorflow/tensorflow"
WHOLE = {"head": "a"}
PARTLY = {"head": None, "target": "b", "done": 3, "last": "c"}


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    shipped = (Path(__file__).parents[2] / "flowmeter.toml").read_text(encoding="utf-8")
    head, _, rest = shipped.partition("[repositories]")
    _, _, tail = rest.partition("# Repositories of these roles are cloned")
    roles = f'[repositories]\ncore = ["{LARGE}"]\necosystem = ["{SMALL}"]\npeer = ["jax-ml/jax"]\n\n#'
    path = tmp_path / "flowmeter.toml"
    path.write_text(f"{head}{roles}{tail}", encoding="utf-8")
    return load(path)


def known(engine: Engine, configuration: Configuration, **states: str) -> None:
    """All that is configured is held, with a place to clone it from."""
    repositories = table("repositories")
    with writing(engine).begin() as connection:
        register(connection, configuration.roles, simulated=True)
        connection.execute(repositories.update().values(clone_url="https://github.com/x/y.git"))
        for name, state in states.items():
            named = repositories.c.full_name == f"tensorflow/{name}"
            connection.execute(repositories.update().where(named).values(state=state))


def read(engine: Engine, name: str, at: datetime | None, cursor: dict[str, Any] | str = WHOLE) -> None:
    """Where the reading of a history stands."""
    held = cursor if isinstance(cursor, str) else json.dumps(cursor)
    row = {"job": "commits", "target": name, "cursor": held, "updated_at": NOW, "finished_at": at}
    with writing(engine).begin() as connection:
        upsert(connection, table("cursors"), [row])


def tried(engine: Engine, name: str, state: str, ago: timedelta) -> None:
    """A line of the ledger."""
    line = {"job": "commits", "target": name, "state": state}
    with writing(engine).begin() as connection:
        at = {"started_at": NOW - ago, "heartbeat_at": NOW - ago}
        connection.execute(table("collector_runs").insert(), line | at)


def told(
    engine: Engine, configuration: Configuration, *, scheduled: bool = True, repository: str | None = None
) -> tuple[str, datetime | None] | None:
    """What it waits for, and until when at most."""
    with engine.connect() as connection:
        try:
            histories.insist_on_them(
                connection, JOB, configuration, NOW, repository=repository, scheduled=scheduled
            )
        except ComesLater as later:
            return f"{later.to} {later.happened}", later.resume_at
    return None


def test_histories_are_waited_for_until_each_was_read_to_its_end(
    engine: Engine, configuration: Configuration
) -> None:
    known(engine, configuration)
    both = f"the histories of {LARGE}, {SMALL} have not been read to the end"
    assert told(engine, configuration) == (both, None)
    read(engine, LARGE, NOW)
    one = f"the history of {SMALL} has not been read to the end"
    assert told(engine, configuration) == (one, None)
    assert told(engine, configuration, repository=LARGE) is None, "who names one waits for that one"
    read(engine, SMALL, None, PARTLY)
    assert told(engine, configuration) == (one, None)
    read(engine, SMALL, NOW, PARTLY)
    assert told(engine, configuration) == (one, None), "what came since is not read to its end"
    read(engine, SMALL, NOW, "{damaged")
    assert told(engine, configuration) == (one, None)
    read(engine, SMALL, NOW, {})
    assert told(engine, configuration) is None, "an empty repository has no head"


def test_on_a_schedule_histories_are_those_of_the_jobs_own_date(
    engine: Engine, configuration: Configuration
) -> None:
    known(engine, configuration)
    read(engine, LARGE, NOW)
    midnight = NOW.replace(hour=0)
    for at, waits in ((midnight + timedelta(minutes=19), True), (midnight + timedelta(minutes=20), False)):
        read(engine, SMALL, at)
        assert (told(engine, configuration) is not None) == waits
        assert told(engine, configuration, scheduled=False) is None, "by hand what is held is enough"


@pytest.mark.parametrize("state", ["failed", "gone"])
def test_a_history_that_cannot_be_read_is_waited_for_an_hour(
    engine: Engine, configuration: Configuration, state: str
) -> None:
    known(engine, configuration)
    read(engine, LARGE, NOW)
    tried(engine, SMALL, state, AFTER_A_FAILURE - timedelta(minutes=1))
    waits = told(engine, configuration)
    assert waits is not None
    assert waits[1] == NOW + timedelta(minutes=1)
    assert told(engine, configuration, scheduled=False) is None, "by hand it is passed over at once"
    tried(engine, LARGE, "done", AFTER_A_FAILURE * 2)
    tried(engine, SMALL, "done", AFTER_A_FAILURE * 2)
    assert told(engine, configuration) == (waits[0], None), "what failed before it was read does not count"
    tried(engine, SMALL, state, AFTER_A_FAILURE)
    tried(engine, SMALL, state, timedelta(0))
    assert told(engine, configuration) is None


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_a_history_that_is_being_read_is_waited_for_a_day(
    engine: Engine, configuration: Configuration, state: str
) -> None:
    known(engine, configuration)
    read(engine, LARGE, NOW)
    tried(engine, SMALL, "failed", AT_MOST - timedelta(minutes=1))
    tried(engine, SMALL, state, timedelta(0))
    for scheduled in (True, False):
        waits = told(engine, configuration, scheduled=scheduled)
        assert waits is not None
        assert waits[1] == (NOW + timedelta(minutes=1) if scheduled else None)
    tried(engine, SMALL, "running", AT_MOST)
    assert told(engine, configuration) is None
    assert told(engine, configuration, scheduled=False) is None


@pytest.mark.parametrize("state", ["deleted", "private", "blocked"])
def test_a_repository_that_is_gone_is_waited_for_by_nobody(
    engine: Engine, configuration: Configuration, state: str
) -> None:
    known(engine, configuration, community=state)
    read(engine, LARGE, NOW)
    assert told(engine, configuration) is None


def test_a_repository_that_is_not_cloned_is_waited_for_by_nobody(
    engine: Engine, configuration: Configuration, tmp_path: Path
) -> None:
    path = tmp_path / "flowmeter.toml"
    shipped = path.read_text(encoding="utf-8")
    path.write_text(
        shipped.replace('roles = ["core", "ecosystem"]\nmax', 'roles = ["core"]\nmax'), encoding="utf-8"
    )
    known(engine, configuration)
    read(engine, LARGE, NOW)
    assert told(engine, configuration) is not None
    assert told(engine, load(path)) is None


def test_a_line_by_a_clock_that_was_ahead_keeps_nobody_waiting(
    engine: Engine, configuration: Configuration
) -> None:
    known(engine, configuration)
    read(engine, LARGE, NOW)
    tried(engine, SMALL, "failed", -timedelta(days=4000))
    tried(engine, SMALL, "failed", AT_MOST)
    assert told(engine, configuration) is None


@pytest.mark.parametrize("scheduled", [True, False])
def test_what_is_waited_for_stands_in_the_ledger_the_schedule_and_on_the_data_page(
    sqlite_engine: Engine, configuration: Configuration, scheduled: bool
) -> None:
    engine = sqlite_engine
    known(engine, configuration)
    read(engine, LARGE, NOW)
    tried(engine, SMALL, "stopped", timedelta(hours=1))
    collected = Collection(
        engine,
        configuration,
        lambda: GitHub("http://127.0.0.1:9", ["a-token"]),
        simulated=True,
        clock=lambda: NOW,
    )
    (ended,) = collected.run([JOB], only_due=scheduled)
    waits = f"the history of {SMALL}: has not been read to the end"
    until = NOW + timedelta(hours=23) if scheduled else None
    assert (ended.state, ended.error, ended.resume_at) == ("waiting", waits, until)
    assert "flowmeter collect commits" in str(ended.next_step)
    columns, listed = schedule_rows(engine, configuration, NOW)
    (row,) = [dict(zip(columns, row, strict=True)) for row in listed if row[0] == JOB.name]
    assert (row["last result"], row["waits until"], row["waits for"]) == ("1 waiting", until, waits)
    with engine.connect() as connection:
        shown = {job.job: job for job in operations.jobs(connection, NOW)}[JOB.name]
        assert (shown.shown_state, shown.error) == ("waiting", waits)
        finished = select(table("cursors").c.finished_at).where(table("cursors").c.job == JOB.name)
        assert connection.execute(finished).all() == [], "it is due still"
