"""Issues and pull requests, the queues behind them, use cases and the evidence of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from dashboard.app import create_app
from dashboard.lists.threads import STALE, TITLES
from db import open_threads
from db.engine import connect, writing
from db.schema import Record, table
from db.upsert import upsert

NOW = datetime(2024, 2, 20, 9, 30, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)> [link](javascript:alert(1))"


def shown(client: FlaskClient, path: str, search: str = "") -> str:
    """What Dash's page callback answers for an address, as text."""
    outputs = {"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": list(outputs),
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": path},
                {"id": "_pages_location", "property": "search", "value": search},
            ],
            "changedPropIds": ["_pages_location.pathname"],
        },
    )
    assert answer.status_code == 200
    return json.dumps(json.loads(answer.get_data(as_text=True)), ensure_ascii=False)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A dashboard over one issue and one use case, both with texts that mean harm."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('small')}/small.db")
    Record.metadata.create_all(engine)
    day = date(2024, 1, 2)
    with writing(engine).begin() as connection:
        upsert(connection, table("repositories"), [{"repository_id": 1, "full_name": "a/b", "role": "core"}])
        used = {
            "repository_id": 2, "full_name": "some/x-ray", "role": "use_case", "stars": 1234,
            "license": "MIT", "description": f"{HOSTILE} X-Ray", "topics": "mri x-ray", "language": "Python",
            "seen_at": NOW,
        }  # fmt: skip
        upsert(connection, table("repositories"), [used])
        upsert(
            connection,
            table("scopes"),
            [{"scope_id": 1, "name": "project", "kind": "project", "title": "All", "position": 0}],
        )
        upsert(connection, table("scope_repositories"), [{"scope_id": 1, "repository_id": 1}])
        upsert(
            connection,
            table("issues"),
            [
                {
                    "repository_id": 1, "number": 7, "title": HOSTILE, "state": "open", "created_at": NOW,
                    "updated_at": NOW, "day": day,
                }
            ],
        )  # fmt: skip
        upsert(connection, table("labels"), [{"repository_id": 1, "number": 7, "name": HOSTILE}])
        upsert(
            connection,
            table("open_threads"),
            [
                {
                    "repository_id": 1, "number": 7, "kind": "issue", "day": day, "author_kind": "human",
                    "newcomer": True, "segment": "unknown", "answered_day": None, "spoken_day": day,
                    "spoken_by": "author", "waits_for": "first_answer",
                }
            ],
        )  # fmt: skip
        upsert(
            connection,
            table("use_cases"),
            [
                {
                    "repository_id": 2, "domain": "health", "platform": "other", "cloud": "none_stated",
                    "evidence": "domain health: x ray (topic), x ray (description), mri (topic)",
                    "found_by": "topic tensorflow; words tensorflow", "day": day, "active_day": None,
                    "found_at": NOW, "confidence": 0.75,
                }
            ],
        )  # fmt: skip
        upsert(connection, table("papers"), [{"paper_id": 1, "scheme": "arxiv", "identifier": "1603.04467"}])
        upsert(
            connection,
            table("paper_mentions"),
            [{"paper_id": 1, "repository_id": 2, "place": "description", "reference": "", "day": day}],
        )
    app = create_app(engine, now=lambda: NOW)
    client: FlaskClient = app.server.test_client()
    client.get("/")
    yield client
    engine.dispose()


def test_the_queue_holds_as_many_as_the_metrics_say_and_the_overview_leads_to_it(
    counted: FlaskClient, counted_engine: Engine
) -> None:
    names = ("unanswered_open_issues", "unanswered_open_change_requests")
    last = 0
    for name in names:
        values = counted.get(f"/api/metrics/{name}.json?grain=week").get_json()
        last += values[-1]["value"]
    rows = counted.get("/api/lists/unanswered.json").get_json()
    assert len(rows) == last > 10
    assert [row["opened"] for row in rows] == sorted(row["opened"] for row in rows)
    assert all(row["age"] == (NOW.date() - date.fromisoformat(row["opened"])).days for row in rows)
    assert f"{last:.0f} issues and pull requests" in shown(counted, "/issues/unanswered")
    overview = shown(counted, "/", "?scope=keras-team/keras")
    assert '"/issues/unanswered?scope=keras-team/keras"' in overview
    assert "wait for a first answer" in overview
    with counted_engine.connect() as connection:
        held = connection.execute(text("SELECT COUNT(*) FROM open_threads")).scalar_one()
    assert len(counted.get("/api/lists/open_threads.json").get_json()) == held


