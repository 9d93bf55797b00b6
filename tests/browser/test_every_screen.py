"""Every screen, those that come later too: with data, without, and with a database that is away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
import pyarrow.parquet
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.app import PAGES

pytestmark = pytest.mark.browser

NAMES = [page.name for page in PAGES]
NOWHERE = "not_found_404"
#: Pages that came last: held by tests of their own, and here without data and with the database away.
CAME_LAST = (
    *("use_cases", "use_case_explorer", "use_case", "issues", "issues_unanswered", "issues_stale"),
    *("issues_open", "sql", "contributors", "person", "organizations", "organization"),
)
WITH_DATA = [name for name in NAMES if name not in CAME_LAST]
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
#: What axe found, as far as it keeps people out: the rule, where, and why.
JUDGED = """async () => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    return found.violations
        .filter((rule) => ["serious", "critical"].includes(rule.impact))
        .flatMap((rule) => rule.nodes.map((node) => `${rule.id} ${node.target}: ${node.html.slice(0, 160)}
            ${node.failureSummary}`));
}"""
#: Everything that the Tab key has to reach, marked with a number; what a part keeps for itself is left out.
MARKED = """() => {
    const wanted = "a[href], button, input, select, textarea, summary, [tabindex]";
    const reached = [...document.querySelectorAll(wanted)].filter((part) =>
        part.tabIndex >= 0 && !part.disabled && part.type !== "hidden" && part.checkVisibility({
            visibilityProperty: true, opacityProperty: false})
        && !part.closest(".ag-root-wrapper, .js-plotly-plot, [role=radiogroup], [aria-hidden=true]"));
    reached.forEach((part, place) => { part.dataset.place = place; });
    return reached.map((part) => part.outerHTML.slice(0, 120));
}"""
#: Where the focus is, and whether that shows.
FOCUSED = """() => {
    const part = document.activeElement, look = getComputedStyle(part);
    const place = part === document.body ? -1 : Number(part.dataset.place ?? -2);
    return [place, look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0];
}"""


@pytest.fixture(scope="module")
def korean(chromium: Browser) -> Iterator[BrowserContext]:
    """A Korean telephone, dark."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", locale="ko-KR"
    )
    context.set_default_timeout(60_000)
    yield context
    context.close()


def judged(page: Page, where: str) -> None:
    """Fails with what axe found serious or critical."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(JUDGED)
    assert found == [], f"{where}: " + "\n".join(found)


def without_status(watched: Any, name: str) -> None:
    """Chromium reports the status of the page that is not there as an error of the console."""
    if name == NOWHERE:
        assert [fault for fault in watched.faults if "404" not in fault] == []
        watched.faults.clear()


@pytest.mark.parametrize("name", WITH_DATA)
def test_each_screen_stands_in_both_themes_and_on_a_telephone_for_everybody(
    watched: Any, whole_site: str, screens_of: Callable[[str], dict[str, str]], name: str
) -> None:
    page = watched.open(whole_site + screens_of(whole_site)[name])
    expect(page.locator("h1")).to_have_count(1)
    assert page.title().endswith("Flowmeter")
    for figure in page.locator("figure").all():
        assert len(figure.get_attribute("aria-label") or "") > 20
    judged(page, f"{name}, light")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.documentElement.dataset.mantineColorScheme === 'dark'")
    judged(page, f"{name}, dark")
    page.set_viewport_size({"width": 390, "height": 844})
    watched.settle()
    page.wait_for_function("() => document.documentElement.scrollWidth <= 390")
    judged(page, f"{name}, dark, 390 pixels")
    page.emulate_media(color_scheme="light")
    without_status(watched, name)


@pytest.mark.parametrize("name", WITH_DATA)
def test_the_keyboard_reaches_everything_on_each_screen_and_shows_where_it_is(
    watched: Any, whole_site: str, screens_of: Callable[[str], dict[str, str]], name: str
) -> None:
    page = watched.open(whole_site + screens_of(whole_site)[name])
    parts = page.evaluate(MARKED)
    reached: set[int] = set()
    for step in range(2 * len(parts) + 60):
        page.keyboard.press("Tab")
        place, shows = page.evaluate(FOCUSED)
        if place == -1 and step:
            break
        assert shows or place < 0, f"the focus does not show on {parts[place]}"
        reached.add(place)
    missed = [part for place, part in enumerate(parts) if place not in reached]
    assert missed == []
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    without_status(watched, name)


@pytest.mark.parametrize("name", WITH_DATA)
def test_what_each_screen_gives_away_arrives_and_opens(
    watched: Any,
    whole_site: str,
    screens_of: Callable[[str], dict[str, str]],
    name: str,
    tmp_path: Path,
) -> None:
    page = watched.open(whole_site + screens_of(whole_site)[name])
    links = page.locator("main a").evaluate_all("(links) => links.map((link) => link.href)")
    files = [link for link in links if urlsplit(link).path.endswith((".csv", ".parquet", ".json"))]
    for address in dict.fromkeys(files):
        assert address.startswith(whole_site)
        opened(page, address)
    first = page.locator("main a[href*='.csv']").first
    if files and first.count():
        with page.expect_download() as arriving:
            first.click()
        saved = tmp_path / "file.csv"
        arriving.value.save_as(saved)
        assert len(list(csv.reader(saved.read_text(encoding="utf-8").splitlines()))) > 0
    picture = page.locator("main button[data-png]").first
    if picture.count():
        with page.expect_download() as arriving:
            picture.click()
        saved = tmp_path / "chart.png"
        arriving.value.save_as(saved)
        written = saved.read_bytes()
        assert written.startswith(b"\x89PNG")
        assert int.from_bytes(written[16:20], "big") >= 900
    without_status(watched, name)


def opened(page: Page, address: str) -> None:
    """Asks for a file and reads it as what it says it is."""
    answer = page.context.request.get(address)
    assert answer.status == 200, f"{address}: {answer.status} {answer.text()[:300]}"
    form = urlsplit(address).path.rpartition(".")[2]
    if form == "csv":
        rows = list(csv.reader(io.StringIO(answer.body().decode())))
        assert rows, address
        assert {len(row) for row in rows} == {len(rows[0])}
    elif form == "json":
        assert isinstance(answer.json(), list | dict)
    else:
        assert pyarrow.parquet.read_table(io.BytesIO(answer.body())).num_columns > 0


@pytest.mark.parametrize("name", NAMES)
def test_each_screen_without_data_says_what_to_do_in_korean_too(
    korean: BrowserContext,
    watch: Callable[[BrowserContext], Any],
    empty_site: str,
    screens_of: Callable[[str], dict[str, str]],
    name: str,
) -> None:
    watched = watch(korean)
    page = watched.open(empty_site + screens_of(empty_site)[name])
    expect(page.locator("h1")).to_have_count(1)
    assert page.locator("html").get_attribute("lang") == "ko"
    assert re.search("[가-힣]", page.get_by_role("navigation").first.inner_text())
    assert page.locator("main").inner_text().strip()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    judged(page, f"{name}, without data")
    without_status(watched, name)
    page.close()
    assert watched.faults == []


@pytest.mark.parametrize("name", NAMES)
def test_each_screen_says_that_the_database_is_away(
    watched: Any, away_site: str, screens_of: Callable[[str], dict[str, str]], name: str
) -> None:
    page = watched.open(away_site + screens_of(away_site)[name])
    expect(page.locator("h1")).to_have_text("The database does not answer")
    assert "Traceback" not in page.content()
    expect(page.get_by_role("navigation").first).to_be_visible()
    judged(page, f"{name}, the database away")
    without_status(watched, name)
