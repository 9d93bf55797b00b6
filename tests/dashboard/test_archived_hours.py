"""The Data page tells which hours of GH Archive are missing; it never takes them for quiet ones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboard.app import create_app
from dashboard.figures import Definition, Options, Value, figure
from dashboard.missing_hours import matters, missing_hours
from dashboard.periods import moved
from db.archive import Gap, standing
from db.engine import writing
from db.metrics.catalogue import read_catalogue
from db.schema import table
from db.upsert import upsert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
FIRST = datetime(2015, 1, 1, tzinfo=UTC)


def held(engine: Engine, states: dict[int, str]) -> None:
    """The ledger's lines of hours, counted from the first one."""
    with writing(engine).begin() as connection:
        run = {"job": "archive load", "target": "all", "state": "done", "started_at": NOW}
        connection.execute(table("collector_runs").insert(), [run | {"heartbeat_at": NOW, "ended_at": NOW}])
        rows = [
            {
                "hour": FIRST + timedelta(hours=hour),
                "state": state,
                "source": f"https://archive.example/{hour}.json.gz",
                "selection": "tracked",
                "problem": "is cut off after 40 bytes" if state == "damaged" else None,
                "read_at": NOW,
            }
            for hour, state in states.items()
        ]
        upsert(connection, table("archive_hours"), rows)


def shown(engine: Engine) -> str:
    """What the Data page is drawn from."""
    client = create_app(engine, now=lambda: NOW).server.test_client()
    assert client.get("/").status_code == 200
    outputs = [
        {"id": "_pages_content", "property": "children"},
        {"id": "_pages_store", "property": "data"},
    ]
    inputs = [
        {"id": "_pages_location", "property": "pathname", "value": "/data"},
        {"id": "_pages_location", "property": "search", "value": ""},
    ]
    asked = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": outputs,
        "inputs": inputs,
        "changedPropIds": ["_pages_location.pathname"],
    }
    answer: Any = client.post("/_dash-update-component", json=asked)
    assert answer.status_code == 200
    return json.dumps(answer.get_json(), ensure_ascii=False)


def test_every_hour_that_is_not_whole_is_a_gap_with_its_reason(engine: Engine) -> None:
    held(engine, {0: "loaded", 1: "missing", 2: "missing", 3: "damaged", 4: "loaded", 7: "loaded"})

    with engine.connect() as connection:
        found = standing(connection)

    def at(hour: int) -> datetime:
        return FIRST + timedelta(hours=hour)

    assert found is not None
    assert found.gaps == [
        Gap(at(1), at(2), 2, "missing"),
        Gap(at(3), at(3), 1, "damaged", "is cut off after 40 bytes"),
        Gap(at(5), at(6), 2, "never asked for"),
    ]
    assert found.by_state == {"damaged": 1, "loaded": 3, "missing": 2}
    text = shown(engine)
    assert "3 hours from 2015-01-01 00:00 to 2015-01-01 07:00 are loaded" in text
    assert "charts of that time show less than there was" in text
    assert "is cut off after 40 bytes" in text


