"""Alerts open when a line is crossed, are told once a crossing, and are over when the value is well back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from dashboard.delivery.post import deliver_due
from dashboard.reports import alerts
from dashboard.reports.alerts import look
from dashboard.site import Site
from db.engine import writing
from db.schema import table


@dataclass(frozen=True)
class Rule:
    """An alert as the configuration would state it."""

    on: str
    name: str = "watched"
    metric: str = ""
    scopes: Sequence[str] = ("project",)
    grain: str = "week"
    above: float | None = None
    below: float | None = None
    margin: float = 0.05
    days: int = 3
    language: str = "en"
    suite: str = ""
    recipients: Sequence[Any] = field(default_factory=tuple)


def share(engine: Engine, made_weeks: ModuleType, value: float) -> None:
    held = table("metric_values")
    with writing(engine).begin() as connection:
        connection.execute(
            update(held)
            .where(
                held.c.metric == "outside_share_of_commits",
                held.c.grain == "week",
                held.c.period == made_weeks.WEEK,
                held.c.scope_id == made_weeks.PROJECT,
            )
            .values(value=value)
        )


def told(engine: Engine) -> list[tuple[str, int]]:
    held = table("deliveries")
    with engine.connect() as connection:
        rows = connection.execute(select(held.c.name, held.c.crossing).order_by(held.c.crossing))
        return [(row.name, row.crossing) for row in rows]


def test_a_target_is_told_once_a_crossing_and_near_its_line_nothing_changes(
    engine: Engine, made_weeks: ModuleType, inbox: Any, post_of: Callable[..., Any]
) -> None:
    made_weeks.fill(engine, made_weeks.Story(simulated=True))
    group = made_weeks.Audience(email=["lead@example.org"])
    rule = Rule("target", metric="outside_share_of_commits", above=0.40, recipients=[group])
    now, site = made_weeks.NOW, Site(engine)
    steps = [
        (0.30, [], []),
        (0.41, ["opened"], [1]),
        (0.42, [], [1]),
        (0.39, [], [1]),  # within the margin: neither over nor open anew
        (0.41, [], [1]),
        (0.37, ["over"], [1]),
        (0.40, ["opened"], [1, 2]),
    ]
    for value, words, crossings in steps:
        share(engine, made_weeks, value)
        lines = look(engine, [rule], site, now)
        assert [line.split(": ")[1] for line in lines] == words, value
        assert [crossing for _, crossing in told(engine)] == crossings, value
        now += timedelta(hours=1)
    deliver_due(engine, post_of(inbox.port, alerts=[rule]), lambda: now)
    assert len({mail["Message-ID"] for mail in inbox.mails}) == len(inbox.mails) == 2
    assert inbox.mails[0]["Subject"] == (
        "[alert] Simulated data: TensorFlow: share of commits from outside reached the line of 40%: "
        "40% in the week of 15 Jun 2026."
    )


def test_a_metric_out_of_its_band_opens_and_one_that_every_year_brings_does_not(
    engine: Engine, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine, made_weeks.Story(newcomers=41.0))
    rule = Rule("unusual", metric="new_contributors")
    (line,) = look(engine, [rule], Site(engine), made_weeks.NOW)
    assert line == (
        "alert watched of project: opened: TensorFlow: new contributors rose above the usual: 41 people in "
        "the week of 15 Jun 2026, against 10 to 14 in the 8 weeks before."
    )
    assert look(engine, [rule], Site(engine), made_weeks.NOW + timedelta(days=1)) == []
    held = table("metric_values")
    with writing(engine).begin() as connection:
        connection.execute(
            update(held)
            .where(
                held.c.metric == "new_contributors",
                held.c.grain == "week",
                held.c.period == made_weeks.WEEK - timedelta(weeks=52),
            )
            .values(value=39.0)
        )
    assert look(engine, [rule], Site(engine), made_weeks.NOW) == ["alert watched of project: over"]


def test_bots_alone_open_no_alert(engine: Engine, made_weeks: ModuleType) -> None:
    made_weeks.fill(engine, made_weeks.Story(commits={"bot": 700.0}))
    assert look(engine, [Rule("unusual", metric="commits")], Site(engine), made_weeks.NOW) == []


def test_stale_data_is_told_and_over_when_it_is_fresh_again(engine: Engine, made_weeks: ModuleType) -> None:
    made_weeks.fill(engine, made_weeks.Story(stop=date(2026, 6, 1)))
    (line,) = look(engine, [Rule("stale")], Site(engine), made_weeks.NOW)
    assert line.endswith("opened: The data is stale: the newest facts are of 3 Jun 2026.")
    with writing(engine).begin() as connection:
        connection.execute(update(table("metric_refreshes")).values(facts_until=made_weeks.NOW.date()))
    assert look(engine, [Rule("stale")], Site(engine), made_weeks.NOW) == ["alert watched of project: over"]


def test_a_confirmed_regression_is_told_once_and_over_when_it_is_withdrawn(
    sqlite_engine: Engine, made_weeks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    made_weeks.fill(sqlite_engine)
    row = {
        "change_point_id": 7,
        "suite": "xla-cpu",
        "case": "resnet50",
        "metric": "time_per_step",
        "unit": "millisecond",
        "percent": 23.4,
        "before": 100.0,
        "after": 123.4,
        "model": "EPYC 7B13",
        "day": date(2026, 6, 17),
        "revision_before": "0123456789abcdef",
        "revision_after": "fedcba9876543210",
    }
    found = [row]
    monkeypatch.setattr(alerts, "regressions", lambda *_, **__: pd.DataFrame(found, columns=list(row)))
    (line,) = look(sqlite_engine, [Rule("regression")], Site(sqlite_engine), made_weeks.NOW)
    assert line == (
        "alert watched of project: opened: A benchmark became worse: xla-cpu resnet50, time per step "
        "went from 100 millisecond to 123 millisecond (+23.4%) on EPYC 7B13, first seen 17 Jun 2026, "
        "between 0123456789 and fedcba9876."
    )
    assert look(sqlite_engine, [Rule("regression")], Site(sqlite_engine), made_weeks.NOW) == []
    found.clear()
    assert look(sqlite_engine, [Rule("regression")], Site(sqlite_engine), made_weeks.NOW) == [
        "alert watched of project: over"
    ]


def test_two_that_look_at_once_open_an_alert_once(engine: Engine, made_weeks: ModuleType) -> None:
    made_weeks.fill(engine)
    share(engine, made_weeks, 0.5)
    group = made_weeks.Audience(email=["lead@example.org"])
    rule = Rule("target", metric="outside_share_of_commits", above=0.4, recipients=[group])
    site = Site(engine)
    with engine.connect() as connection:
        (seen,) = alerts._seen(connection, rule, site, made_weeks.NOW)  # both have looked before either opens
    words = [alerts._turn(engine, rule, seen, made_weeks.NOW) for _ in range(2)]
    assert [bool(each) for each in words] == [True, False]
    assert told(engine) == [("watched", 1)]
