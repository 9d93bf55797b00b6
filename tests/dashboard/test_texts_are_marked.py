"""Every text of every page can be translated: a made-up language puts brackets around each of them."""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.messages.pofile import read_po
from dash import Dash
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from dashboard.app import PAGES
from dashboard.language import catalogues
from dashboard.language.extraction import TEMPLATE
from dashboard.language.of_request import LANGUAGES
from db.schema import Record

#: A language that the library of dates and numbers knows, and that nobody has translated the dashboard to.
MADE_UP = "eo"
PATHS = [page.path.replace("<metric>", "commits").replace("<card>", "xla-gain") for page in PAGES]
#: What readers see of a component beside its children.
SHOWN = ("children", "title", "alt", "placeholder", "label", "aria-label", "headerName", "group")
#: Letters that are no words: names of forms, units of measure, keys and places.
NO_WORDS = re.compile(
    r"CSV|PNG|SQL|JSON|Parquet|API|UTC|GitHub|Ctrl|K|Google|TensorFlow|meter|flow|ms|s|Hz|MLPerf|XLA|YYYY|MM|DD|AWS|Azure|GPU|DSP|VPU|NPU|TPU|ARM|POWER"
)


class Bracketing(gettext.NullTranslations):
    """Each text of the catalogue in brackets."""

    def __init__(self) -> None:
        super().__init__()
        with TEMPLATE.open("rb") as file:
            ids = [message.id for message in read_po(file) if message.id]
        self.known = {text for each in ids for text in ([each] if isinstance(each, str) else each)}

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if message in self.known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch, filled_app: Dash) -> FlaskClient:
    """A reader of the made-up language."""
    usual = catalogues.catalogue
    brackets = Bracketing()
    monkeypatch.setitem(LANGUAGES, MADE_UP, "Bracketed")
    monkeypatch.setattr(catalogues, "catalogue", lambda code: brackets if code == MADE_UP else usual(code))
    client: FlaskClient = filled_app.server.test_client()
    client.get("/")
    return client


@pytest.fixture(scope="module")
def data(filled_engine: Engine) -> list[str]:
    """What stands in the database, the longest first: names, titles and states that others wrote."""
    found: set[str] = set()
    with filled_engine.connect() as connection:
        for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars():
            for row in connection.execute(text(f'SELECT * FROM "{name}" LIMIT 500')):
                found |= {value for value in row if isinstance(value, str) and len(value) > 1}
        segments = connection.execute(text("SELECT DISTINCT segment FROM metric_values")).scalars()
        found |= {part for segment in segments for part in (segment, *segment.split(" → "))}
    # The data dictionary is written once, for whoever writes SQL.
    for each in Record.metadata.tables.values():
        found |= {each.name, str(each.comment)}
        found |= {word for column in each.columns for word in (column.name, str(column.comment))}
    found |= {value.replace("_", " ") for value in found} | {value.capitalize() for value in found}
    return sorted(found, key=len, reverse=True)


def texts(tree: Any, inside: str = "") -> Iterator[tuple[str, str]]:
    """Each text that a reader sees of a page, with the component that shows it."""
    if isinstance(tree, list):
        for each in tree:
            yield from texts(each, inside)
    elif isinstance(tree, dict):
        kind = str(tree.get("type", inside))
        # Languages are called by their own names.
        if kind in ("Pre", "Code", "Store") or "hrefLang" in tree.get("props", ()):
            return
        props = tree.get("props", tree)
        for name, value in props.items():
            if isinstance(value, str):
                if name in SHOWN:
                    yield value, f"{kind}.{name}"
            elif name == "figure":
                around = value["layout"]
                for each in around.get("annotations", ()):
                    yield each["text"], "Graph.annotation"
            elif isinstance(value, list | dict) and name not in ("rowData", "style", "config"):
                yield from texts(value, kind)
            if name == "children" and isinstance(value, list):
                for each in value:
                    if isinstance(each, str):
                        yield each, f"{kind}.children"


def unmarked(shown: str, data: list[str]) -> str:
    """What of a text stands in no brackets and comes from no data."""
    before = None
    while before != shown:
        before, shown = shown, re.sub(r"⟦[^⟦⟧]*⟧", " ", shown)
    for value in data:
        if value in shown:
            shown = shown.replace(value, " ")
    words = re.findall(r"[^\W\d_]{2,}", re.sub(r"<[^>]*>|&\w+;|:\w+ =", " ", shown))
    return " ".join(word for word in words if not NO_WORDS.fullmatch(word))


@pytest.mark.parametrize("path", PATHS)
def test_every_text_of_a_page_is_marked(bracketed: FlaskClient, data: list[str], path: str) -> None:
    answer = bracketed.post(
        "/_dash-update-component",
        json={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": [
                {"id": "_pages_content", "property": "children"},
                {"id": "_pages_store", "property": "data"},
            ],
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": path},
                {"id": "_pages_location", "property": "search", "value": f"?lang={MADE_UP}&grain=year"},
            ],
            "changedPropIds": ["_pages_location.pathname"],
        },
    )
    assert answer.status_code == 200
    tree = json.loads(answer.get_data(as_text=True))["response"]["_pages_content"]["children"]
    found = {(where, shown) for shown, where in texts(tree) if unmarked(shown, data)}
    assert not found, f"write these as _(“…”), see docs/building.md: {sorted(found)}"
