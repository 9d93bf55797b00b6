"""What machines that watch the product are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

from dashboard.app import create_app
from db.engine import connect
from db.migration import newest
from db.schema import table

NOW = datetime(2024, 2, 20, 9, 30, tzinfo=UTC)


def client_of(engine: Engine) -> FlaskClient:
    found: FlaskClient = create_app(engine, now=lambda: NOW).server.test_client()
    return found


def told(client: FlaskClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by its name and labels, as Prometheus' own parser reads them."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def run(job: str, state: str, hours_ago: float, **more: Any) -> dict[str, Any]:
    then = NOW - timedelta(hours=hours_ago)
    row = {
        "job": job,
        "target": "tensorflow/tensorflow",
        "state": state,
        "started_at": then,
        "heartbeat_at": then,
    }
    row |= {
        "ended_at": None if state == "running" else then,
        "rows": 3,
        "requests": 5,
        "points": 7,
        "rejected": 0,
    }
    return row | more


def test_the_state_of_every_job_is_told_as_the_ledger_has_it(engine: Engine) -> None:
    runs = [
        run("commits", "done", 3),
        run("commits", "failed", 1, rejected=2),
        run("issues", "running", 0.1),
        run("pull_requests", "done", 100),
    ]
    with engine.begin() as connection:
        for row in runs:
            connection.execute(table("collector_runs").insert().values(row))
        connection.execute(
            table("metric_refreshes")
            .insert()
            .values(metric="commits", refreshed_at=NOW, facts_until=date(2024, 2, 19), seconds=0.1, rows=1)
        )
    samples = told(client_of(engine))

    def of(name: str, job: str) -> float | None:
        labels = frozenset({("job", job), ("target", "tensorflow/tensorflow")})
        return samples.get((f"flowmeter_job_{name}", labels))

    assert of("failing", "commits") == 1
    assert of("last_success_timestamp_seconds", "commits") == (NOW - timedelta(hours=3)).timestamp()
    assert of("rejected_rows", "commits") == 2
    assert (of("running", "issues"), of("failing", "issues")) == (1, 0)
    assert of("last_success_timestamp_seconds", "issues") is None
    assert (of("stale", "pull_requests"), of("stale", "issues")) == (1, 0)
    assert samples["flowmeter_database_up", frozenset()] == 1
    # Three of the four runs lie in the last day.
    assert samples["flowmeter_github_requests_of_a_day", frozenset()] == 15
    assert samples["flowmeter_github_points_of_a_day", frozenset()] == 21
    assert samples["flowmeter_facts_until_timestamp_seconds", frozenset()] == 1708300800
    assert samples["flowmeter_metrics_computed_timestamp_seconds", frozenset()] == NOW.timestamp()


def test_requests_are_counted_by_route_and_never_by_what_a_stranger_wrote(sqlite_engine: Engine) -> None:
    client = client_of(sqlite_engine)
    for path in ("/readyz", "/readyz", "/nowhere/at/all", "/api/metrics/commits.csv", "/<script>"):
        client.get(path)
    counts = {
        dict(labels)["route"]: value
        for (name, labels), value in told(client).items()
        if name.endswith("_count") and name.startswith("flowmeter_request")
    }
    assert counts["/readyz"] == 2
    assert not any("nowhere" in route or "script" in route for route in counts)


def test_ready_means_that_the_database_is_there_and_at_this_revision(engine: Engine) -> None:
    client = client_of(engine)
    answer = client.get("/readyz")
    assert (answer.status_code, "revision" in answer.text) == (503, True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest()})
    assert client.get("/readyz").status_code == 200


@pytest.mark.postgresql
def test_a_database_that_is_away_is_told_without_saying_where_it_is() -> None:
    client = client_of(connect("postgresql+psycopg://somebody:a-secret@127.0.0.1:1/none"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text
    assert "a-secret" not in answer.text
    assert told(client)["flowmeter_database_up", frozenset()] == 0
    assert client.get("/healthz").status_code == 200
