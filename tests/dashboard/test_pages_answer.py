"""Every page and route answers, whatever its query string says and whether or not there is a database."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from dash import Dash
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from dashboard.app import PAGES, create_app
from dashboard.pages.layout import Page
from db.engine import connect
from db.schema.answers import GRAINS

HOSTILE_VALUES = [
    "project",
    "' OR 1=1 --",
    "9999-12-31",
    "0001-01-01",
    "1990-01-01",
    "2100-12-31",
    "week",
    "%00",
    "\x00",
    "2020-02-30",
]
PATHS = [page.path.replace("<metric>", "commits").replace("<card>", "xla-gain") for page in PAGES]


def shown(client: FlaskClient, path: str, search: str = "") -> tuple[int, str]:
    """What Dash's page callback answers for an address: status and body."""
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
    return answer.status_code, answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def ready(client: FlaskClient) -> FlaskClient:
    """A client whose application has set its pages up, as the first visit does."""
    assert client.get("/").status_code == 200
    return client


def elements(tree: Any, kind: str) -> list[dict[str, Any]]:
    """All elements of a kind within what a callback answered."""
    found: list[dict[str, Any]] = []
    if isinstance(tree, dict):
        if tree.get("type") == kind:
            found.append(tree)
        for value in tree.values():
            found += elements(value, kind)
    elif isinstance(tree, list):
        for value in tree:
            found += elements(value, kind)
    return found


@pytest.mark.parametrize("path", PATHS)
def test_each_page_has_one_h1_and_says_that_its_data_is_simulated(ready: FlaskClient, path: str) -> None:
    status, body = shown(ready, path)
    assert status == 200
    tree = json.loads(body)
    assert len(elements(tree, "H1")) == 1
    assert "Simulated data" in body
    assert "GITHUB_TOKEN" in body


@pytest.mark.parametrize("path", PATHS)
def test_each_figure_has_words_beside_it(ready: FlaskClient, path: str) -> None:
    tree = json.loads(shown(ready, path)[1])
    figures = elements(tree, "Figure")
    assert len(figures) == len(elements(tree, "Graph")) + len(elements(tree, "AgGrid"))
    assert all(len(figure["props"]["aria-label"]) > 20 for figure in figures)


def test_a_run_that_refused_rows_is_not_simply_done(ready: FlaskClient) -> None:
    grids = elements(json.loads(shown(ready, "/data")[1]), "AgGrid")
    rows = next(grid["props"]["rowData"] for grid in grids if grid["props"]["id"] == "grid-sources")
    refused = [(row["state"], row["state_words"]) for row in rows if row["rejected"]]
    assert refused == [("refused", "done, 2 refused")]
    assert ("done", "done") in [(row["state"], row["state_words"]) for row in rows]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(PATHS) | st.text(max_size=30).map(lambda text: f"/{text}"),
    query=st.dictionaries(
        st.sampled_from(["scope", "grain", "from", "to", "compare", "metric", "view", "path", "self", "x"])
        | st.text(max_size=8),
        st.text(max_size=50)
        | st.sampled_from(
            ["project", "' OR 1=1 --", "9999-12-31", "0001-01-01", "week", "%00", "\x00", "2020-02-30"]
        ),
        max_size=5,
    ),
)
def test_no_query_string_brings_a_page_down(ready: FlaskClient, path: str, query: dict[str, str]) -> None:
    status, body = shown(ready, path, "?" + urlencode(query, errors="surrogatepass"))
    assert status == 200
    assert "Traceback" not in body


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    metric=st.sampled_from(["commits", "nothing", "..%2f..%2fetc", "a b"]) | st.text(max_size=12),
    query=st.dictionaries(st.sampled_from(["scope", "grain", "from", "to", "compare"]), st.text(max_size=40)),
)
def test_no_request_to_the_api_fails_without_saying_why(
    ready: FlaskClient, metric: str, query: dict[str, str]
) -> None:
    path = "/api/metrics/" + metric.replace("%", "%25").replace("?", "%3F").replace("#", "%23") + ".csv"
    answer = ready.get(path, query_string=query)
    assert answer.status_code < 500
    assert answer.mimetype != "text/html" or answer.status_code in (200, 308, 404)


