"""What pages read: values, the latest period beside others, and clear errors."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from db.engine import writing
from db.errors import DatabaseError, Stopped
from db.metrics import read
from db.metrics.calendar import (
    fill_calendar,
    period_before,
    period_containing,
    period_end,
    same_period_last_year,
)
from db.metrics.refresh import refresh


@pytest.fixture
def filled(engine: Engine, community: ModuleType) -> Engine:
    """A small community, refreshed."""
    community.made_up(seed=7, commits=150, requests=30).write(engine)
    refresh(engine, now=community.NOW)
    return engine


def test_values_give_parts_by_default_and_the_total_when_asked(filled: Engine) -> None:
    with filled.connect() as connection:
        parts = read.values(connection, "commits", "project", "month")
        total = read.values(connection, "commits", "project", "month", segments=["all"])
        share = read.values(connection, "outside_share_of_commits", "project", "month")
        some = read.values(
            connection, "commits", "project", "month", date(2023, 2, 1), date(2023, 4, 1), ["all"]
        )
        empty = read.values(connection, "commits", "torvalds/linux", "month")
    assert "all" not in set(parts["segment"])
    assert set(share["segment"]) == {"all"}
    assert parts.groupby("period")["value"].sum().to_dict() == total.set_index("period")["value"].to_dict()
    assert [str(day)[:10] for day in some["period"]] == ["2023-02-01", "2023-03-01", "2023-04-01"]
    assert list(empty.columns) == list(read.COLUMNS)
    assert len(empty) == 0
    assert list(map(str, empty.dtypes)) == list(map(str, parts.dtypes))
    assert total["period"].is_monotonic_increasing
    assert isinstance(total["period"].iloc[0], pd.Timestamp)


def test_the_latest_period_stands_beside_the_one_before_last_year_and_the_baseline(filled: Engine) -> None:
    with filled.connect() as connection:
        frame = read.values(connection, "commits", "project", "month", segments=["all"])
        found = read.latest(connection, "commits", "project", "month", baseline=date(2022, 9, 15))
        nothing = read.latest(connection, "commits", "torvalds/linux", "month")
    by_month = {stamp.date(): value for stamp, value in zip(frame["period"], frame["value"], strict=True)}
    assert found is not None
    assert found.period == date(2024, 1, 1), "February 2024 is not over"
    assert found.value == by_month[date(2024, 1, 1)]
    assert found.before == by_month[date(2023, 12, 1)]
    assert found.last_year == by_month[date(2023, 1, 1)]
    assert found.index == pytest.approx(100 * found.value / by_month[date(2022, 9, 1)])
    assert nothing is None


def test_what_does_not_exist_is_named_with_a_way_out(filled: Engine) -> None:
    with filled.connect() as connection:
        with pytest.raises(DatabaseError, match=r"comits: there is no such metric.*commits"):
            read.values(connection, "comits", "project", "month")
        with pytest.raises(DatabaseError, match=r"projekt: there is no such scope.*project"):
            read.latest(connection, "commits", "projekt", "month")
        with pytest.raises(DatabaseError, match=r"monthly: there is no such grain.*month"):
            read.values(connection, "commits", "project", "monthly")
    with pytest.raises(DatabaseError, match="comits: there is no such metric"):
        refresh(filled, now=datetime(2024, 2, 20, tzinfo=UTC), metrics=["comits"])


def test_a_refresh_of_one_metric_leaves_the_others_and_a_second_one_changes_nothing(
    filled: Engine, community: ModuleType
) -> None:
    everything = text(
        "SELECT metric, scope_id, grain, period, segment, value, sample_size, complete FROM metric_values "
        "ORDER BY metric, scope_id, grain, period, segment"
    )
    with filled.connect() as connection:
        before = connection.execute(everything).all()
    assert [result.metric for result in refresh(filled, now=community.NOW, metrics=["commits"])] == [
        "commits"
    ]
    refresh(filled, now=community.NOW)
    with filled.connect() as connection:
        assert connection.execute(everything).all() == before


def test_progress_is_told_step_by_step_to_the_end(filled: Engine, community: ModuleType) -> None:
    told: list[tuple[str, int, int]] = []
    refresh(filled, now=community.NOW, metrics=["commits"], progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == list(range(1, len(told) + 1))
    assert told[-1] == ("commits", len(told), len(told))


def test_a_refresh_that_is_asked_to_end_ends_and_the_next_one_gives_everything(
    filled: Engine, community: ModuleType, tmp_path: Path
) -> None:
    everything = text(
        "SELECT metric, scope_id, grain, period, segment, value, sample_size, complete FROM metric_values "
        "ORDER BY metric, scope_id, grain, period, segment"
    )
    with filled.begin() as connection:
        wanted = connection.execute(everything).all()
        connection.execute(text("DELETE FROM metric_values WHERE metric > 'n'"))
    copy = tmp_path / "columns.duckdb"
    for steps in (1, 3, 20):
        asked = iter([False] * (steps - 1))
        with pytest.raises(Stopped, match="was asked to end"):
            refresh(filled, now=community.NOW, copy=copy, stop=lambda left=asked: next(left, True))
    refresh(filled, now=community.NOW, copy=copy)
    with filled.connect() as connection:
        held = connection.execute(everything).all()
    assert [(*row[:5], *row[6:]) for row in held] == [(*row[:5], *row[6:]) for row in wanted]
    # Fractions are added up in any order: the last digit may be another.
    assert [row.value for row in held] == pytest.approx([row.value for row in wanted], rel=1e-12)


def test_a_reader_sees_the_old_values_until_the_new_ones_are_there(
    filled: Engine, community: ModuleType
) -> None:
    count = text("SELECT COUNT(*) FROM metric_values WHERE metric = 'commits'")
    with filled.connect() as connection:
        before = connection.execute(count).scalar()
    seen: list[int | None] = []

    def look(_what: str, _done: int, _of: int) -> None:
        with filled.connect() as connection:
            seen.append(connection.execute(count).scalar())

    refresh(filled, now=community.NOW, progress=look)
    assert set(seen) == {before}


def test_the_calendar_holds_every_day_once_per_grain_and_agrees_with_pandas(engine: Engine) -> None:
    now = datetime(2024, 5, 5, tzinfo=UTC)
    with writing(engine).begin() as connection:
        assert fill_calendar(connection, now=now) == 5 * len(pd.date_range("2008-01-01", "2025-12-31"))
        assert fill_calendar(connection, now=now) == 0
        rows = connection.execute(text("SELECT day, grain, period, period_end FROM calendar")).all()
    frequencies = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
    days = pd.to_datetime([row[0] for row in rows])
    grains = pd.Series([row[1] for row in rows])
    for grain, frequency in frequencies.items():
        chosen = (grains == grain).to_numpy()
        periods = days[chosen].to_period(frequency)
        assert (periods.start_time == pd.to_datetime([r[2] for r in rows])[chosen]).all()
        assert (periods.end_time.normalize() == pd.to_datetime([r[3] for r in rows])[chosen]).all()


def test_periods_are_reckoned_as_people_do() -> None:
    assert period_containing(date(2017, 2, 13), "week") == date(2017, 2, 13), "a Monday"
    assert period_containing(date(2017, 2, 19), "week") == date(2017, 2, 13)
    assert period_containing(date(2017, 2, 13), "quarter") == date(2017, 1, 1)
    assert period_end(date(2024, 2, 1), "month") == date(2024, 2, 29)
    assert period_end(date(2024, 10, 1), "quarter") == date(2024, 12, 31)
    assert period_before(date(2024, 1, 1), "quarter") == date(2023, 10, 1)
    assert same_period_last_year(date(2024, 2, 29), "day") == date(2023, 2, 28)
    assert same_period_last_year(date(2024, 3, 4), "week") == date(2023, 3, 6)
    with pytest.raises(ValueError, match="fortnight"):
        period_containing(date(2024, 1, 1), "fortnight")