def test_the_page_leads_from_each_number_to_its_rows(counted: FlaskClient) -> None:
    body = shown(counted, "/issues")
    for kind in ("issue", "pull_request"):
        query = f"waits_for.is=maintainers&kind.is={kind}"
        rows = counted.get(f"/api/lists/open_threads.json?{query}").get_json()
        human = [row for row in rows if row["standing"] not in ("bot", "proxy", "gone")]
        assert len(human) > 0
        assert f'"/issues/open?{query}"' in body
    assert "card-time_to_first_response" in body
    assert "Unanswered for longest" in body
    stale = counted.get("/api/lists/stale_change_requests.json").get_json()
    assert stale
    assert min(row["quiet"] for row in stale) >= open_threads.STALE_AFTER
    assert f"{open_threads.STALE_AFTER} days" in STALE.about


def test_what_the_address_gets_wrong_is_said_on_the_queues_and_the_explorer(counted: FlaskClient) -> None:
    body = shown(counted, "/issues/unanswered", "?sort=password&kind.is=secret&age.min=old&page=0")
    for said in (
        "sort “password” is not known",
        "kind.is “secret” is not known",
        "age.min “old”",
        "page “0”",
    ):
        assert said in body
    assert "domain.is “secret” is not known" in shown(counted, "/use-cases/explorer", "?domain.is=secret")
    assert counted.get("/api/lists/unanswered.json?kind.is=secret").status_code == 400


def test_titles_and_labels_are_text_and_lead_to_github(small: FlaskClient) -> None:
    body = shown(small, "/issues/unanswered")
    assert json.dumps(HOSTILE)[1:-1] in body
    assert "https://github.com/a/b/issues/7" in body
    assert "newcomer" in body
    assert '"href": "javascript:' not in body
    assert "1 issue" in body


def test_a_use_case_shows_the_evidence_for_each_class(small: FlaskClient) -> None:
    assert '"/use-cases/repository/2"' in shown(small, "/use-cases/explorer")
    body = shown(small, "/use-cases/repository/2")
    for said in (
        *(
            "“x ray” in a topic",
            "“mri” in a topic",
            "75%",
            "Nothing is stated.",
            "none stated",
            "1,234",
            "MIT",
        ),
        *("https://github.com/some/x-ray", "https://arxiv.org/abs/1603.04467", "topic tensorflow", "Python"),
    ):
        assert said in body, said
    marked: list[Any] = []

    def look(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "Mark":
                marked.append(node["props"]["children"])
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)

    look(json.loads(body))
    assert sorted(marked) == ["X-Ray", "mri", "x-ray"]
    for wrong in ("1", "99", "-1", "x", "9" * 40, "٣", HOSTILE):
        assert "There is no such use case" in shown(small, f"/use-cases/repository/{wrong}")


def test_the_use_cases_are_mapped_by_domain_and_listed(counted: FlaskClient) -> None:
    body = shown(counted, "/use-cases")
    assert '"type": "heatmap"' in body
    assert "All 120, to filter and sort" in body
    rows = counted.get("/api/lists/use_cases.json?domain.is=health&sort=repository").get_json()
    assert {row["domain"] for row in rows} == {"health"}
    period = counted.get("/api/lists/use_cases.json?from=2023-01&to=2023-03").get_json()
    assert 0 < len(period) < 120
    assert all("2023-01-01" <= row["created"] <= "2023-03-31" for row in period)


def test_every_value_of_a_list_has_a_title() -> None:
    choices = {field.name: set(field.choices) for field in open_threads.OPEN_THREADS.fields if field.choices}
    assert choices == {column: set(titles) for column, titles in TITLES.items()}
