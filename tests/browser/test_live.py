"""Open pages: newer numbers, figures in turn, and never the figures of a filter that was left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any

import pytest
from dash import Dash
from playwright.sync_api import Page, Route, expect
from sqlalchemy import Engine, update

from dashboard.app import create_app
from db.changes import begin_refresh
from db.engine import connect, writing
from db.schema import Record, table
from db.upsert import upsert

pytestmark = pytest.mark.browser
LAST = """() => {
    const graph = document.querySelector("#card-commits .js-plotly-plot");
    const trace = graph && graph.data ? graph.data[0] : { x: [], y: [] };
    return [trace.x.length, trace.y.at(-1)];
}"""
DRAWN = """() => [...document.querySelectorAll(".dash-graph")]
    .filter((one) => one.querySelector(".main-svg")).length"""


@pytest.fixture
def open_site(
    made_up: ModuleType, tmp_path: Any, serve: Callable[[Engine, Dash], Iterator[str]]
) -> Iterator[tuple[str, Engine]]:
    """Address and database of a dashboard whose numbers a test may change."""
    engine = connect(f"sqlite:///{tmp_path}/open.db")
    Record.metadata.create_all(engine)
    made_up.fill(engine)
    for address in serve(engine, create_app(engine, now=lambda: made_up.NOW)):
        yield address, engine


def refreshed(engine: Engine, value: float) -> None:
    """What a refresh leaves that computed another number of commits."""
    held = table("metric_values")
    row = {
        "metric": "commits",
        "refreshed_at": datetime(2026, 10, 3, 8, tzinfo=UTC),
        "facts_until": date(2026, 10, 2),
        "seconds": 0.1,
        "rows": int(value),
    }
    with writing(engine).begin() as connection:
        begin_refresh(connection, [])
        connection.execute(update(held).where(held.c.metric == "commits").values(value=value))
        upsert(connection, table("metric_refreshes"), [row])


def asked_live(page: Page) -> None:
    """Have the page ask at once, as it does every few seconds, and wait for the answer."""
    with page.expect_response("**/live"):
        page.evaluate("() => flowmeterLook()")


def test_an_open_page_says_that_there_is_new_data_and_moves_nothing_before_it_is_asked(
    watched: Any, open_site: tuple[str, Engine]
) -> None:
    address, engine = open_site
    page = watched.open(address + "/metrics/commits?grain=quarter")
    before = page.evaluate(LAST)
    asked_live(page)
    expect(page.locator("#new-data")).to_have_count(0)
    place = page.locator("#card-commits").bounding_box()
    refreshed(engine, 4_242)
    asked_live(page)
    notice = page.locator("#new-data")
    expect(notice).to_contain_text("There is new data.")
    assert page.locator("#card-commits").bounding_box() == place
    assert page.evaluate(LAST) == before
    notice.get_by_role("button", name="Show").click()
    page.wait_for_function(f"() => ({LAST})()[1] === 4242")
    expect(notice).to_have_count(0)
    assert page.url.endswith("/metrics/commits?grain=quarter")
    assert page.evaluate(LAST)[0] == before[0]


def test_a_page_that_has_nothing_to_show_yet_fills_by_itself(
    watched: Any, open_site: tuple[str, Engine]
) -> None:
    address, engine = open_site
    held = table("metric_values")
    with engine.connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(held.select())]
    with writing(engine).begin() as connection:
        connection.execute(held.delete())
    page = watched.page
    page.goto(address + "/metrics/commits")
    expect(page.locator("main .empty").first).to_be_visible()
    with writing(engine).begin() as connection:
        upsert(connection, held, rows)
    refreshed(engine, 77)
    asked_live(page)
    page.wait_for_function(f"() => document.querySelector('#card-commits .main-svg') && ({LAST})()[1] === 77")
    expect(page.locator("#new-data")).to_have_count(0)


def test_a_tab_that_nobody_sees_asks_nothing(watched: Any, open_site: tuple[str, Engine]) -> None:
    page = watched.open(open_site[0] + "/metrics/commits")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => {
            Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
            flowmeterLook();
        }"""
    )
    # A question of the page's own comes after whatever `flowmeterLook` would have asked.
    page.evaluate("() => fetch('/healthz').then((answer) => answer.text())")
    assert [url.rpartition("/")[2] for url in asked] == ["healthz"]


def test_a_late_answer_for_a_filter_that_was_left_is_never_shown(watched: Any, filled_site: str) -> None:
    page = watched.open(filled_site + "/metrics/commits")
    late: list[Route] = []

    def hold(route: Route) -> None:
        body = route.request.post_data or ""
        if "_pages_content" in body and "grain=quarter" in body:
            late.append(route)
        else:
            route.continue_()

    page.route("**/_dash-update-component*", hold)
    choose(page, "Quarterly")
    page.wait_for_function("() => location.search.includes('grain=quarter')")
    choose(page, "Yearly")
    page.wait_for_function(f"() => document.querySelector('#card-commits .main-svg') && ({LAST})()[0] < 20")
    watched.settle()
    yearly = page.evaluate(LAST)
    assert len(late) == 1
    with page.expect_response(lambda answer: "grain=quarter" in (answer.request.post_data or "")):
        late[0].continue_()
    # Long enough for Dash to take the answer up and for React to show it, were it to.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestIdleCallback(done)))")
    assert "grain=year" in page.url
    assert page.evaluate(LAST) == yearly
    assert page.locator("#filter-grain").input_value() == "Yearly"


def choose(page: Page, title: str) -> None:
    """Choose a length of periods."""
    page.click("#filter-grain")
    page.get_by_role("option", name=title).click()


def test_figures_out_of_view_are_drawn_when_they_are_reached_or_when_nothing_else_is_to_do(
    fresh: Any, filled_site: str
) -> None:
    page = fresh.page
    page.add_init_script(
        """window.whenIdle = [];
        window.requestIdleCallback = (call) => whenIdle.push(call);
        window.cancelIdleCallback = () => whenIdle.pop();"""
    )
    page.goto(filled_site + "/innovation")
    page.wait_for_function("() => window.whenIdle.length > 0")
    all_of_them, drawn = page.locator(".dash-graph").count(), page.evaluate(DRAWN)
    assert 0 < drawn < all_of_them
    page.locator(".dash-graph").last.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.dash-graph')].at(-1).querySelector('.main-svg')"
    )
    page.evaluate(
        """() => {
            window.requestIdleCallback = (call) => setTimeout(call);
            whenIdle.splice(0).forEach((call) => call());
        }"""
    )
    page.wait_for_function(f"() => ({DRAWN})() === {all_of_them}")
