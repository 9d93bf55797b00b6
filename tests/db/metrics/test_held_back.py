"""A scope is whole only as far as its large repositories are held."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db.engine import writing
from db.metrics.calendar import fill_calendar
from db.metrics.freshness import scope_days
from db.repositories import refresh_scopes, register
from db.schema import stable_id, table
from db.upsert import upsert

NOW = datetime(2026, 7, 20, tzinfo=UTC)
PROJECT = stable_id("scope", "project")


def commits(repository: int, name: str, last: date, days: int) -> list[dict[str, object]]:
    moment = datetime(last.year, last.month, last.day, tzinfo=UTC)
    return [
        {
            "repository_id": repository,
            "sha": f"{name}{back}",
            "author_id": 1,
            "committer_id": 1,
            "authored_at": moment,
            "author_offset": 0,
            "committed_at": moment - timedelta(days=back),
            "day": last - timedelta(days=back),
            "parents": 1,
            "files": 1,
            "additions": 1,
            "deletions": 1,
            "subject": "change",
            "pull_request": None,
        }
        for back in range(days)
    ]


@pytest.mark.parametrize(("share_of_days", "until"), [(300, date(2024, 3, 27)), (20, date(2026, 7, 19))])
def test_a_large_repository_that_is_held_less_far_holds_its_scope_back(
    engine: Engine, share_of_days: int, until: date
) -> None:
    roles = {"owner/early": "core", "owner/late": "core"}
    with writing(engine).begin() as connection:
        ids = register(connection, roles)
        refresh_scopes(connection, "TensorFlow")
        early = commits(ids["owner/early"], "early", date(2024, 3, 27), share_of_days)
        late = commits(ids["owner/late"], "late", date(2026, 7, 19), 1300)
        upsert(connection, table("commits"), early + late)
        fill_calendar(connection, now=NOW)
        found = scope_days(connection, now=NOW)
    assert found[PROJECT] == until
    assert found[stable_id("scope", "owner/early")] == date(2024, 3, 27)
    assert found[stable_id("scope", "owner/late")] == date(2026, 7, 19)


def test_a_repository_that_was_quiet_while_github_was_asked_holds_nothing_back(engine: Engine) -> None:
    roles = {"owner/quiet": "core", "owner/busy": "core"}
    with writing(engine).begin() as connection:
        ids = register(connection, roles)
        refresh_scopes(connection, "TensorFlow")
        rows = commits(ids["owner/quiet"], "q", date(2024, 3, 27), 300)
        upsert(connection, table("commits"), rows + commits(ids["owner/busy"], "b", date(2026, 7, 19), 900))
        asked = {
            "job": "issues",
            "target": "owner/quiet",
            "cursor": "{}",
            "updated_at": NOW,
            "finished_at": NOW,
        }
        upsert(connection, table("cursors"), [asked])
        fill_calendar(connection, now=NOW)
        found = scope_days(connection, now=NOW)
    assert found[PROJECT] == date(2026, 7, 20)
