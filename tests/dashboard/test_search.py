"""Search finds what is called so, the best first, on both databases, and answers hostile words in words."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from dash import Dash
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from dashboard.app import create_app
from dashboard.language import speaking
from dashboard.refusal import Refused
from dashboard.search.finding import Places, find
from dashboard.search.found import KINDS, Found
from dashboard.search.words import LONGEST, sought
from db.engine import connect
from db.metrics.catalogue import FOLDER, read_definition, write_catalogue
from db.people.forgetting import FORGOTTEN, forget
from db.people.identities import login_identity
from db.schema import table

NOW = datetime(2024, 2, 20, tzinfo=UTC)
EVERY = Places(
    ("/contributors/<person>", "/organizations/<organization>", "/use-cases/explorer", "/performance/<card>")
)
SCOPES = ("project", "tensorflow/tensorflow", "tensorflow/serving")
METRICS = [FOLDER / path for path in ("ambition/stars.sql", "innovation/commits.sql")]
HOSTILE = ("' OR 1=1 --", "%_\\", "\ud7ff\ud7ff", "\u202etxet", "<b>", "٣٣")
PEOPLE = (
    ("Ann Smithson", "annsmith", "human"),
    ("annotate-bot", "annotate", "bot"),
    ("Joanna Ruiz", "jruiz", "human"),
    ("Öykü Çelik", "oyku", "human"),
    ("김민준", "minjun", "human"),
    ("100% sure", "sure_thing", "human"),
    ("underscore", "sureXthing", "human"),
    (FORGOTTEN, None, "human"),
)


@pytest.fixture
def held(engine: Engine) -> Engine:
    """Both databases in turn, with a few people, organisations, scopes, use cases and all metrics."""
    with engine.begin() as connection:
        people = [
            {"person_id": place, "display_name": name, "login": login, "kind": kind, "kind_reason": "test"}
            for place, (name, login, kind) in enumerate(PEOPLE, 1)
        ]
        connection.execute(insert(table("people")), people)
        organizations = [
            {"organization_id": place, "name": name, "kind": kind, "steward": False, "peer": False}
            for place, (name, kind) in enumerate(
                (("Annapurna Labs", "company"), ("Universität Zürich", "university")), 1
            )
        ]
        connection.execute(insert(table("organizations")), organizations)
        scopes = [
            {
                "scope_id": place,
                "name": name,
                "kind": "repository" if "/" in name else "project",
                "title": name if "/" in name else "TensorFlow",
                "position": place,
            }
            for place, name in enumerate(SCOPES, 1)
        ]
        connection.execute(insert(table("scopes")), scopes)
        write_catalogue(connection, map(read_definition, METRICS))
    return engine


def found(engine: Engine, words: str, *kinds: str, limit: int = 6) -> list[Found]:
    """What is found on one database."""
    with engine.connect() as connection:
        return find(connection, sought(words), EVERY, kinds or KINDS, limit)


def titles(engine: Engine, words: str, *kinds: str) -> list[str]:
    """What it is called."""
    return [each.title for each in found(engine, words, *kinds)]


def test_people_are_found_by_name_or_login_humans_first_and_the_best_first(held: Engine) -> None:
    assert titles(held, "ann", "person") == ["Ann Smithson", "Joanna Ruiz", "annotate-bot"]
    assert titles(held, "ANNSMITH", "person") == ["Ann Smithson"]
    assert titles(held, "smithson ann", "person") == ["Ann Smithson"]
    assert [each.href for each in found(held, "jruiz", "person")] == ["/contributors/3"]
    assert found(held, "annotate", "person")[0].detail == "@annotate · bot"


@pytest.mark.parametrize("words", ["öykü", "ÖYKÜ", "Öykü çelik", "çelik"])
def test_letters_beyond_a_to_z_are_found_whatever_their_case(held: Engine, words: str) -> None:
    assert titles(held, words, "person") == ["Öykü Çelik"]


def test_one_letter_of_a_script_of_words_is_enough(held: Engine) -> None:
    assert titles(held, "김", "person") == ["김민준"]
    assert titles(held, "zürich", "organization") == ["Universität Zürich"]


def test_nothing_in_the_words_stands_for_anything_else(held: Engine) -> None:
    assert titles(held, "100%", "person") == ["100% sure"]
    assert titles(held, "sure_t", "person") == ["100% sure"]
    assert titles(held, "%%", "person", "organization", "repository", "use_case") == []
    assert titles(held, "\\\\", "person") == []


def test_the_forgotten_are_not_found_by_anything(held: Engine) -> None:
    assert titles(held, "forgotten", "person") == []
    with held.begin() as connection:
        row = login_identity(77, "annsmith", "User", NOW, NOW) | {"person_id": 1, "person_reason": "test"}
        connection.execute(insert(table("identities")), [row])
        forget(connection, 1, NOW)
    assert titles(held, "ann", "person") == ["Joanna Ruiz", "annotate-bot"]
    assert titles(held, "smith") == []


def test_repositories_lead_to_the_overview_of_their_scope(held: Engine) -> None:
    assert titles(held, "tensorflow", "repository")[0] == "TensorFlow"
    assert [each.href for each in found(held, "serving", "repository")] == ["/?scope=tensorflow/serving"]


def test_metrics_are_found_by_their_titles_in_the_readers_language_and_in_english(held: Engine) -> None:
    assert found(held, "stars does it hold", "metric")[0].href == "/metrics/stars"
    assert found(held, "commits", "metric")[0].href == "/metrics/commits"
    with speaking("ko"):
        assert found(held, "스타", "metric")[0].href == "/metrics/stars"
        english = found(held, "Who writes it", "metric")[0]
    assert (english.title, english.href) == ("누가 코드를 작성하는가?", "/metrics/commits")


def test_pages_and_questions_are_found(held: Engine) -> None:
    assert found(held, "talent", "page")[0].href == "/talent"
    assert found(held, "does xla give", "page")[0].href == "/performance/xla-gain"
    with speaking("ko"):
        assert found(held, "데이터", "page")[0].href == "/data"


def test_no_finding_leads_to_a_page_that_is_not_there(held: Engine) -> None:
    with held.connect() as connection:
        kinds = {each.kind for each in find(connection, sought("an"), Places(["/"]), KINDS, 50)}
    assert kinds.isdisjoint({"person", "organization", "use_case"})


def test_of_each_kind_no_more_are_found_than_asked(held: Engine) -> None:
    assert len(found(held, "an", "person", limit=2)) == 2


def test_private_columns_are_not_searched(held: Engine) -> None:
    assert titles(held, "test", "person") == []


@pytest.fixture(scope="module")
def searched(filled_app: Dash) -> FlaskClient:
    """Requests to a dashboard."""
    client: FlaskClient = filled_app.server.test_client()
    client.get("/")
    return client


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "too short"),
        ("?q=a", "too short"),
        ("?q=%20a%20", "too short"),
        ("?q=" + "a" * (LONGEST + 1), "longer than 80"),
        ("?q=ab%00", "characters"),
        ("?q=ab&kind=identities", "may be page, metric"),
        ("?q=ab&limit=0", "1 to 50"),
        ("?q=ab&limit=51", "1 to 50"),
        ("?q=ab&limit=1e1", "1 to 50"),
        ("?q=ab&lang=tlh", "no language"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_in_words(searched: FlaskClient, query: str, told: str) -> None:
    answer = searched.get(f"/api/search{query}")
    assert answer.status_code == 400
    assert told in answer.get_json()["errors"][0]


def test_the_route_speaks_the_language_that_its_address_names_and_no_other(searched: FlaskClient) -> None:
    korean = searched.get("/api/search?q=talent&lang=ko", headers={"Accept-Language": "en"}).get_json()
    english = searched.get("/api/search?q=talent", headers={"Accept-Language": "ko", "Cookie": "lang=ko"})
    assert korean[0] == {
        "kind": "page",
        "group": "페이지",
        "title": "인재",
        "detail": korean[0]["detail"],
        "href": "/talent",
    }
    assert english.get_json()[0]["title"] == "Talent"


def test_an_answer_that_is_held_is_not_sent_again(searched: FlaskClient) -> None:
    first = searched.get("/api/search?q=stars")
    again = searched.get("/api/search?q=stars", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.text(max_size=100)
    | st.sampled_from(["' OR 1=1 --", "%_\\", "\ud7ff\ud7ff", "‮txet", "<b>", "٣٣"])
)
def test_no_words_bring_it_down(searched: FlaskClient, words: str) -> None:
    answer = searched.get("/api/search?q=" + quote(words, errors="replace"))
    assert answer.status_code in (200, 400)
    assert answer.mimetype == "application/json"
    for each in answer.get_json() if answer.status_code == 200 else ():
        assert each["href"].startswith("/")
        assert not each["href"].startswith("//")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(codec="utf-8"), min_size=2, max_size=30))
def test_both_databases_take_whatever_is_printable(held: Engine, words: str) -> None:
    with contextlib.suppress(Refused):
        found(held, words)


def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    client = create_app(connect(f"sqlite:///{tmp_path}/empty.db")).server.test_client()
    client.get("/")
    assert client.get("/api/search?q=stars").status_code == 503
