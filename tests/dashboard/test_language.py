"""Readers get their language: by address, by choice, by browser; and no cache mixes two of them."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import dash_ag_grid
import pytest
from babel.messages.pofile import read_po
from dash import Dash
from flask.testing import FlaskClient

from dashboard import wording
from dashboard.app import create_app
from dashboard.components.grid_words import OTHERWISE, WORDS, grid_words
from dashboard.components.navigation import GROUPS
from dashboard.language import ENGLISH, LANGUAGES, _, _n, current, speaking
from dashboard.language.catalogues import FOLDER, catalogue
from dashboard.language.extraction import TEMPLATE
from dashboard.language.values import ROLES, called, scope_words
from dashboard.pages.data import quota_left
from db.engine import connect
from db.metrics.catalogue import read_catalogue
from db.people.kinds import HUMAN
from db.repositories import ROLE_TITLES

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in LANGUAGES if language != ENGLISH]


@pytest.fixture
def reader(filled_app: Dash) -> FlaskClient:
    """A browser without cookies."""
    client: FlaskClient = filled_app.server.test_client()
    return client


def shown(client: FlaskClient, path: str, search: str = "", **headers: str) -> str:
    """What Dash's page callback answers for an address."""
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
        headers=headers,
    )
    assert answer.status_code == 200
    return json.dumps(answer.get_json(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("asked", "language"),
    [("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("de,en;q=0.5", "en"), ("fr", "en"), ("", "en"), ("*", "en")],
)
def test_the_browsers_language_is_spoken_where_there_is_one(
    reader: FlaskClient, asked: str, language: str
) -> None:
    answer = reader.get("/", headers={"Accept-Language": asked})
    assert f'<html lang="{language}">' in answer.get_data(as_text=True)
    assert answer.headers["Content-Language"] == language
    assert ('"개요"' in shown(reader, "/", **{"Accept-Language": asked})) == (language == "ko")


def test_a_page_without_its_database_speaks_the_language_of_its_address(tmp_path: Path) -> None:
    client = create_app(connect(f"sqlite:///{tmp_path / 'nothing.db'}")).server.test_client()
    body = shown(client, "/talent", "?lang=ko")
    assert "데이터베이스가 응답하지 않습니다" in body
    assert "flowmeter db upgrade" in body
    assert "The database" not in body
    document = (
        create_app(connect(f"sqlite:///{tmp_path / 'nothing.db'}")).server.test_client().get("/?lang=ko")
    )
    assert "데이터베이스가 응답하지 않습니다" in document.get_data(as_text=True)


def test_a_choice_in_the_address_is_kept_for_the_pages_that_follow(reader: FlaskClient) -> None:
    assert '<html lang="ko">' in reader.get("/?lang=ko").get_data(as_text=True)
    assert '<html lang="ko">' in reader.get("/data").get_data(as_text=True)
    assert '"개요"' in shown(reader, "/data")
    assert '<html lang="en">' in reader.get("/data?lang=en", headers={"Accept-Language": "ko"}).get_data(
        as_text=True
    )
    assert '"Overview"' in shown(reader, "/data", **{"Accept-Language": "ko"})


def test_a_link_in_a_language_is_shown_in_it_without_any_cookie(reader: FlaskClient) -> None:
    assert '"개요"' in shown(reader, "/", "?lang=ko")
    assert '"Overview"' in shown(reader, "/", "?lang=en", **{"Accept-Language": "ko"})


def test_the_title_of_the_window_is_in_the_language(reader: FlaskClient) -> None:
    reader.get("/?lang=ko")
    assert "데이터 · TensorFlow · Flowmeter" in shown(reader, "/data")


def test_a_language_that_is_not_there_is_told_in_a_sentence(reader: FlaskClient) -> None:
    answer = reader.get("/?lang=tlh")
    assert '<html lang="en">' in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers
    assert "There is no language “tlh”: it may be en, ko." in shown(reader, "/", "?lang=tlh")
    assert "There is no language" in shown(reader, "/", "?lang=ko&lang=en")


def test_caches_are_told_what_the_language_hangs_on(reader: FlaskClient) -> None:
    for path in ("/", "/data", "/nowhere"):
        assert {"accept-language", "cookie"} <= {name.lower() for name in reader.get(path).vary}, path


def test_the_api_is_the_same_to_every_browser(reader: FlaskClient) -> None:
    english = reader.get("/api/metrics")
    reader.get("/?lang=ko")
    korean = reader.get("/api/metrics", headers={"Accept-Language": "ko"})
    assert korean.get_data() == english.get_data()
    assert korean.headers["ETag"] == english.headers["ETag"]
    assert "Content-Language" not in korean.headers
    refused = reader.get("/api/metrics/commits.csv?grain=fortnight", headers={"Accept-Language": "ko"})
    assert "is not known" in refused.get_json()["errors"][0]


def test_the_switch_leads_to_the_same_view_in_the_other_language(reader: FlaskClient) -> None:
    page = shown(reader, "/innovation", "?grain=year&segment=unknown&segment=steward")
    assert "/innovation?grain=year&segment=unknown&segment=steward&lang=ko" in page
    assert "/metrics/commits?grain=year&lang=en" in shown(reader, "/metrics/commits", "?lang=ko&grain=year")


def test_outside_a_request_english_is_spoken_until_told_otherwise() -> None:
    assert current() == ENGLISH
    assert _("Overview") == "Overview"
    assert _("") == ""
    with speaking("ko"):
        assert _("Overview") == "개요"
        assert _("A text that nobody has translated") == "A text that nobody has translated"
        with speaking("tlh"):
            assert current() == "ko"
    assert current() == ENGLISH
    assert _n("{count} row", "{count} rows", 1) == "{count} row"
    assert _n("{count} row", "{count} rows", 0) == "{count} rows"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_is_of_a_text_that_exists_and_fills_the_same_places(language: str) -> None:
    with TEMPLATE.open("rb") as file:
        known = {message.id for message in read_po(file) if message.id}
    with (FOLDER / f"{language}.po").open("rb") as file:
        translated = [message for message in read_po(file, locale=language) if message.id]
    assert translated
    for message in translated:
        assert message.id in known, f"no text is called {message.id!r} any more: take it out of {language}.po"
        many = message.id if isinstance(message.id, str) else message.id[-1]
        said = [message.string] if isinstance(message.string, str) else list(message.string)
        for text in said:
            assert places(text) == places(many), f"{many!r} and {text!r} do not fill the same places"


def places(text: str) -> set[str]:
    """The named placeholders of a text."""
    return set(re.findall(r"\{(\w+)[^}]*\}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_the_navigation_and_every_metrics_title_are_translated(language: str) -> None:
    titles = [title for group in GROUPS for _path, title, _keeps in group if title not in ("API", "SQL")]
    titles += [metric.title for metric in read_catalogue()]
    texts = catalogue(language)
    assert [title for title in titles if texts.gettext(title) == title] == []


@pytest.mark.parametrize("language", OTHERS)
def test_pages_are_not_half_in_another_language(language: str) -> None:
    with TEMPLATE.open("rb") as file:
        known = [message.id for message in read_po(file) if message.id]
    with (FOLDER / f"{language}.po").open("rb") as file:
        translated = {message.id for message in read_po(file, locale=language) if message.id}
    lacking = [text for text in known if text not in translated]
    assert len(lacking) <= len(known) / 20, f"{language}.po lacks {len(lacking)} texts, such as {lacking[:5]}"


def test_the_grids_own_words_are_those_that_its_script_asks_for() -> None:
    folder = Path(dash_ag_grid.__file__).parent
    script = "".join(
        (folder / name).read_text(encoding="utf-8") for name in ("async-community.js", "dash_ag_grid.min.js")
    )
    for name, text in WORDS.items():
        assert f'{name}:"{text}"' in script or f'"{name}","{text}"' in script, f"{name} is not what it says"
    assert all(f'"{name}"' in script for name in OTHERWISE)
    assert grid_words() == {}
    with speaking("ko"):
        words = grid_words()
    assert set(words) == {*WORDS, *OTHERWISE}
    assert words["page"] == "쪽"


def test_scopes_and_values_of_the_database_are_called_in_the_language() -> None:
    assert {scope_words(title) for title in ROLE_TITLES.values()} == set(ROLES) == set(ROLE_TITLES.values())
    assert scope_words("TensorFlow (core and ecosystem)") == "TensorFlow (core and ecosystem)"
    assert wording.measured(0.14, "second") == "0.14 seconds"
    assert quota_left("4,998 of 5,000 requests, 9 of 10 points left") == (
        "4,998 of 5,000 requests left, 9 of 10 points left"
    )
    assert quota_left("as GitHub says") == "as GitHub says"
    with speaking("ko"):
        assert scope_words("TensorFlow (core and ecosystem)") == "TensorFlow (핵심과 생태계)"
        assert wording.segment_title("TensorFlow (core and ecosystem)", "") == "TensorFlow (핵심과 생태계)"
        assert scope_words("tensorflow/serving") == "tensorflow/serving"
        assert called("changes_requested") == "변경 요청함"
        assert called("Outreach_team") == "Outreach_team"
        assert called(HUMAN[1]) == "다른 규칙에 해당하지 않음"
        assert quota_left("4,998 of 5,000 requests, 9 of 10 points left") == (
            "요청 5,000건 중 4,998건 남음, 점수 10점 중 9점 남음"
        )
        assert wording.measured(0.14, "second") == "0.14초"


def test_no_module_hides_what_marks_a_text_or_fills_it_too_early() -> None:
    for path in (ROOT / "dashboard").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        marks = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "dashboard.language"
            and any(name.name == "_" for name in node.names)
            for node in ast.walk(tree)
        )
        for node in ast.walk(tree):
            place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if marks and isinstance(node, ast.Name) and node.id == "_":
                assert isinstance(node.ctx, ast.Load), f"{place}: `_` is a variable: call it `_rest`"
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "_n", "mark"):
                filled = [argument for argument in node.args if isinstance(argument, ast.JoinedStr)]
                assert not filled, f"{place}: an f-string cannot be looked up: use named placeholders"
