"""When issues are due: in zones east and west, across both changes of summer time, and after a pause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboard.reports.schedule import due, due_at, following, local
from dashboard.reports.window import Window
from db.metrics.calendar import period_end


def week(monday: date) -> Window:
    return Window("week", monday, monday + timedelta(days=6))


@pytest.mark.parametrize(
    ("zone", "weekday", "hour", "expected"),
    [
        ("UTC", "mon", 7, "2026-06-22T07:00+00:00"),
        ("Europe/Berlin", "mon", 7, "2026-06-22T05:00+00:00"),
        ("America/Los_Angeles", "mon", 7, "2026-06-22T14:00+00:00"),
        ("America/Los_Angeles", "wed", 18, "2026-06-25T01:00+00:00"),
        ("Asia/Kolkata", "tue", 9, "2026-06-23T03:30+00:00"),
        # Monday morning in Tokyo is Sunday in UTC: not before the week is over.
        ("Asia/Tokyo", "mon", 7, "2026-06-22T00:00+00:00"),
        ("Pacific/Kiritimati", "mon", 7, "2026-06-22T00:00+00:00"),
        ("UTC", "sun", 23, "2026-06-28T23:00+00:00"),
    ],
)
def test_a_week_is_due_at_its_hour_in_its_zone_and_never_before_it_is_over(
    made_weeks: ModuleType, zone: str, weekday: str, hour: int, expected: str
) -> None:
    report = made_weeks.Settings(Path(), time_zone=zone, weekday=weekday, hour=hour)
    assert due_at(report, week(date(2026, 6, 15))) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("zone", "monday", "hour", "expected", "shown"),
    [
        # 29 March 2026: 02:00 does not exist in Berlin, the clock goes from 02:00 to 03:00.
        ("Europe/Berlin", date(2026, 3, 16), 2, "2026-03-29T01:00+00:00", "03:00"),
        ("Europe/Berlin", date(2026, 3, 16), 3, "2026-03-29T01:00+00:00", "03:00"),
        # 25 October 2026: 02:00 comes twice, first in summer time.
        ("Europe/Berlin", date(2026, 10, 12), 2, "2026-10-25T00:00+00:00", "02:00"),
        ("Europe/Berlin", date(2026, 10, 12), 3, "2026-10-25T02:00+00:00", "03:00"),
        # 8 March and 1 November 2026 in New York.
        ("America/New_York", date(2026, 2, 23), 2, "2026-03-08T07:00+00:00", "03:00"),
        ("America/New_York", date(2026, 10, 19), 1, "2026-11-01T05:00+00:00", "01:00"),
    ],
)
def test_an_hour_that_is_skipped_comes_after_the_gap_and_one_that_comes_twice_comes_once(
    made_weeks: ModuleType, zone: str, monday: date, hour: int, expected: str, shown: str
) -> None:
    report = made_weeks.Settings(Path(), time_zone=zone, weekday="sun", hour=hour)
    at = due_at(report, week(monday))
    assert at == datetime.fromisoformat(expected)
    assert f"{shown} ({zone})" in local(at, zone)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"])
@pytest.mark.parametrize("period", ["week", "month"])
def test_over_three_years_asked_every_quarter_of_an_hour_each_issue_is_due_once(
    made_weeks: ModuleType, zone: str, period: str
) -> None:
    report = made_weeks.Settings(Path(), time_zone=zone, weekday="sun", day=28, hour=2, period=period)
    now, last, seen = datetime(2025, 1, 10, tzinfo=UTC), None, []
    while now.year < 2028:
        for each in due(report, last, now):
            assert each.at <= now < each.at + timedelta(days=31 if last is None else 1)
            seen.append(each.window.first)
            last = each.window.first
        now += timedelta(hours=1, minutes=15) if now.minute else timedelta(minutes=15)
    steps = {(b - a).days for a, b in pairwise(seen)}
    assert seen == sorted(set(seen))
    assert steps <= ({7} if period == "week" else {28, 29, 30, 31})


def test_after_a_pause_the_missed_issues_come_oldest_first_and_at_most_four(made_weeks: ModuleType) -> None:
    report: Any = made_weeks.Settings(Path())
    now = made_weeks.NOW + timedelta(hours=1)
    last = made_weeks.WEEK - timedelta(weeks=3)
    assert [each.window.first for each in due(report, last, now)] == [
        made_weeks.WEEK - timedelta(weeks=back) for back in (2, 1, 0)
    ]
    assert len(due(report, made_weeks.WEEK - timedelta(weeks=30), now)) == 4
    assert [each.window.first for each in due(report, None, now)] == [made_weeks.WEEK]
    assert due(report, made_weeks.WEEK, now) == []


def test_before_its_hour_an_issue_is_due_only_by_force(made_weeks: ModuleType) -> None:
    report = made_weeks.Settings(Path(), hour=9)
    before = made_weeks.WEEK - timedelta(weeks=1)
    assert due(report, before, made_weeks.NOW) == []
    assert [each.window.first for each in due(report, before, made_weeks.NOW, force=True)] == [
        made_weeks.WEEK
    ]


def test_the_next_date_is_the_first_one_after_now(made_weeks: ModuleType) -> None:
    report = made_weeks.Settings(Path(), time_zone="Europe/Berlin")
    coming = following(report, made_weeks.NOW)  # 07:00 UTC: Berlin's 07:00 is over
    assert coming.at == datetime(2026, 6, 29, 5, tzinfo=UTC)
    assert coming.window.first == date(2026, 6, 22)
    assert coming.window.last == period_end(coming.window.first, "week")
    monthly = replace(report, period="month", day=3)
    assert following(monthly, made_weeks.NOW).at == datetime(2026, 7, 3, 5, tzinfo=UTC)