def test_a_list_of_gaps_that_is_cut_short_says_so(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.pages.archived.SHOWN", 2)
    held(sqlite_engine, {0: "loaded", 2: "loaded", 4: "loaded"})
    assert "gaps: flowmeter archive status lists them all" not in shown(sqlite_engine)
    held(sqlite_engine, {6: "loaded"})
    assert "The first 2 of 3 gaps: flowmeter archive status lists them all." in shown(sqlite_engine)


def test_an_archive_without_gaps_says_so_and_none_at_all_says_nothing(sqlite_engine: Engine) -> None:
    held(sqlite_engine, {})
    assert "Hours of GH Archive" not in shown(sqlite_engine)
    held(sqlite_engine, {0: "loaded", 1: "loaded"})
    assert "All 2 hours from 2015-01-01 00:00 to 2015-01-01 01:00 are loaded." in shown(sqlite_engine)


def followed(engine: Engine) -> None:
    """A project of one repository that the archive alone tells of."""
    with writing(engine).begin() as connection:
        row = {"repository_id": 1, "full_name": "tensorflow/tensorflow", "role": "core", "state": "alive"}
        upsert(connection, table("repositories"), [row])
        scope = {"scope_id": 1, "name": "project", "kind": "project", "title": "Project"}
        upsert(connection, table("scopes"), [scope])
        upsert(connection, table("scope_repositories"), [{"scope_id": 1, "repository_id": 1}])
        day = {"repository_id": 1, "day": FIRST.date(), "stars": 1, "forks": 0, "pushes": 1, "events": 2}
        upsert(connection, table("archive_days"), [day])


def test_figures_shade_the_hours_that_their_scope_lacks_unless_github_was_asked(engine: Engine) -> None:
    followed(engine)
    lacking = {5: "missing", 10: "missing", 100: "missing", 101: "damaged", 1500: "unreadable"}
    held(engine, dict.fromkeys(range(1600), "loaded") | lacking)
    with engine.connect() as connection:
        found = missing_hours(connection, "project")
        assert missing_hours(connection, "nothing/here") == ()
    assert sum(one.hours for one in found) == 5

    def shades(grain: str, periods: int) -> list[tuple[str, str]]:
        days = [
            moved(date(2015, 1, 5) if grain == "week" else FIRST.date(), grain, n) for n in range(periods)
        ]
        rows = [Value(day, "all", 5.0, 5, True) for day in days]
        drawn = figure(rows, Definition("m", "people", "line"), Options(grain=grain, missing=found))
        shapes = [shape for shape in drawn["layout"]["shapes"] if shape.get("name") == "missing"]
        return [(shape["x0"], shape["x1"]) for shape in shapes]

    # What a figure of a year cannot show apart is one mark.
    first = ("2015-01-01 05:00", "2015-01-01 11:00")
    fifth = ("2015-01-05 04:00", "2015-01-05 06:00")
    assert shades("month", 12) == [first, fifth, ("2015-03-04 12:00", "2015-03-04 13:00")]
    assert shades("week", 4) == [fifth]
    cursor = {"job": "issues", "target": "tensorflow/tensorflow", "cursor": "", "updated_at": NOW}
    with writing(engine).begin() as connection:
        upsert(connection, table("cursors"), [cursor | {"finished_at": NOW}])
    with engine.connect() as connection:
        assert missing_hours(connection, "project") == ()


def test_the_embedded_card_shades_what_its_scope_lacks_as_pages_do(sqlite_engine: Engine) -> None:
    followed(sqlite_engine)
    held(sqlite_engine, dict.fromkeys(range(1600), "loaded"))
    names = ("change_requests_opened", "commits")
    definitions = [metric for metric in read_catalogue() if metric.metric in names]
    with writing(sqlite_engine).begin() as connection:
        held_columns = table("metric_definitions").c.keys()
        for metric in definitions:
            row = {name: getattr(metric, name) for name in held_columns if hasattr(metric, name)}
            upsert(connection, table("metric_definitions"), [row])
        values = {"scope_id": 1, "grain": "month", "segment": "all", "value": 5.0, "sample_size": 5}
        upsert(
            connection,
            table("metric_values"),
            [
                {**values, "metric": name, "period": day, "complete": True}
                for name in names
                for day in (date(2015, 1, 1), date(2015, 2, 1))
            ],
        )
    client = create_app(sqlite_engine, now=lambda: NOW).server.test_client()
    whole = client.get("/embed/metrics/change_requests_opened")
    assert 'class="missing"' not in whole.get_data(as_text=True)
    held(sqlite_engine, {48: "missing", 49: "damaged"})
    lacking = client.get(
        "/embed/metrics/change_requests_opened", headers={"If-None-Match": whole.headers["ETag"]}
    )
    assert lacking.status_code == 200
    body = lacking.get_data(as_text=True)
    # Two of the 59 days have passed of 600 units; a shade of two hours has the least width.
    assert '<rect class="missing" x="20.3" y="0" width="1.5" height="160"/>' in body
    assert "2 hours of GH Archive are missing here (shaded) and not counted" in body
    # Each value stands in the middle of its month.
    assert 'points="157.6,0.0 457.6,0.0"' in body
    assert 'class="missing"' not in client.get("/embed/metrics/commits").get_data(as_text=True)


@pytest.mark.parametrize(
    ("metric", "lacks"),
    [
        ("commits", False),
        ("stars", False),
        ("languages", False),
        ("new_contributors", False),
        ("contributors", True),
        ("change_requests_opened", True),
        ("open_issues", True),
        ("release_cadence", True),
        ("time_to_first_response", True),
    ],
)
def test_numbers_of_clones_lack_no_hour_of_the_archive(metric: str, lacks: bool) -> None:
    assert matters(next(one for one in read_catalogue() if one.metric == metric).sql) is lacks