def test_the_csv_holds_exactly_the_values_of_the_table(ready: FlaskClient, filled_engine: Engine) -> None:
    answer = ready.get("/api/metrics/commits.csv?scope=project&grain=quarter&from=2018-01-01&to=2019-12-31")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    with filled_engine.connect() as connection:
        expected = connection.execute(
            text(
                "SELECT period, segment, value FROM metric_values JOIN scopes USING (scope_id) WHERE "
                "name = 'project' AND metric = 'commits' AND grain = 'quarter' AND segment <> 'all' "
                "AND period BETWEEN '2018-01-01' AND '2019-12-31' ORDER BY period, segment"
            )
        ).all()
    assert [(row["period"], row["segment"], float(row["value"])) for row in rows] == [
        tuple(row) for row in expected
    ]
    as_json = ready.get("/api/metrics/commits.json?grain=quarter&from=2018-01-01&to=2019-12-31").get_json()
    assert len(as_json) == len(rows) == 8 * 4


def test_the_api_refuses_in_words(ready: FlaskClient) -> None:
    answer = ready.get("/api/metrics/commits.csv?grain=fortnight")
    assert answer.status_code == 400
    assert "fortnight" in answer.get_json()["errors"][0]
    assert ready.get("/api/metrics/nothing.csv").status_code == 404


def test_a_report_is_shown_as_it_was_made_and_may_load_nothing(ready: FlaskClient) -> None:
    answer = ready.get("/reports/1")
    assert "Weekly digest" in answer.get_data(as_text=True)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert ready.get("/reports/99").status_code == 404
    assert ready.get("/reports/99999999999999999999999").status_code == 404


def test_every_inline_script_is_allowed_by_its_hash_and_nothing_else(ready: FlaskClient) -> None:
    answer = ready.get("/")
    policy = answer.headers["Content-Security-Policy"]
    # What says that it is JSON is never run.
    inline = r'<script(?![^>]*(?:src=|type="application/json"))[^>]*>(.*?)</script>'
    scripts = re.findall(inline, answer.get_data(as_text=True), re.DOTALL)
    assert scripts
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert '<html lang="en">' in answer.get_data(as_text=True)


def test_scripts_are_compressed_and_kept_for_a_year(ready: FlaskClient) -> None:
    address = re.search(
        r'src="(/_dash-component-suites/[^"]*dash_renderer[^"]*)"', ready.get("/").get_data(as_text=True)
    )
    assert address is not None
    answer = ready.get(address[1], headers={"Accept-Encoding": "br, gzip"})
    assert answer.headers["Content-Encoding"] in ("br", "gzip")
    assert "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", PATHS)
def test_a_database_that_is_away_is_said_in_words(path: str, tmp_path: Path) -> None:
    app: Dash = create_app(connect(f"sqlite:///{tmp_path}/empty.db"))
    client = app.server.test_client()
    client.get("/")
    status, body = shown(client, path)
    assert status == 200
    assert "The database does not answer" in body
    assert "flowmeter doctor" in body
    assert "sqlite" not in body.casefold()
    assert client.get("/api/metrics/commits.csv").status_code == 503


def test_text_of_others_stays_text(ready: FlaskClient, made_up: Any) -> None:
    tree = json.loads(shown(ready, "/cloud")[1])
    titles = [heading["props"]["children"] for heading in elements(tree, "H2")]
    assert made_up.HOSTILE in titles
    assert not elements(tree, "Markdown")
    assert not elements(tree, "DangerouslySetInnerHTML")
    for graph in elements(tree, "Graph"):
        assert "<img" not in json.dumps(graph)


