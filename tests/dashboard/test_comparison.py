"""Figures beside an earlier time, another scope, and themselves as an index; releases below them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, text

from dashboard.answers import Answer, answers, catalogue
from dashboard.comparison import Drawing, drawing
from dashboard.figures import Options, figure
from dashboard.filters import Filters
from dashboard.releases import MOST_MARKS, Released, _step, thinned
from dashboard.rows import Value
from dashboard.site import Site
from dashboard.view import View, open_view

BASELINE = date(2017, 2, 13)


def viewed(engine: Engine, query: dict[str, object], *metrics: str) -> tuple[View, dict[str, Answer]]:
    """The view of a query string, and what it holds of the metrics."""
    with engine.connect() as connection:
        view = open_view(Site(engine), connection, "/", query)
        return view, view.answers(*metrics)


def drawn(engine: Engine, metric: str, **query: object) -> Drawing:
    """What the metric's figure shows in the view of a query string."""
    view, held = viewed(engine, query, metric)
    assert view.problems == ()
    return drawing(
        held[metric],
        held,
        view.filters,
        baseline=BASELINE,
        steward="Google",
        beside_name=view.beside_title,
    )


def test_another_scope_is_drawn_on_the_same_periods_and_named(filled_engine: Engine) -> None:
    span = {"from": "2019-01", "to": "2019-06"}
    view = drawn(filled_engine, "commits", compare="tensorflow/tensorflow", **span)
    assert view.beside_title == "All, tensorflow/tensorflow"
    assert view.note.startswith("tensorflow/tensorflow: ")
    assert view.note.endswith("% of its facts known")
    with filled_engine.connect() as connection:
        expected = connection.execute(
            text(
                "SELECT period, value FROM metric_values JOIN scopes USING (scope_id) "
                "WHERE metric = 'commits' AND name = 'tensorflow/tensorflow' AND segment = 'all' "
                "AND grain = 'month' AND period BETWEEN '2019-01-01' AND '2019-06-30' ORDER BY period"
            )
        ).all()
    assert [(row.period.isoformat(), row.value) for row in view.beside] == [tuple(row) for row in expected]


def test_the_index_is_a_hundred_in_the_month_of_the_baseline(filled_engine: Engine) -> None:
    view = drawn(filled_engine, "new_contributors", compare="index")
    with filled_engine.connect() as connection:
        held = answers(connection, catalogue(connection), ["new_contributors"], "project", "month")
    values = {row.period: row.value for row in held["new_contributors"].headline}
    base = values[date(2017, 2, 1)]
    assert {row.period: row.value for row in view.rows} == {
        day: pytest.approx(100 * value / base) for day, value in values.items()
    }
    assert (view.definition.unit, view.definition.figure) == ("index, Feb 2017 = 100", "line")
    assert view.note == f"100 is {base:,.0f} people, Feb 2017"


def test_parts_of_a_whole_become_one_index_unless_some_are_chosen(filled_engine: Engine) -> None:
    assert {row.segment for row in drawn(filled_engine, "commits", compare="index").rows} == {"all"}
    chosen = drawn(filled_engine, "commits", compare="index", segment=["organization", "independent"])
    assert {row.segment for row in chosen.rows} == {"organization", "independent"}
    assert {row.value for row in chosen.rows if row.period == date(2017, 2, 1)} == {100.0}


def test_a_metric_without_a_value_at_the_baseline_says_so(filled_engine: Engine) -> None:
    _, held = viewed(filled_engine, {}, "new_contributors")
    answer = held["new_contributors"]
    later = replace(answer, rows=tuple(row for row in answer.rows if row.period > date(2018, 1, 1)))
    view = drawing(later, held, Filters(compare="index"), baseline=BASELINE, steward="Google")
    assert view.note == "No index: there is no value in Feb 2017 to start from"
    assert view.rows == list(later.rows)
    some = (*later.rows, Value(date(2017, 2, 1), "part", 10.0, 1, True))
    parts = replace(answer, rows=some, chosen=("part", "all"))
    view = drawing(parts, held, Filters(compare="index"), baseline=BASELINE, steward="Google")
    assert view.note == "100 is 10 people, Feb 2017; no value then: All"


def test_a_share_and_what_does_not_go_over_time_say_why_nothing_is_compared(filled_engine: Engine) -> None:
    assert "not as an index" in drawn(filled_engine, "outside_share_of_commits", compare="index").note
    assert "Not drawn over time" in drawn(filled_engine, "review_pairs", compare="year").note
    span = {"from": "2015-11", "to": "2015-12"}
    before = drawn(filled_engine, "commits", compare="year", **span)
    assert before.note == "Nothing is held for all, last year to compare with"


def test_only_the_chosen_segments_are_drawn_and_a_single_one_speaks_for_the_metric(
    filled_engine: Engine,
) -> None:
    view, held = viewed(filled_engine, {"segment": "organization"}, "commits", "new_contributors")
    assert {row.segment for row in held["commits"].parts} == {"organization"}
    summary = view.summary("commits", held)
    assert summary is not None
    assert summary.segment == "organization"
    assert summary.value == [row.value for row in held["commits"].parts if row.complete][-1]
    assert {row.segment for row in held["new_contributors"].parts} == {"all"}
    view, _ = viewed(filled_engine, {"segment": "nobody"})
    assert view.filters.segments == ()
    assert "segment “nobody” is not known" in view.problems[0]


def test_releases_are_marked_once_a_period_and_named(filled_engine: Engine) -> None:
    rows = [Value(date(2020, month, 1), "all", 5.0, 5, True) for month in range(1, 13)]
    releases = [
        Released(date(2019, 9, 30), "v2.0.0", 0),
        Released(date(2020, 5, 6), "v2.2.0", 1),
        Released(date(2020, 5, 21), "v1.15.3", 2),
    ]
    definition = drawn(filled_engine, "new_contributors").definition
    shown = figure(rows, definition, Options(releases=releases))
    (marks,) = [trace for trace in shown["data"] if trace["name"] == "released"]
    assert (marks["x"], marks["text"]) == (["2020-05-01"], ["v2.2.0, v1.15.3"])


def test_of_too_many_releases_only_the_larger_ones_are_marked() -> None:
    tags = [f"v{major}.{minor}.{patch}" for major in (1, 2) for minor in range(15) for patch in range(3)]
    held = [Released(date(2016, 1, 1), tag, _step(tag)) for tag in tags]
    assert [one.tag for one in thinned(held)] == ["v1.0.0", "v2.0.0"]
    assert len(thinned(held[:MOST_MARKS])) == MOST_MARKS
    nightly = [Released(date(2016, 1, 1), f"{number}.0", 0) for number in range(100)]
    assert thinned(nightly) == []
