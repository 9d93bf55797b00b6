"""The Data page tells which hours of GH Archive are missing; it never takes them for quiet ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboard.app import create_app
from db.archive import Gap, standing
from db.engine import writing
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
