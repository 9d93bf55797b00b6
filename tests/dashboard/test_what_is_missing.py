"""A scope that lacks a large repository after some day says so, and counts nothing after it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dashboard.answers import answers, catalogue
from dashboard.gaps import gap
from dashboard.periods import moved
from dashboard.site import Site
from dashboard.view import open_view
from db.engine import connect, writing
from db.schema import Record, table
from db.upsert import upsert

FIRST = date(2022, 1, 1)
PROJECT, LARGE, SMALL = 1, 2, 3


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Two repositories: the large one is held for 24 months, the small one for 48."""
    engine = connect(f"sqlite:///{tmp_path}/gap.db")
    Record.metadata.create_all(engine)
    months = {LARGE: (24, 900.0), SMALL: (48, 100.0)}
    values = [
        {"scope_id": scope, "period": moved(FIRST, "month", place), "value": count}
        for scope, (length, count) in months.items()
        for place in range(length)
    ]
    values += [
        {
            "scope_id": PROJECT,
            "period": moved(FIRST, "month", place),
            "value": 1000.0 if place < 24 else 100.0,
        }
        for place in range(48)
    ]
    usual = {"metric": "commits", "grain": "month", "segment": "all", "sample_size": 100, "complete": True}
    words = (
        "goal",
        "title",
        "meaning",
        "direction",
        "segments",
        "figure",
        "source",
        "leaves_out",
        "coverage",
    )
    with writing(engine).begin() as connection:
        definition = dict.fromkeys(words, "") | {
            "metric": "commits",
            "unit": "commits",
            "headline": "all",
            "sql": "",
        }
        upsert(connection, table("metric_definitions"), [definition])
        names = {PROJECT: "project", LARGE: "big/one", SMALL: "small/one"}
        kinds = {PROJECT: "project", LARGE: "repository", SMALL: "repository"}
        upsert(
            connection,
            table("scopes"),
            [
                {
                    "scope_id": one,
                    "name": names[one],
                    "kind": kinds[one],
                    "title": names[one],
                    "position": one,
                }
                for one in names
            ],
        )
        upsert(
            connection,
            table("repositories"),
            [
                {"repository_id": one, "full_name": names[one], "role": "core", "simulated": False}
                for one in (LARGE, SMALL)
            ],
        )
        upsert(
            connection,
            table("scope_repositories"),
            [
                {"scope_id": scope, "repository_id": one}
                for scope, one in ((PROJECT, LARGE), (PROJECT, SMALL), (LARGE, LARGE), (SMALL, SMALL))
            ],
        )
        upsert(connection, table("metric_values"), [usual | value for value in values])
    return engine


def test_the_gap_begins_after_the_last_whole_month_of_the_large_repository(engine: Engine) -> None:
    with engine.connect() as connection:
        found = gap(connection, "project")
        assert found is not None
        assert (found.repository, found.until) == ("big/one", date(2023, 12, 31))
        assert found.share == pytest.approx(0.9)


def test_months_after_the_gap_are_not_complete_and_those_before_it_are(engine: Engine) -> None:
    with engine.connect() as connection:
        known = catalogue(connection)
        held = answers(connection, known, ["commits"], "project", "month", date(2023, 12, 31))["commits"]
        assert [row.complete for row in held.rows] == [True] * 24 + [False] * 24


def test_pages_of_people_and_organisations_take_months_after_the_gap_for_incomplete_too(
    engine: Engine,
) -> None:
    site = Site(engine, now=lambda: datetime(2026, 1, 10, tzinfo=UTC))
    with engine.connect() as connection:
        view = open_view(site, connection, "/organizations/Google", {})
    months = [moved(FIRST, "month", place) for place in range(49)]
    assert [view.is_complete(month) for month in months] == [True] * 24 + [False] * 25


def test_a_repository_alone_has_no_gap(engine: Engine) -> None:
    with engine.connect() as connection:
        assert gap(connection, "big/one") is None
        assert gap(connection, "nothing/here") is None


def test_a_repository_that_github_was_asked_about_is_quiet_and_not_missing(engine: Engine) -> None:
    cursor = {
        "job": "issues",
        "target": "big/one",
        "cursor": "",
        "updated_at": datetime(2025, 12, 31, tzinfo=UTC),
        "finished_at": datetime(2025, 12, 31, tzinfo=UTC),
    }
    with writing(engine).begin() as connection:
        upsert(connection, table("cursors"), [cursor])
    with engine.connect() as connection:
        assert gap(connection, "project") is None


def test_a_small_repository_that_ended_bends_nothing(engine: Engine) -> None:
    values = table("metric_values")
    with writing(engine).begin() as connection:
        connection.execute(
            values.delete().where(values.c.scope_id == SMALL, values.c.period >= date(2022, 6, 1))
        )
    with engine.connect() as connection:
        found = gap(connection, "project")
        assert found is not None
        assert found.repository == "big/one"