def test_a_cards_table_and_sql_come_from_the_server_and_nothing_else_can_be_asked(ready: FlaskClient) -> None:
    def asked(metric: str, part: str) -> tuple[int, str]:
        def identity(name: str) -> dict[str, str]:
            return {"card": metric, "part": name}

        written = [
            f'{{"card":["MATCH"],"part":"{name}"}}.{prop}'
            for name, prop in (
                ("panel", "children"),
                ("panel", "className"),
                ("table", "aria-expanded"),
                ("sql", "aria-expanded"),
            )
        ]
        answer = ready.post(
            "/_dash-update-component",
            json={
                "output": f"..{'...'.join(written)}..",
                "outputs": [
                    {"id": identity("panel"), "property": "children"},
                    {"id": identity("panel"), "property": "className"},
                    {"id": identity("table"), "property": "aria-expanded"},
                    {"id": identity("sql"), "property": "aria-expanded"},
                ],
                "inputs": [
                    {"id": identity("table"), "property": "n_clicks", "value": 1},
                    {"id": identity("sql"), "property": "n_clicks", "value": 1},
                ],
                "state": [
                    {"id": identity("panel"), "property": "className", "value": "panel"},
                    {"id": "_pages_location", "property": "search", "value": "?grain=year"},
                ],
                "changedPropIds": [f'{{"card":"{metric}","part":"{part}"}}.n_clicks'],
            },
        )
        return answer.status_code, answer.get_data(as_text=True)

    assert asked("commits", "sql")[0] == 200
    assert "SELECT 1 -- commits" in asked("commits", "sql")[1]
    assert elements(json.loads(asked("commits", "table")[1]), "Table")
    assert asked("nothing", "table")[0] == 204


@pytest.mark.parametrize("path", ["/nowhere", "/goals/nowhere", "/data/more", "/404"])
def test_an_address_of_no_page_answers_404(ready: FlaskClient, path: str) -> None:
    assert ready.get(path).status_code == 404


@pytest.mark.parametrize("path", [path for path in PATHS if "<" not in path])
def test_an_address_of_a_page_answers_200(ready: FlaskClient, path: str) -> None:
    assert ready.get(path).status_code == (404 if path == "/404" else 200)


@pytest.mark.parametrize("page", [page for page in PAGES if "<" in page.path], ids=lambda page: page.name)
def test_an_address_of_a_thing_that_is_not_there_answers_404(ready: FlaskClient, page: Page) -> None:
    before, _, after = page.path.partition("<")
    for nothing in ("Nobody", "7777777", "%3Cb%3E", "9" * 40):
        assert ready.get(before + nothing + after.partition(">")[2]).status_code == 404


@pytest.mark.parametrize(
    "body", ["{}", "[]", "null", "no json", '{"output": 1}', '{"output": "a", "inputs": 3}']
)
def test_a_question_that_no_page_asks_is_refused(ready: FlaskClient, body: str) -> None:
    answer = ready.post("/_dash-update-component", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_the_api_gives_parts_that_add_up_and_the_total_when_asked(ready: FlaskClient) -> None:
    parts = ready.get("/api/metrics/commits.json?grain=quarter").get_json()
    total = ready.get("/api/metrics/commits.json?grain=quarter&segment=all").get_json()
    assert {row["segment"] for row in total} == {"all"}
    assert "all" not in {row["segment"] for row in parts}
    assert sum(row["value"] for row in parts) == sum(row["value"] for row in total) > 0


def test_the_api_says_what_is_wrong_and_nothing_of_what_a_page_would_show(ready: FlaskClient) -> None:
    answer = ready.get("/api/metrics/commits.json?scope=nobody")
    assert answer.status_code == 400
    assert "Shown is" not in answer.get_data(as_text=True)


def test_the_api_takes_every_grain_that_is_computed(ready: FlaskClient) -> None:
    for grain in GRAINS:
        assert ready.get(f"/api/metrics/commits.json?grain={grain}").status_code == 200
