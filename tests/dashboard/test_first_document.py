"""The first document holds its page: the answer that Dash's script is given, and its words without it."""

from __future__ import annotations

import json
import re
from html import unescape
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient
from sqlalchemy import Engine

from dashboard.app import PAGES, create_app
from dashboard.signing_in.settings import Proxy, SignIn
from db.engine import connect

ASKED = re.compile(
    r'<script type="application/json" data-answers="([^"]+)" ([^>]*)>(.*?)</script>', re.DOTALL
)


def answers(document: str) -> dict[str, tuple[str, Any]]:
    """The answers in a document by the address that is asked for them, with what they are about."""
    return {path: (about, json.loads(answer)) for path, about, answer in ASKED.findall(document)}


def asked(client: FlaskClient, path: str, search: str = "") -> Any:
    """What Dash's script is answered when it asks for a page."""
    question = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [
            {"id": "_pages_content", "property": "children"},
            {"id": "_pages_store", "property": "data"},
        ],
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": search},
        ],
        "changedPropIds": ["_pages_location.pathname"],
    }
    return client.post("/_dash-update-component", json=question).get_json()


@pytest.fixture
def client(filled_app: Dash) -> FlaskClient:
    """Requests of a reader who never came before."""
    found: FlaskClient = filled_app.server.test_client()
    return found


@pytest.mark.parametrize(
    ("path", "search"),
    [(page.path, "") for page in PAGES if "<" not in page.path]
    + [
        ("/metrics/commits", "?grain=week"),
        ("/", "?scope=tensorflow/tensorflow&lang=ko"),
        ("/rows/a%20b", "?x=%3Cb%3E"),
    ],
)
def test_each_document_holds_what_the_script_would_be_answered(
    client: FlaskClient, path: str, search: str
) -> None:
    document = client.get(path + search).get_data(as_text=True)
    found = answers(document)
    assert found["/_dash-layout"][1] == client.get("/_dash-layout").get_json()
    assert found["/_dash-dependencies"][1] == client.get("/_dash-dependencies").get_json()
    about, page = found["/_dash-update-component"]
    assert unescape(about) == f'data-path="{path}" data-search="{search}"'
    assert page == asked(client, path, search)
    assert document.count("<h1") == 1
    title = page["response"]["_pages_store"]["data"]["title"]
    assert f"<title>{title}</title>" in document


def test_a_headline_stands_in_the_document_before_its_scripts(client: FlaskClient) -> None:
    document = client.get("/").get_data(as_text=True)
    headline = re.search(r"<h1>(.*?)</h1>", document)
    assert headline is not None
    assert "came from outside Google" in headline[1]
    assert headline.end() < document.index('src="/_dash-component-suites/')


def test_the_first_document_of_a_link_in_a_language_is_in_it_with_its_title(client: FlaskClient) -> None:
    assert "<title>데이터 · TensorFlow · Flowmeter</title>" in client.get("/data?lang=ko").get_data(
        as_text=True
    )


def test_an_address_is_held_as_text(client: FlaskClient) -> None:
    for name in ("</script><svg/onload=alert(1)>", "{answers}", "{page}{%scripts%}", '"><b>'):
        answer = client.get("/", query_string={"scope": name})
        document = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert "<svg" not in document
        assert "<b>" not in document
        assert set(answers(document)) == {"/_dash-layout", "/_dash-dependencies", "/_dash-update-component"}


def test_what_needs_sign_in_is_in_no_document(filled_engine: Engine) -> None:
    sign_in = SignIn(Proxy((ip_network("127.0.0.1/32"),)), whole_site=False)
    client = create_app(filled_engine, sign_in=sign_in).server.test_client()
    assert "data-answers" not in client.get("/sql").get_data(as_text=True)
    # Written so that only Dash reads it as the guarded page: the question is guarded as well.
    for hidden in ("/%73ql", "//sql", "/sql%2F", "/x/..%2Fsql"):
        document = client.get("/x", environ_overrides={"RAW_URI": hidden}).get_data(as_text=True)
        assert "sql-page" not in document, hidden


def test_the_database_is_away_in_the_document_too(tmp_path: Path) -> None:
    away = create_app(connect(f"sqlite:///{tmp_path}/nowhere/none.db")).server.test_client()
    answer = away.get("/talent")
    assert answer.status_code == 503
    assert "<h1>The database does not answer</h1>" in answer.get_data(as_text=True)
    assert "<h1>The database does not answer</h1>" not in away.get("/talent?lang=ko").get_data(as_text=True)
