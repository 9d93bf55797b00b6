"""Numbers on cards equal those in the tables, and comparisons are moved onto the right periods."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from dashboard.answers import answers, catalogue
from dashboard.comparison import compared
from dashboard.components.chart_card import Card
from dashboard.filters import Filters
from dashboard.pages.cards import without_holes
from dashboard.summary import summarise
from dashboard.wording import amount, change, number, unit_words
from db.metrics.read import latest

BASELINE = date(2017, 2, 13)


def test_a_summary_agrees_with_what_the_command_line_reads(filled_engine: Engine) -> None:
    with filled_engine.connect() as connection:
        known = catalogue(connection)
        for grain in ("week", "month", "quarter", "year"):
            held = answers(connection, known, known.metrics, "project", grain)
            for name, answer in held.items():
                summary = summarise(answer, held, BASELINE)
                expected = latest(connection, name, "project", grain, baseline=BASELINE)
                if summary is None or expected is None:
                    assert summary is expected is None
                    continue
                assert (summary.period, summary.value) == (expected.period, expected.value)
                assert (summary.before, summary.last_year) == (expected.before, expected.last_year)
                assert summary.index == (
                    pytest.approx(expected.index) if expected.index is not None else None
                )


def test_coverage_is_the_value_of_the_metric_that_tells_it(filled_engine: Engine) -> None:
    with filled_engine.connect() as connection:
        known = catalogue(connection)
        held = answers(connection, known, ["commits", "affiliation_coverage"], "project", "month")
        summary = summarise(held["commits"], held, BASELINE)
        assert summary is not None
        told = connection.execute(
            text(
                "SELECT value FROM metric_values JOIN scopes USING (scope_id) WHERE name = 'project' "
                "AND metric = 'affiliation_coverage' AND grain = 'month' AND period = :period"
            ),
            {"period": summary.period.isoformat()},
        ).scalar_one()
        assert summary.coverage == told


def test_last_year_is_compared_month_by_month(filled_engine: Engine) -> None:
    with filled_engine.connect() as connection:
        answer = answers(connection, catalogue(connection), ["new_contributors"], "project", "month")[
            "new_contributors"
        ]
    held = {row.period: row.value for row in answer.headline}
    view = Filters(start=date(2020, 1, 1), end=date(2020, 12, 31), compare="year")
    moved = compared(answer, view)
    assert len(moved) == 12
    assert all(row.value == held[row.period.replace(year=2019)] for row in moved)


def test_the_period_before_is_as_long_as_what_is_shown(filled_engine: Engine) -> None:
    with filled_engine.connect() as connection:
        answer = answers(connection, catalogue(connection), ["new_contributors"], "project", "month")[
            "new_contributors"
        ]
    held = {row.period: row.value for row in answer.headline}
    moved = compared(answer, Filters(start=date(2020, 1, 1), end=date(2020, 3, 31), compare="previous"))
    expected = [held[date(2019, month, 1)] for month in (10, 11, 12)]
    assert [row.value for row in moved] == expected


def test_a_chart_that_would_stand_alone_in_its_row_is_made_wide() -> None:
    def widths(*wide: bool) -> list[bool]:
        return [card.wide for card in without_holes([Card(str(n), wide=w) for n, w in enumerate(wide)])]

    assert widths(False, False, False) == [False, False, True]
    assert widths(False, True, False, False) == [True, True, False, False]
    assert widths(True, False, False) == [True, False, False]


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.082, "share of commits", "8.2%"),
        (1.0, "share", "100%"),
        (162135, "commits", "162,135"),
        (0.25, "ratio", "25%"),
        (0.2512, "commits for each one", "0.25"),
        (-3, "people", "−3"),
    ],
)
def test_amounts_read_as_people_write_them(value: float, unit: str, written: str) -> None:
    assert amount(value, unit) == written


def test_changes_of_shares_are_points_and_growth_from_nothing_has_no_percentage() -> None:
    assert change(0.082, 0.106, "share of commits") == "−2.4 points"
    assert change(132, 181, "people") == "−27%"
    assert change(5, 0, "people") is None
    assert number(0.0004) == "0.0004"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1, "people", "person"),
        (2, "people", "people"),
        (0, "organisations", "organisations"),
        (1, "organisations", "organisation"),
        (1, "repositories", "repository"),
        (1, "people a release", "person a release"),
        (1, "commits for each of Linux", "commit for each of Linux"),
        (1, "issues and change requests", "issue or change request"),
        (1.04, "hours", "hours"),
        (1, "share of commits", "of commits"),
    ],
)
def test_one_thing_is_written_in_the_singular(value: float, unit: str, expected: str) -> None:
    assert unit_words(unit, value) == expected
