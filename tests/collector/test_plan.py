"""What is due is decided by the ledger and the schedule's own dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from collector import plan
from collector.configuration import load
from collector.installation import schedule_rows
from collector.jobs import JOBS, Target, job_named
from db.engine import writing
from db.repositories import register
from db.schema import table
from db.upsert import upsert


@pytest.mark.parametrize(
    ("cron", "now", "last", "following"),
    [
        ("*/30 * * * *", "2026-11-24T10:29", "2026-11-24T10:00", "2026-11-24T10:30"),
        ("0 3 * * sun", "2026-11-24T10:29", "2026-11-22T03:00", "2026-11-29T03:00"),
        ("0 5 2 * *", "2026-11-01T00:00", "2026-10-02T05:00", "2026-11-02T05:00"),
        ("50 3 * * *", "2026-11-24T03:50", "2026-11-24T03:50", "2026-11-25T03:50"),
    ],
)
def test_the_last_and_next_dates_of_a_cron_line_are_known(
    cron: str, now: str, last: str, following: str
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert plan.last_date(cron, moment).isoformat()[:16] == last
    assert plan.next_date(cron, moment + timedelta(seconds=1)).isoformat()[:16] == following


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_no_date_lies_between_the_last_one_and_now(naive: datetime) -> None:
    now = naive.replace(tzinfo=UTC, microsecond=0)
    last = plan.last_date("20 */3 * * *", now)
    assert last <= now < last + timedelta(hours=3)
    assert (last.minute, last.hour % 3) == (20, 0)


def test_every_job_has_a_cadence_and_a_function() -> None:
    schedule = load().schedule
    for job in JOBS:
        assert getattr(schedule, job.cadence)
        assert callable(job.function())


def test_clones_come_smallest_first_and_huge_ones_not_at_all(engine: Engine) -> None:
    configuration = load()
    with writing(engine).begin() as connection:
        register(connection, configuration.roles)
        sizes = {"tensorflow/tensorflow": 900_000, "keras-team/keras": 90_000, "tensorflow/models": 9_000_000}
        repositories = table("repositories")
        for name, size in sizes.items():
            connection.execute(
                repositories.update()
                .where(repositories.c.full_name == name)
                .values(size_kilobytes=size, clone_url=f"https://example.com/{name}.git")
            )
        found = [t.repository for t in plan.targets(connection, job_named("commits"), configuration)]
    assert found == ["keras-team/keras", "tensorflow/tensorflow"]


def test_what_is_gone_is_asked_for_by_one_job_alone(engine: Engine) -> None:
    configuration = load()
    with writing(engine).begin() as connection:
        register(connection, configuration.roles)
        repositories = table("repositories")
        connection.execute(
            repositories.update()
            .where(repositories.c.full_name == "tensorflow/addons")
            .values(state="deleted")
        )
        asked = {
            job.name: {t.repository for t in plan.targets(connection, job, configuration)} for job in JOBS
        }
    assert "tensorflow/addons" in asked["repositories"]
    assert not any("tensorflow/addons" in names for job, names in asked.items() if job != "repositories")


def test_a_renamed_repository_is_still_followed_under_its_new_name(engine: Engine) -> None:
    configuration = load()
    with writing(engine).begin() as connection:
        register(connection, configuration.roles)
        repositories = table("repositories")
        connection.execute(
            repositories.update()
            .where(repositories.c.full_name == "tensorflow/addons")
            .values(full_name="tensorflow/extras")
        )
        found = [t.repository for t in plan.targets(connection, job_named("issues"), configuration)]
    assert "tensorflow/extras" in found
    followed = [name for name in configuration.roles if configuration.follows_activity(name)]
    assert len(found) == len(followed)


def test_a_job_is_due_until_it_has_finished_since_the_last_date(engine: Engine) -> None:
    configuration, job, target = load(), job_named("issues"), Target("owner/name", 1, "core")
    now = datetime(2026, 11, 24, 10, 29, tzinfo=UTC)
    row = {"job": "issues", "target": "owner/name", "cursor": "{}", "updated_at": now}
    with writing(engine).begin() as connection:
        assert plan.is_due(connection, job, target, configuration, now)
        upsert(connection, table("cursors"), [row | {"finished_at": now - timedelta(minutes=30)}])
        assert plan.is_due(connection, job, target, configuration, now)
        upsert(connection, table("cursors"), [row | {"finished_at": now - timedelta(minutes=29)}])
        assert not plan.is_due(connection, job, target, configuration, now)


def test_the_list_of_what_runs_when_tells_until_when_a_job_waits(sqlite_engine: Engine) -> None:
    now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    rows = [
        {"job": job, "target": "all", "state": state, "started_at": now, "heartbeat_at": now, "resume_at": at}
        for job, state, at in (
            ("issues", "waiting", now + timedelta(minutes=9)),
            ("issues", "waiting", now + timedelta(minutes=5)),
            ("forks", "waiting", now - timedelta(minutes=5)),
            ("profiles", "done", None),
        )
    ]
    with writing(sqlite_engine).begin() as connection:
        for row in rows:
            connection.execute(table("collector_runs").insert(), row)
    configuration = load(Path(__file__).parents[2] / "flowmeter.toml")
    columns, listed = schedule_rows(sqlite_engine, configuration, now)
    waits = {row[0]: row[columns.index("waits until")] for row in listed}
    assert {job: until for job, until in waits.items() if until} == {"issues": now + timedelta(minutes=5)}


def test_what_takes_no_quota_alone_goes_on_beside_the_jobs_of_github() -> None:
    assert {job.name for job in JOBS if job.needs == "clone"} == {"commits"}
