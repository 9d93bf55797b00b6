"""Every screen, those that come later too: with data, without, and with a database that is away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
import pyarrow.parquet
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError, expect

from dashboard.app import PAGES

pytestmark = pytest.mark.browser

NAMES = [page.name for page in PAGES]
NOWHERE = "not_found_404"
#: Pages of one thing: where it is not held the document's status says so.
OF_ONE_THING = [page.name for page in PAGES if "<" in page.path]
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
#: What axe found, as far as it keeps people out: the rule, where, and why.
JUDGED = """async () => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    return found.violations
        .filter((rule) => ["serious", "critical"].includes(rule.impact))
        .flatMap((rule) => rule.nodes.map((node) => `${rule.id} ${node.target}: ${node.html.slice(0, 160)}
            ${node.failureSummary}`));
}"""
#: Texts that lie over each other.
OVERLAPPING = Path(__file__).with_name("overlapping.js").read_text(encoding="utf-8")
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


#: Parts of the page that hide some of their width; grids and code have ways of their own to it.
SIDEWAYS = """() => [...document.querySelectorAll("main, main *")]
    .filter((part) => ["auto", "scroll"].includes(getComputedStyle(part).overflowX)
        && part.scrollWidth > part.clientWidth + 1 && !part.closest(".ag-root-wrapper, pre, .cm-editor"))
    .map((part) => `${part.className} is ${part.scrollWidth} wide in ${part.clientWidth}: `
        + part.innerText.slice(0, 80))"""
#: What of its controls is changed on pages with controls of their own; and on all others.
CHANGES = dict.fromkeys(
    ("performance", "performance-card"), ("#performance-division", "Open division", "division=open")
)
USUAL_CHANGE = ("#filter-grain", "Quarterly", "grain=quarter")
WITHOUT_FILTERS = [page.name for page in PAGES if not page.filters]
#: Whether a figure draws what the view compares with.
COMPARED = """() => [...document.querySelectorAll(".js-plotly-plot")].some((graph) =>
    graph.data.some((trace) => trace.name === "compared"))"""
#: All that a page says, what its controls are set to included; and whether that is this, or no longer.
SAYS = """() => {
    const drawn = [...document.querySelectorAll("main .js-plotly-plot")];
    // Figures out of sight are drawn later.
    drawn.forEach((figure) => { figure.style.display = "none"; });
    const says = [...document.querySelectorAll("main input")].map((input) => input.value).join("\\n")
        + document.querySelector("main").innerText;
    drawn.forEach((figure) => { figure.style.display = ""; });
    return says;
}"""
TOLD = f"(told) => ({SAYS})() === told"
TOLD_OTHERWISE = f"(told) => ({SAYS})() !== told"


@dataclass(frozen=True)
class Shown:
    """A screen that stands open: its name, where it is, and the page that is watched."""

    name: str
    site: str
    path: str
    watched: Any

    @property
    def page(self) -> Page:
        """The page itself."""
        page: Page = self.watched.page
        return page


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
    # Colours on their way from one theme to the other are neither's; a page behind others gets no frames.
    page.evaluate("() => document.getAnimations().forEach((each) => each.finish())")
    found = page.evaluate(JUDGED)
    assert found == [], f"{where}: " + "\n".join(found)


def without_status(watched: Any, name: str, *, empty: bool = False) -> None:
    """Takes the status of a page that is not there for what it is; the parts of some pages are all there."""
    if name == NOWHERE or (empty and name in OF_ONE_THING and watched.faults):
        watched.answered_with(404)


@pytest.fixture(scope="module", params=NAMES)
def shown(
    request: pytest.FixtureRequest,
    wide_context: BrowserContext,
    watch: Callable[[BrowserContext], Any],
    whole_site: str,
    screens_of: Callable[[str], dict[str, str]],
) -> Iterator[Shown]:
    """Each screen over a whole community, opened once for all tests that look at it with data."""
    path = screens_of(whole_site)[request.param]
    watched = watch(wide_context)
    watched.open(whole_site + path)
    yield Shown(request.param, whole_site, path, watched)
    watched.page.close()
    without_status(watched, request.param)
    assert watched.faults == []


@pytest.fixture(scope="module")
def elsewhere(chromium: Browser, watch: Callable[[BrowserContext], Any]) -> Iterator[Any]:
    """A page of another browser, which knows nothing of what was looked at before."""
    context = chromium.new_context(viewport={"width": 1440, "height": 950}, color_scheme="light")
    context.set_default_timeout(60_000)
    yield watch(context)
    context.close()


def test_the_keyboard_reaches_everything_on_each_screen_and_shows_where_it_is(shown: Shown) -> None:
    page = shown.page
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


def overlapping(page: Page) -> list[str]:
    """Texts over each other, once figures have had the time to take a new size."""
    with suppress(TimeoutError):
        page.wait_for_function(f"() => ({OVERLAPPING})().length === 0", timeout=10_000)
    found: list[str] = page.evaluate(OVERLAPPING)
    return found


def test_each_screen_stands_in_both_themes_and_on_a_telephone_for_everybody(shown: Shown) -> None:
    page, name = shown.page, shown.name
    expect(page.locator("h1")).to_have_count(1)
    assert page.title().endswith("Flowmeter")
    for figure in page.locator("figure").all():
        assert len(figure.get_attribute("aria-label") or "") > 20
    assert page.evaluate(SIDEWAYS) == []
    assert overlapping(page) == []
    judged(page, f"{name}, light")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.documentElement.dataset.mantineColorScheme === 'dark'")
    judged(page, f"{name}, dark")
    page.set_viewport_size({"width": 390, "height": 844})
    shown.watched.settle()
    page.wait_for_function("() => document.documentElement.scrollWidth <= 390")
    assert page.evaluate(SIDEWAYS) == []
    assert overlapping(page) == []
    judged(page, f"{name}, dark, 390 pixels")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 950})


def test_texts_over_each_other_are_found_and_hidden_or_clipped_ones_are_not(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    at = "position:absolute; font:16px/20px sans-serif; white-space:nowrap;"
    page.set_content(f"""<body style="margin:0"><p style="{at} left:0; top:0">first words</p>
        <p style="{at} left:40px; top:6px">second words</p>
        <p style="{at} left:0; top:25px">below them</p>
        <p style="{at} left:0; top:0; visibility:hidden">hidden</p>
        <p style="{at} left:0; top:60px; width:30px; overflow:hidden">much too long for it</p>
        <p style="{at} left:60px; top:60px">beside it</p>
        <svg style="position:absolute; left:0; top:100px"><text x="0" y="20">2016</text>
            <text x="20" y="20">2017</text></svg>""")
    found = page.evaluate(OVERLAPPING)
    page.close()
    assert [re.findall("“(.+?)”", each) for each in found] == [
        ["first words", "second words"],
        ["2016", "2017"],
    ]


def test_what_each_screen_gives_away_arrives_and_opens(shown: Shown, tmp_path: Path) -> None:
    page = shown.page
    links = page.locator("main a").evaluate_all("(links) => links.map((link) => link.href)")
    files = [link for link in links if urlsplit(link).path.endswith((".csv", ".parquet", ".json"))]
    for address in dict.fromkeys(files):
        assert address.startswith(shown.site)
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


def test_a_view_of_each_screen_stands_in_its_address_and_opens_by_it_elsewhere(
    shown: Shown, elsewhere: Any
) -> None:
    page, filtered = shown.page, shown.page.locator("#filter-grain").count() > 0
    control, option, written = CHANGES.get(shown.name, USUAL_CHANGE)
    if not page.locator(control).count():
        assert shown.name in WITHOUT_FILTERS
        return
    before = page.url
    _choose(shown, control, option, written)
    if filtered and page.locator("main button[data-png]").count():
        _choose(shown, "#filter-compare", "Last year", "compare=year")
        assert page.evaluate(COMPARED), "no figure shows what it is compared with"
    there, told = page.url, page.evaluate(SAYS)
    assert elsewhere.open(there).evaluate(SAYS) == told
    while page.url != before:
        page.go_back()
    shown.watched.settle()
    page.wait_for_function(TOLD_OTHERWISE, arg=told)
    while page.url != there:
        page.go_forward()
    page.wait_for_function(TOLD, arg=told)
    exported = page.locator("main a[href*='.csv']").first
    if exported.count():
        address = str(exported.evaluate("(link) => link.href"))
        assert written in address
        opened(page, address)


def _choose(shown: Shown, control: str, option: str, written: str) -> None:
    shown.page.locator(control).click()
    shown.page.get_by_role("option", name=option, exact=True).click()
    shown.page.wait_for_url(f"**{written}**")
    shown.watched.settle()


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
    without_status(watched, name, empty=True)
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
    watched.answered_with(503)
