"""Every screen of a dashboard and when it stands: found from its pages, for pictures and tests alike."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterable, Iterator

from dashboard.app import PAGES
from dashboard.pages import missing

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: True once Dash has taken the page over, its charts stand and nothing is loading any more.
SETTLED = """() => document.querySelector("h1")
    && !document.getElementById("first")
    && !document.querySelector('[data-dash-is-loading="true"]')
    && !document.querySelector("figure.figure:not(.grid):not(:has(.main-svg))")
    && !document.querySelector("figure.grid:not(:has(.ag-row))")"""
NAMES = tuple(page.name for page in PAGES)
NOWHERE = "/nowhere/at/all"
#: What stands for the variable of a page that no other page has to link to.
USUAL = {"metric": "commits", "card": "xla-gain"}


def screens(address: str) -> dict[str, str]:
    """Name and path of every page of the dashboard at an address.

    A page of one thing (a person, say) is the first of its kind that another page leads to; where the
    dashboard holds none, it is the page that says so.
    """
    fixed = {page.name: page.path for page in PAGES if "<" not in page.path and page is not missing.PAGE}
    texts = [*_texts(address, fixed.values())]
    # What a person's page leads to, say, no list does.
    further = {_example(page.path, texts) for page in PAGES if "<" in page.path}
    texts += _texts(address, sorted(further))
    found: dict[str, str] = {}
    for page in PAGES:
        if page is missing.PAGE:
            found[page.name] = NOWHERE
            continue
        found[page.name] = fixed.get(page.name) or _example(page.path, texts)
    return found


def _texts(address: str, paths: Iterable[str]) -> Iterator[str]:
    """What is shown at each path, as Dash's script is told it."""
    with urllib.request.urlopen(f"{address}/healthz") as answer:
        answer.read()
    for path in paths:
        names = ("_pages_content", "children"), ("_pages_store", "data")
        places = ("pathname", path), ("search", "")
        asked = {
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": [{"id": name, "property": part} for name, part in names],
            "inputs": [{"id": "_pages_location", "property": part, "value": value} for part, value in places],
            "changedPropIds": ["_pages_location.pathname"],
        }
        request = urllib.request.Request(
            f"{address}/_dash-update-component",
            json.dumps(asked).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            # Written anew: Dash writes the slashes of addresses as escapes.
            yield json.dumps(json.load(answer))


def _example(template: str, texts: list[str]) -> str:
    variable = template[template.index("<") + 1 : template.index(">")]
    beginning, _, end = template.partition(f"<{variable}>")
    pattern = re.compile(rf'"({re.escape(beginning)}[^"/?#]+{re.escape(end)})["?#]')
    usual = USUAL.get(variable)
    linked = [found[1] for text in texts for found in pattern.finditer(text)]
    if usual and (not linked or f"{beginning}{usual}{end}" in linked):
        return f"{beginning}{usual}{end}"
    return linked[0] if linked else f"{beginning}1{end}"
