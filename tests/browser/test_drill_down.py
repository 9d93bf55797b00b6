"""From a bar to the rows behind it and back, places in grids, and badges, in a real browser."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard.app import create_app
from db.engine import connect
from db.metrics.refresh import refresh
from db.schema import Record

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def counted_site(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Iterator[str]:
    """Address of the dashboard over a made-up community whose numbers were computed from its facts."""
    community = _loaded(Path(__file__).parents[1] / "db" / "metrics" / "community.py")
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('counted')}/counted.db")
    Record.metadata.create_all(engine)
    community.made_up(seed=20170213).write(engine)
    refresh(engine, now=community.NOW)
    yield from serve(engine, create_app(engine, now=lambda: community.NOW))


def _loaded(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    # Dataclasses look their module up by name.
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def test_a_click_on_a_bar_leads_to_the_rows_that_it_counts_and_back_undoes_it(
    watched: Any, counted_site: str
) -> None:
    start = f"{counted_site}/metrics/new_contributors?scope=tensorflow/tensorflow&grain=quarter"
    page = watched.open(start)
    box = page.locator("#card-new_contributors .nsewdrag").first.bounding_box()
    assert box is not None
    # Graphs listen for clicks where the pointer was seen to be.
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.9)
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.85)
    expect(page.locator("#card-new_contributors .hoverlayer > *")).not_to_have_count(0)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/rows/new_contributors?**period=20*")
    watched.settle()
    told = page.locator("main .card h2").first
    expect(told).to_contain_text("people")
    count = int(told.inner_text().split()[0].replace(",", ""))
    assert page.locator("main tbody tr").count() == count
    page.get_by_role("columnheader", name="Contributions").get_by_role("link").click()
    page.wait_for_url("**sort=-contributions**")
    expect(page.get_by_role("columnheader", name="Contributions")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.go_back()
    page.go_back()
    expect(page).to_have_url(start)
    expect(page.locator("#card-new_contributors .main-svg").first).to_be_visible()


def test_segments_and_comparison_are_chosen_in_the_bar_and_stand_in_the_address(
    watched: Any, counted_site: str
) -> None:
    page = watched.open(f"{counted_site}/metrics/commits?grain=quarter")
    page.get_by_role("textbox", name="Segments to show").click()
    page.get_by_role("option", name="Independent").click()
    page.wait_for_url("**segment=independent**")
    watched.settle()
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="What to compare with").click()
    page.get_by_role("option", name="keras-team/keras").click()
    page.wait_for_url("**compare=keras-team/keras**")
    watched.settle()
    names = page.evaluate(
        "() => document.querySelector('#card-commits .js-plotly-plot').data.map((trace) => trace.name)"
    )
    assert set(names) == {"independent", "compared"}
    page.go_back()
    page.go_back()
    expect(page).to_have_url(f"{counted_site}/metrics/commits?grain=quarter")


def test_a_link_leads_to_the_same_order_of_a_grid(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/data")
    rows = page.locator("#grid-sources").get_by_role("columnheader", name="Rows")
    rows.click()
    rows.click()
    expect(rows).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(f"{filled_site}/data?sources.sort=-rows")
    page = watched.open(f"{filled_site}/data?sources.sort=-rows")
    expect(page.locator("#grid-sources").get_by_role("columnheader", name="Rows")).to_have_attribute(
        "aria-sort", "descending"
    )


def test_the_badge_has_as_much_room_as_its_text_takes(watched: Any, filled_site: str) -> None:
    page = watched.page
    page.goto(f"{filled_site}/badge/new_contributors.svg?grain=year")
    widths = page.evaluate(
        """() => [...document.querySelectorAll("text")].map((text) => {
            const wanted = Number(text.getAttribute("textLength"));
            text.removeAttribute("textLength");
            return [wanted, text.getComputedTextLength()];
        })"""
    )
    assert len(widths) == 2
    for wanted, measured in widths:
        assert abs(wanted - measured) <= 0.06 * measured
