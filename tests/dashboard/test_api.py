"""The API is what its document says, keeps what has not changed, and stands on other sites as it should."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from typing import Any

import jsonschema
import pyarrow.parquet
import pytest
from dash import Dash
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from sqlalchemy import Engine, text

from dashboard.app import create_app
from dashboard.badge import badge, text_width
from db.engine import connect, writing
from db.schema import Record

#: A value for each parameter, other than the one that is taken without it.
EXAMPLES = {
    "metric": "commits",
    "scope": "tensorflow/tensorflow",
    "grain": "quarter",
    "from": "2018-02",
    "to": "2019-12-31",
    "segment": "organization",
    "label": "Work from outside",
    "theme": "dark",
    "period": "2023-04-30",
    "sort": "subject",
    "list": "repositories",
    "card": "compare",
    "suite": "mlperf-inference",
    "model": "image recognition",
    "hardware": "arm",
    "division": "open",
    "budget": "50",
    "a": "v2.0",
    "b": "v2.0",
    "q": "stars",
    "kind": "repository",
    "limit": "1",
    "lang": "ko",
}
#: What a route is asked for beside the parameter that is looked at, where it answers nothing without it.
NEEDED = {"/api/search": {"q": "te"}}
#: Cards of the Performance page that a parameter changes, where `EXAMPLES` names another.
CARDS = {"division": "time-to-train", "budget": "latency-budget"}


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/openapi.json").get_json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    # Ad hoc SQL has a test file of its own.
    paths = document["paths"].items()
    return [(path, methods["get"]) for path, methods in paths if not path.startswith("/api/sql")]


def address(path: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)


def test_the_document_is_valid_and_every_route_stands_in_it(
    document: dict[str, Any], filled_app: Dash
) -> None:
    validate(document)
    assert document["openapi"] == "3.1.0"
    served = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.replace("lists/<name>", "lists/<list>"))
        for rule in filled_app.server.url_map.iter_rules()
        if rule.rule.startswith(("/api/", "/badge/", "/embed/")) and "GET" in (rule.methods or ())
    }
    written = {
        path
        if path.endswith(("openapi.json", "stored.json"))
        else re.sub(r"\.(csv|json|parquet)$", ".{form}", path)
        for path in document["paths"]
    }
    assert written == served


def test_every_documented_parameter_changes_the_answer(
    document: dict[str, Any], client: FlaskClient, counted: FlaskClient
) -> None:
    for path, operation in operations(document):
        program = counted if "/rows." in path or "/lists/" in path else client
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                continue
            name = parameter["name"]
            where = address(path, EXAMPLES | ({"card": CARDS[name]} if name in CARDS else {}))
            needed = NEEDED.get(path, {})
            plain = program.get(where, query_string=needed)
            assert plain.status_code == 200, path
            value = "repository" if name == "sort" and "/lists/" in path else EXAMPLES[name]
            if parameter["schema"].get("enum"):
                assert value in parameter["schema"]["enum"]
            answer = program.get(where, query_string={**needed, name: value})
            assert answer.status_code == 200, (path, name)
            assert answer.get_data() != plain.get_data(), (path, name)
            assert answer.headers["ETag"] != plain.headers["ETag"], (path, name)
            for allowed in parameter["schema"].get("enum", ()):
                taken = program.get(where, query_string={**needed, name: allowed})
                assert taken.status_code == 200


def test_answers_are_as_their_schemas_say(
    document: dict[str, Any], client: FlaskClient, counted: FlaskClient
) -> None:
    for path, operation in operations(document):
        program = counted if "/rows." in path or "/lists/" in path else client
        answer = program.get(address(path, EXAMPLES), query_string=NEEDED.get(path))
        content = operation["responses"]["200"]["content"]
        assert answer.mimetype in content, path
        if answer.mimetype == "application/json":
            schema = content["application/json"]["schema"] | {"components": document["components"]}
            jsonschema.validate(
                answer.get_json(), schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
            )
        if "404" in operation["responses"]:
            for status, wrong in (
                ("404", {"metric": "nothing", "list": "nothing", "card": "nothing"}),
                ("400", {}),
            ):
                refused = program.get(
                    address(path, EXAMPLES | wrong),
                    query_string={"grain": "fortnight", "budget": "never"} if not wrong else {},
                )
                assert refused.status_code == int(status), path
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                jsonschema.validate(refused.get_json(), schema | {"components": document["components"]})


def test_the_three_forms_hold_the_same_values(client: FlaskClient) -> None:
    query = "?grain=year&segment=organization&segment=independent"
    as_json = client.get(f"/api/metrics/commits.json{query}").get_json()
    as_csv = list(csv.DictReader(io.StringIO(client.get(f"/api/metrics/commits.csv{query}").get_data(True))))
    parquet = client.get(f"/api/metrics/commits.parquet{query}").get_data()
    as_parquet = pyarrow.parquet.read_table(io.BytesIO(parquet)).to_pylist()
    assert {row["segment"] for row in as_json} == {"organization", "independent"}
    assert [row | {"period": row["period"].isoformat()} for row in as_parquet] == as_json
    assert [(row["period"], row["segment"], float(row["value"])) for row in as_csv] == [
        (row["period"], row["segment"], row["value"]) for row in as_json
    ]
    empty = client.get("/api/metrics/nothing_yet.parquet").get_data()
    assert pyarrow.parquet.read_table(io.BytesIO(empty)).schema.field("value").type == "double"


def test_a_spreadsheet_takes_no_text_for_a_formula() -> None:
    from dashboard.export import Column, written

    columns = (Column("segment", "text", "The part."),)
    assert written(columns, [{"segment": "=1+1"}], "csv") == b"segment\r\n'=1+1\r\n"
    assert json.loads(written(columns, [{"segment": "=1+1"}], "json")) == [{"segment": "=1+1"}]


@pytest.mark.parametrize(
    "path",
    ["/api/metrics", "/api/metrics/commits.csv", "/badge/commits.svg", "/embed/metrics/commits"],
)
@pytest.mark.parametrize("encoding", ["identity", "br"])
def test_what_has_not_changed_is_not_sent_again_until_a_refresh(
    path: str, encoding: str, made_up: Any, tmp_path: Any
) -> None:
    engine = connect(f"sqlite:///{tmp_path}/kept.db")
    Record.metadata.create_all(engine)
    made_up.fill(engine)
    client = create_app(engine, now=lambda: made_up.NOW).server.test_client()
    headers = {"Accept-Encoding": encoding}
    first = client.get(path, headers=headers)
    assert first.status_code == 200
    assert "max-age=60" in first.headers["Cache-Control"]
    again = client.get(path, headers=headers | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    with writing(engine).begin() as connection:
        connection.execute(
            text("UPDATE metric_refreshes SET refreshed_at = :now"),
            {"now": (made_up.NOW + timedelta(hours=1)).replace(tzinfo=None).isoformat(" ")},
        )
    later = client.get(path, headers=headers | {"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert later.headers["ETag"] != first.headers["ETag"]


def test_the_catalogue_says_when_each_metric_was_computed(client: FlaskClient, made_up: Any) -> None:
    metrics = {row["metric"]: row for row in client.get("/api/metrics").get_json()}
    assert len(metrics) == len(made_up.METRICS)
    assert metrics["commits"]["refreshed_at"].startswith("2024-03-27T09:23")
    assert client.get(metrics["commits"]["values"]).status_code == 200


def test_the_page_of_the_api_lists_every_path_and_runs_nothing(
    document: dict[str, Any], client: FlaskClient
) -> None:
    answer = client.get("/api")
    body = answer.get_data(as_text=True)
    for path in document["paths"]:
        assert f"GET {path}" in body
    assert "<script" not in body
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", body)
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_only_the_card_may_be_framed_by_others(client: FlaskClient) -> None:
    card = client.get("/embed/metrics/commits")
    assert "frame-ancestors *" in card.headers["Content-Security-Policy"]
    assert "default-src 'none'" in card.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in card.headers
    for path in ("/", "/api", "/api/metrics", "/badge/commits.svg", "/metrics/commits", "/reports/1"):
        other = client.get(path)
        assert other.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors *" not in other.headers["Content-Security-Policy"]


def test_the_card_is_small_and_says_what_is_simulated(client: FlaskClient, made_up: Any) -> None:
    answer = client.get("/embed/metrics/commits?scope=tensorflow/tensorflow&theme=light")
    body = answer.get_data(as_text=True)
    assert len(body) < 10_000
    assert "<script" not in body
    assert "Simulated data" in body
    assert "<h1>" in body
    assert "of its facts known" in body
    assert 'href="/metrics/commits?scope=tensorflow/tensorflow"' in body
    hostile = client.get("/embed/metrics/hostile").get_data(as_text=True)
    assert "<img" not in hostile
    assert "&lt;img" in hostile
    assert client.get("/embed/metrics/nothing_yet").status_code == 200


def test_the_badge_has_a_title_and_room_for_its_text(client: FlaskClient, filled_engine: Engine) -> None:
    picture = client.get("/badge/new_contributors.svg?grain=year").get_data(as_text=True)
    tree = ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    title = tree.find(f"{space}title")
    assert title is not None
    with filled_engine.connect() as connection:
        value = connection.execute(
            text(
                "SELECT value FROM metric_values JOIN scopes USING (scope_id) WHERE name = 'project' AND "
                "metric = 'new_contributors' AND grain = 'year' AND complete ORDER BY period DESC LIMIT 1"
            )
        ).scalar_one()
    assert title.text == f"new contributors: {value:,.0f} people, 2023, simulated"
    assert tree.get("aria-label") == title.text
    label, told = tree.findall(f".//{space}text")
    boxes = tree.findall(f".//{space}g/{space}rect")
    for written, box in ((label, boxes[0]), (told, boxes[1])):
        assert float(box.get("width", 0)) == pytest.approx(float(written.get("textLength", 0)) + 12)
        assert float(written.get("textLength", 0)) == pytest.approx(text_width(written.text or ""), abs=0.1)


def test_a_badge_shows_any_text_as_text() -> None:
    picture = badge('<script>alert("1")</script>&', "x" * 200 + "\x07")
    tree = ElementTree.fromstring(picture)
    assert "<script" not in picture
    label, told = (node.text for node in tree.iter("{http://www.w3.org/2000/svg}text"))
    assert label == '<script>alert("1")</script>&'
    assert told == "x" * 59 + "…"


def test_a_label_that_is_too_long_or_a_theme_that_does_not_exist_is_refused(client: FlaskClient) -> None:
    assert client.get("/badge/commits.svg", query_string={"label": "x" * 61}).status_code == 400
    assert client.get("/embed/metrics/commits?theme=blue").status_code == 400
    assert client.get("/api/metrics/commits.json?segment=nobody").status_code == 400
