"""What open pages are told of newer numbers, of collecting and of age."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from dashboard.app import create_app
from db.changes import begin_refresh
from db.engine import connect, writing
from db.schema import table
from db.upsert import upsert

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
#: Bytes of an answer that open pages ask for every few seconds.
SMALL = 1_000


def computed(engine: Engine, moment: datetime) -> None:
    """Leave what a refresh leaves."""
    row = {
        "metric": "commits",
        "refreshed_at": moment,
        "facts_until": date(2024, 2, 29),
        "seconds": 0.1,
        "rows": 7,
    }
    with writing(engine).begin() as connection:
        begin_refresh(connection, [])
        upsert(connection, table("metric_refreshes"), [row])


def run(engine: Engine, number: int, job: str, rows: int, expected: int | None, target: str = "a/b") -> None:
    """A job that runs."""
    told_of_it = {"requests": 1, "points": 1, "rejected": 0, "started_at": NOW, "heartbeat_at": NOW}
    row = {"run_id": number, "job": job, "target": target, "state": "running", **told_of_it}
    row |= {"rows": rows, "expected_rows": expected}
    with writing(engine).begin() as connection:
        upsert(connection, table("collector_runs"), [row])


@pytest.fixture
def asked(engine: Engine) -> FlaskClient:
    """A dashboard over either database."""
    client: FlaskClient = create_app(engine, now=lambda: NOW).server.test_client()
    return client


def told(client: FlaskClient, **headers: str) -> dict[str, Any]:
    answer = client.get("/live", headers=headers)
    assert answer.status_code == 200
    assert answer.cache_control.no_store
    assert len(answer.data) <= SMALL
    found: dict[str, Any] = json.loads(answer.data)
    return found


def content(client: FlaskClient, path: str) -> str:
    """What Dash's script is told of a page."""
    outputs = {"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}
    asked = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": list(outputs),
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": ""},
        ],
        "changedPropIds": ["_pages_location.pathname"],
    }
    return client.post("/_dash-update-component", json=asked).get_data(as_text=True)


def test_open_pages_hear_of_another_version_after_a_refresh_and_not_before(
    asked: FlaskClient, engine: Engine
) -> None:
    computed(engine, NOW - timedelta(hours=2))
    first = told(asked)
    run(engine, 1, "commits", 100, None)
    assert told(asked)["data"] == first["data"]
    computed(engine, NOW - timedelta(hours=1))
    assert told(asked)["data"] != first["data"]


def test_open_pages_hear_how_far_each_job_is_within_a_kilobyte(asked: FlaskClient, engine: Engine) -> None:
    run(engine, 1, "commits", 12_000, 90_000)
    run(engine, 2, "issues", 40, None)
    for number in range(3, 9):
        run(engine, number, "pull_requests", number, None, target=f"{'o' * 39}/{'r' * 90}{number}")
    heard = told(asked, **{"Accept-Language": "ko"})
    assert any("12,000" in words and "90,000" in words for words in heard["collecting"])
    assert len(heard["collecting"]) == 5
    assert "12,000" in heard["jobs"]["commits"]


def test_data_that_is_old_says_so_and_fresh_data_does_not(asked: FlaskClient, engine: Engine) -> None:
    assert told(asked)["stale"] == ""
    computed(engine, NOW - timedelta(hours=47))
    assert told(asked)["stale"] == ""
    computed(engine, NOW - timedelta(days=4))
    assert "4 days ago" in told(asked)["stale"]


def test_a_page_carries_the_version_that_it_shows(counted: FlaskClient) -> None:
    version = told(counted)["data"]
    body = content(counted, "/innovation")
    assert re.findall(r'"data-version":\s?"(\w+)"', body) == [version]


def test_a_card_without_values_says_which_running_job_fills_it_and_how_far_it_is(
    engine: Engine, made_up: ModuleType
) -> None:
    made_up.fill(engine)
    held = table("metric_definitions")
    with writing(engine).begin() as connection:
        connection.execute(
            held.update().where(held.c.metric == "commits").values(sql="SELECT 1 FROM commits c")
        )
        connection.execute(table("metric_values").delete())
    run(engine, 101, "commits", 12_000, 90_000, target="keras-team/keras")
    run(engine, 102, "releases", 3, None, target="keras-team/keras")
    client = create_app(engine, now=lambda: NOW).server.test_client()
    body = content(client, "/metrics/commits")
    filling = re.findall(r'"data-live-job":\s?"(\w+)"', body)
    assert set(filling) == {"commits"}
    told_how_far = body.replace("\\u002f", "/").count("commits of keras-team/keras: 12,000 of 90,000 rows")
    assert told_how_far == 1 + len(filling)


def test_a_database_that_is_away_is_a_plain_503() -> None:
    engine = connect("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    client = create_app(engine, now=lambda: NOW).server.test_client()
    answer = client.get("/live")
    assert answer.status_code == 503
    assert answer.data == b""
