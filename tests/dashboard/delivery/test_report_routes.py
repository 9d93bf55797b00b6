"""Reports over HTTP: addresses that stay, forms that read the same, a valid feed, and a way out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from dashboard.app import create_app
from dashboard.delivery.unsubscribe import token
from dashboard.reports.archive import make_due
from dashboard.site import Site
from db.engine import writing
from db.schema import table

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def asked(sqlite_engine: Engine, made_weeks: ModuleType, tmp_path: Any) -> Callable[..., FlaskClient]:
    """A dashboard over a simulated week with one report of two scopes."""

    def made(make: bool = True, **more: Any) -> FlaskClient:
        made_weeks.fill(sqlite_engine, made_weeks.Story(simulated=True, newcomers=41.0))
        who = made_weeks.person(sqlite_engine, made_weeks.HOSTILE_NAME, "mallory")
        made_weeks.works(sqlite_engine, who, made_weeks.WEEK)
        report = made_weeks.Settings(tmp_path, scopes=("project", "tensorflow/tensorflow"))
        if make:
            make_due(sqlite_engine, [report], Site(sqlite_engine), made_weeks.NOW, force=False)
        app = create_app(sqlite_engine, now=lambda: made_weeks.NOW, reports=[report], **more)
        found: FlaskClient = app.server.test_client()
        return found

    return made


def test_an_issue_stays_at_its_address_as_it_was_made_in_every_form_marked_as_simulated(
    sqlite_engine: Engine, made_weeks: ModuleType, asked: Any
) -> None:
    client = asked()
    held = table("reports")
    with sqlite_engine.connect() as connection:
        row = connection.execute(select(held).where(held.c.report_id == 1)).one()
    before = {ending: client.get(f"/reports/1.{ending}").data for ending in ("html", "txt", "md", "pdf")}
    assert before["html"].decode() == row.html
    assert before["txt"].decode() == row.text
    assert before["pdf"].startswith(b"%PDF-1.")
    assert before["md"].decode().startswith("> **Simulated data**")
    assert "<b>Mallory" not in before["md"].decode()
    made_weeks.fill(sqlite_engine)  # the numbers have changed since
    for ending, whole in before.items():
        answer = client.get(f"/reports/1.{ending}")
        assert answer.data == whole
        again = client.get(f"/reports/1.{ending}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    page = client.get("/reports/1")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    shown = page.get_data(as_text=True)
    for link in ("/reports", "/reports/1.pdf", "/reports/1.md", "/reports/1.txt"):
        assert f'href="{link}"' in shown
    assert row.headline.removeprefix("Simulated data: ") in shown
    assert [
        client.get(path).status_code for path in ("/reports/99", "/reports/99.pdf", "/reports/1.exe")
    ] == [404] * 3


def test_an_issue_that_does_not_exist_leads_to_those_that_do(client: Any) -> None:
    answer = client.get("/reports/999")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    page = answer.get_data(as_text=True)
    assert "<h1>There is no report of that number.</h1>" in page
    assert '<a href="/reports">All reports</a>' in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_an_issue_is_shown_as_whoever_it_is_for_reads_it(asked: Any) -> None:
    client = asked()
    whole = client.get("/reports/1").get_data(as_text=True)
    short = client.get("/reports/1?for=executives").get_data(as_text=True)
    assert "Needs help</h2>" in whole
    assert "Needs help</h2>" not in short
    assert 'href="/reports/1"' in short, "from there to the whole issue"
    assert 'href="/reports/1.pdf?for=executives"' in short
    assert client.get("/reports/1.pdf?for=executives").data.startswith(b"%PDF-1.")
    assert "## Needs help" not in client.get("/reports/1.md?for=executives").get_data(as_text=True)
    for address in ("/reports/1?for=nobody", "/reports/1.txt?for=%3Cb%3E"):
        refused = client.get(address)
        assert refused.status_code == 404
        assert refused.get_data(as_text=True) == (
            "An issue is written for everybody, maintainers, programme-office, executives."
        )


def test_an_issue_of_an_older_version_has_its_html_and_text_alone(sqlite_engine: Engine, asked: Any) -> None:
    client = asked()
    with writing(sqlite_engine).begin() as connection:
        connection.execute(update(table("reports")).values(content=None))
    assert client.get("/reports/1.html").status_code == 200
    assert client.get("/reports/1.pdf").status_code == 404
    assert "older version" in client.get("/reports/1.md").get_data(as_text=True)
    assert "1.pdf" not in client.get("/reports/1").get_data(as_text=True)


def test_the_feed_keeps_to_rfc_4287(made_weeks: ModuleType, asked: Any) -> None:
    client = asked(address="https://flowmeter.example.org")
    answer = client.get("/reports/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 2
    ids = set()
    for held in (root, *entries):
        for name in ("id", "title", "updated"):
            (found,) = held.findall(f"{ATOM}{name}")
            assert found.text
        ids.add(held.findtext(f"{ATOM}id"))
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", held.findtext(f"{ATOM}id") or "")
        moment = datetime.fromisoformat(held.findtext(f"{ATOM}updated") or "")
        assert moment.tzinfo is not None
        kinds = [(link.get("rel"), link.get("type")) for link in held.findall(f"{ATOM}link")]
        assert len(kinds) == len(set(kinds))
        links = [link.get("href") or "" for link in held.iter(f"{ATOM}link")]
        assert all(link.startswith("https://flowmeter.example.org/") for link in links)
    assert len(ids) == 3
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    assert [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"] == [
        "https://flowmeter.example.org/reports/feed.atom"
    ]
    for entry in entries:
        assert "alternate" in [link.get("rel") for link in entry.findall(f"{ATOM}link")]
        assert "Simulated data: " in (entry.findtext(f"{ATOM}title") or "")
        assert (entry.findtext(f"{ATOM}title") or "").count("TensorFlow") <= 1, "a name is told once"
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert content.get("type") == "html"
        assert (content.text or "").startswith("<pre>SIMULATED DATA")
        assert "\n\nInnovation\n----------\n" in (content.text or ""), "lines stay lines"
        assert {each.get("term") for each in entry.findall(f"{ATOM}category")} >= {"weekly", "simulated"}
    one = ElementTree.fromstring(client.get("/reports/feed.atom?report=weekly&scope=project").data)
    assert len(one.findall(f"{ATOM}entry")) == 1
    assert one.findtext(f"{ATOM}id") != root.findtext(f"{ATOM}id")
    assert client.get("/reports/feed.atom?report=nothing").status_code == 404


def test_the_way_out_asks_first_changes_nothing_by_looking_and_can_be_taken_back(
    sqlite_engine: Engine, asked: Any
) -> None:
    client = asked(make=False)
    where = f"/unsubscribe/{token('weekly', 'a' * 32)}"
    held = table("unsubscriptions")

    def left() -> list[str]:
        with sqlite_engine.connect() as connection:
            return sorted(connection.execute(select(held.c.name)).scalars())

    for _ in range(2):
        page = client.get(where)
        assert page.status_code == 200
        assert "Do you want no more of weekly?" in page.get_data(as_text=True)
    assert left() == []
    assert client.post(where, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert left() == ["weekly"]
    client.post(where, data={"all": "1"})
    assert left() == ["*", "weekly"]
    client.post(where, data={"again": "1"})
    assert left() == []
    bad = client.post(where[:-1] + ("0" if where[-1] != "0" else "1"))
    assert bad.status_code == 404
    assert left() == []


def test_the_next_issue_can_be_looked_at_and_says_what_it_is(asked: Any) -> None:
    client = asked(make=False)
    page = client.get("/reports/next/weekly?scope=project").get_data(as_text=True)
    assert "A preview: the last period that is over" in page
    assert "TensorFlow: new contributors rose to 41 people" in page
    assert client.get("/reports/next/weekly?scope=nowhere").status_code == 404
    assert client.get("/reports/next/monthly").status_code == 404


def test_a_report_is_english_whoever_looks_at_it_first_and_the_page_around_it_is_the_readers(
    asked: Any,
) -> None:
    client = asked(make=False)
    first = client.get("/reports/next/weekly?scope=project&lang=ko").get_data(as_text=True)
    assert "TensorFlow: new contributors rose to 41 people" in first
    assert "미리보기: 이미 끝난" in first
    said = first.replace(re.findall(r"[^>]*미리보기[^<]*", first)[0], "").replace("모든 보고서", "")
    assert not re.findall("[가-힣]+", said)
    client.get("/reports?lang=ko")
    page = json.dumps(json.loads(_shown(client, "/reports")), ensure_ascii=False)
    assert "2026년 6월 29일(월) 07:00" in page
    assert "2026년 6월 22일–2026년 6월 28일" in page


def test_the_data_page_shows_what_has_not_arrived_and_the_reports_page_what_goes_next(
    sqlite_engine: Engine, made_weeks: ModuleType, asked: Any
) -> None:
    client = asked()
    with writing(sqlite_engine).begin() as connection:
        row = {
            "delivery_id": 1,
            "kind": "report",
            "name": "weekly",
            "scope": "project",
            "audience": "steering",
            "channel": "email",
            "recipient": "a" * 32,
            "label": "steering, mail 1",
            "state": "failed",
            "attempts": 1,
            "next_attempt_at": made_weeks.NOW,
            "error": "the mail server says 550: <img src=x> no such user",
            "due_at": made_weeks.NOW,
            "updated_at": made_weeks.NOW,
        }
        connection.execute(table("deliveries").insert().values(row))
    data, reports = _shown(client, "/data"), _shown(client, "/reports")
    for words in (
        "What has not arrived",
        "steering, mail 1",
        "550",
        "Put the address right in flowmeter.toml",
    ):
        assert words in data
    preview = "/reports/next/weekly?scope=project"
    for words in ("What goes next", "22 Jun 2026 to 28 Jun 2026", preview, "feed.atom"):
        assert words in reports


def _shown(client: FlaskClient, path: str) -> str:
    """What Dash's page callback answers."""
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": [
                {"id": "_pages_content", "property": "children"},
                {"id": "_pages_store", "property": "data"},
            ],
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": path},
                {"id": "_pages_location", "property": "search", "value": ""},
            ],
            "changedPropIds": ["_pages_location.pathname"],
        },
    )
    return json.dumps(answer.get_json())  # as it is sent, slashes are written as codes
