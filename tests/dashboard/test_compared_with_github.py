"""The Data page and the doctor tell how what is held compares with GitHub's own totals."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from collector.configuration import load
from collector.doctor import Finding, collecting
from dashboard.app import create_app
from db.engine import writing
from db.repositories import refresh_scopes, register
from db.schema import table
from db.upsert import upsert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def filled(engine: Engine, *states: str) -> None:
    """A repository, a run so that the page has something to tell of, and a comparison a state."""
    with writing(engine).begin() as connection:
        ids = register(connection, {"owner/name": "core"})
        refresh_scopes(connection, "Project")
        run = {"job": "reconciliation", "target": "owner/name", "state": "done", "started_at": NOW}
        connection.execute(table("collector_runs").insert(), [run | {"heartbeat_at": NOW, "ended_at": NOW}])
        rows = [
            {
                "repository_id": ids["owner/name"],
                "subject": f"subject {place}",
                "state": state,
                "held": 41_700 + (state == "differs"),
                "counted": 41_700,
                "held_before": 41_699,
                "missing": 1,
                "outdated": 2,
                "gone": 3,
                "checked_at": NOW - timedelta(days=2),
            }
            for place, state in enumerate(states)
        ]
        upsert(connection, table("reconciliations"), rows)


def grid_rows(engine: Engine) -> tuple[str, list[dict[str, Any]]]:
    """The Data page's text, and the rows of its comparisons."""
    client = create_app(engine, now=lambda: NOW).server.test_client()
    assert client.get("/").status_code == 200
    outputs = {"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}
    inputs = [
        {"id": "_pages_location", "property": "pathname", "value": "/data"},
        {"id": "_pages_location", "property": "search", "value": ""},
    ]
    asked = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": list(outputs),
        "inputs": inputs,
        "changedPropIds": ["_pages_location.pathname"],
    }
    body = client.post("/_dash-update-component", json=asked).get_data(as_text=True)
    waiting: list[Any] = [json.loads(body)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if each.get("id") == "grid-compared":
                return body, each["rowData"]
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return body, []


def test_the_data_page_lists_the_comparisons_what_differs_first(sqlite_engine: Engine) -> None:
    filled(sqlite_engine, "equal", "mended", "differs", "incomplete")
    body, rows = grid_rows(sqlite_engine)
    assert [row["state"] for row in rows] == ["differs", "incomplete", "mended", "equal"]
    assert (rows[0]["held"], rows[0]["counted"], rows[0]["missing"]) == (41_701, 41_700, 1)
    assert rows[0]["when"] == "2 days ago"
    assert "1 count differs." in body


def test_the_data_page_says_nothing_of_comparisons_before_the_first(sqlite_engine: Engine) -> None:
    filled(sqlite_engine)
    body, rows = grid_rows(sqlite_engine)
    assert rows == []
    assert "own totals" not in body


def test_the_doctor_tells_what_differs_and_what_to_do(sqlite_engine: Engine) -> None:
    def found() -> list[Finding]:
        with sqlite_engine.connect() as connection:
            return list(collecting.differences(connection, load(), NOW))

    assert found() == []
    filled(sqlite_engine, "equal", "mended")
    assert [(each.check, each.state) for each in found()] == [("totals", "good")]
    filled(sqlite_engine, "equal", "differs")
    (finding,) = found()
    assert (finding.check, finding.state) == ("totals owner/name", "attention")
    assert finding.found == "41,701 subject 1 held, 41,700 by GitHub's count"
    assert finding.next_step == "flowmeter collect commits reconciliation --repository owner/name"
