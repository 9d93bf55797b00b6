"""From a bar to the rows behind it and back, places in grids, and badges, in a real browser."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Page, expect

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


def _click(page: Page, metric: str, x: float, y: float) -> None:
    """Click a figure where the pointer was seen to be: figures take no other clicks.

    The pointer comes in one move: of several, figures look at the last up to 50 ms later, and if the button
    is down by then they forget where it was.
    """
    page.mouse.move(x, y)
    expect(page.locator(f"#card-{metric} .hoverlayer > *")).not_to_have_count(0)
    page.mouse.down()
    page.mouse.up()


def test_a_click_on_a_bar_leads_to_the_rows_that_it_counts_and_back_undoes_it(
    watched: Any, counted_site: str
) -> None:
    start = f"{counted_site}/metrics/new_contributors?scope=tensorflow/tensorflow&grain=quarter"
    page = watched.open(start)
    box = page.locator("#card-new_contributors .nsewdrag").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.85
    _click(page, "new_contributors", x, y)
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


def test_the_queue_is_reached_from_the_page_of_issues_sorted_filtered_and_taken_along(
    watched: Any, counted_site: str
) -> None:
    page = watched.open(f"{counted_site}/issues?scope=tensorflow/tensorflow")
    expect(page.get_by_role("heading", level=1)).to_have_text("Issues and pull requests")
    waiting = page.get_by_role("row", name="a first answer").get_by_role("link").first
    count = int(waiting.inner_text().replace(",", ""))
    waiting.click()
    page.wait_for_url("**/issues/unanswered?scope=tensorflow/tensorflow&kind.is=issue")
    watched.settle()
    expect(page.locator("#list-unanswered h2")).to_contain_text(str(count))
    assert page.locator("#list-unanswered tbody tr").count() == min(count, 50)
    page.locator("#list-unanswered").get_by_role("columnheader", name="Age").get_by_role("link").click()
    page.wait_for_url("**sort=-age**")
    watched.settle()
    ages = page.locator("#list-unanswered tbody tr td:first-child").all_inner_texts()
    numbers = [int(age.replace(",", "")) for age in ages]
    assert numbers == sorted(numbers, reverse=True)
    with page.expect_download() as taken:
        page.locator("#list-unanswered").get_by_role("link", name="download as CSV").click()
    assert len(taken.value.path().read_text().splitlines()) == count + 1
    page.get_by_role("link", name="All that is open").click()
    page.wait_for_url("**/issues/open?scope=tensorflow/tensorflow")
    expect(page.locator("#list-open_threads")).to_be_visible()


def test_a_use_case_is_found_in_the_explorer_and_shows_its_evidence(narrow: Any, counted_site: str) -> None:
    page = narrow.open(f"{counted_site}/use-cases")
    expect(page.locator("#card-use_cases_new .heatmaplayer")).to_have_count(1)
    page.get_by_role("link", name="to filter and sort").click()
    page.wait_for_url("**/use-cases/explorer")
    narrow.settle()
    page.get_by_text("Filter by column").click()
    page.get_by_label("Domain").select_option("health")
    page.get_by_role("button", name="Show these rows").click()
    page.wait_for_url("**domain.is=health**")
    narrow.settle()
    # What all rows were chosen by is no column of theirs.
    expect(page.locator("#list-use_cases thead")).to_contain_text("Licence")
    expect(page.locator("#list-use_cases thead")).not_to_contain_text("Domain")
    page.locator("#list-use_cases tbody a").first.click()
    page.wait_for_url("**/use-cases/repository/**")
    narrow.settle()
    expect(page.get_by_text("Health", exact=True).first).to_be_visible()
    expect(page.locator("#evidence")).to_contain_text("Words that decided")
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 390


@pytest.mark.parametrize("metric", ["review_pairs", "conversion"])
def test_a_click_on_a_cell_or_step_leads_to_the_rows_of_its_segment(
    watched: Any, counted_site: str, metric: str
) -> None:
    page = watched.open(f"{counted_site}/metrics/{metric}?grain=year")
    # The place of the largest value on the page, and what it says.
    found = page.evaluate(
        """(name) => {
            const graph = document.querySelector(`#card-${name} .js-plotly-plot`), layout = graph._fullLayout;
            const trace = graph.data.find((each) => each.meta);
            let x, y, value = -1;
            if (trace.type === "heatmap") trace.z.forEach((row, i) => row.forEach((cell, j) => {
                if (cell !== null && cell > value) { value = cell; x = trace.x[j]; y = trace.y[i]; }
            }));
            else { value = trace.x[0]; x = value / 2; y = trace.y[0]; }
            const box = graph.getBoundingClientRect(), size = layout._size;
            const at = (axis, where) => axis.type === "linear" ? axis.l2p(where) : axis.d2p(where);
            return [box.x + size.l + at(layout.xaxis, x), box.y + size.t + at(layout.yaxis, y), value];
        }""",
        metric,
    )
    x, y, value = found
    _click(page, metric, x + 1, y + 1)
    page.wait_for_url(f"**/rows/{metric}?**segment=**")
    watched.settle()
    told = page.locator("main .card h2").first.inner_text()
    assert int(told.split()[0].replace(",", "")) == value
    assert "The number shown is" not in page.locator("main").inner_text()
