"""What a reader sees and does in a real browser."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PATHS = (
    "/",
    "/innovation",
    "/talent",
    "/research",
    "/cloud",
    "/ambition",
    "/performance",
    "/data",
    "/reports",
    "/metrics/commits",
)
CHARTED = (
    "/",
    "/innovation",
    "/talent",
    "/research",
    "/cloud",
    "/ambition",
    "/performance",
    "/metrics/commits",
)


def last_point(page: Page, metric: str) -> Any:
    """x and y of the last point of a card's first trace."""
    return page.evaluate(
        """(metric) => {
            const graph = document.querySelector(`#card-${metric} .js-plotly-plot`);
            const trace = graph.data[0];
            return [trace.x.length, trace.x.at(-1), trace.y.at(-1)];
        }""",
        metric,
    )


@pytest.mark.parametrize("path", PATHS)
def test_each_page_comes_up_with_data(watched: Any, filled_site: str, path: str) -> None:
    page = watched.open(filled_site + path)
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("#simulated")).to_contain_text("Simulated data")
    expect(page.locator("#simulated")).to_contain_text("GITHUB_TOKEN")
    expect(page.get_by_role("status")).to_contain_text("2,400 of 5,946 rows")
    assert page.locator("html").get_attribute("lang") == "en"
    charts = page.locator(".js-plotly-plot").count()
    assert charts > 0 if path in CHARTED else charts >= 0
    for figure in page.locator("figure").all():
        assert len(figure.get_attribute("aria-label") or "") > 20


@pytest.mark.parametrize("path", ["/", "/cloud", "/performance", "/data", "/reports", "/metrics/commits"])
def test_each_page_without_data_says_why_and_what_to_do(watched: Any, empty_site: str, path: str) -> None:
    page = watched.open(empty_site + path)
    if path.startswith("/metrics/"):
        watched.answered_with(404)
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("#simulated")).to_have_count(0)
    told = page.locator("main").inner_text()
    assert "flowmeter" in told or "scheduler" in told or "Choose a goal" in told


@pytest.mark.parametrize("path", ["/", "/innovation", "/performance", "/data", "/reports"])
def test_each_page_says_that_the_database_is_away(watched: Any, away_site: str, path: str) -> None:
    page = watched.open(away_site + path)
    expect(page.locator("h1")).to_have_text("The database does not answer")
    assert "Traceback" not in page.content()
    watched.answered_with(503)


def test_a_filter_changes_the_address_and_the_chart_and_back_undoes_it(
    watched: Any, filled_site: str
) -> None:
    page = watched.open(f"{filled_site}/innovation")
    monthly = last_point(page, "commits")
    page.get_by_role("textbox", name="Length of a period").click()
    page.get_by_role("option", name="Quarterly").click()
    page.wait_for_url("**/innovation?grain=quarter")
    watched.settle()
    quarterly = last_point(page, "commits")
    assert quarterly[0] < monthly[0] / 2
    page.get_by_role("link", name="1 year").click()
    page.wait_for_url("**from=2023-03-01**")
    watched.settle()
    assert "grain=quarter" in page.url
    assert last_point(page, "commits")[0] < 6
    page.go_back()
    page.wait_for_url("**/innovation?grain=quarter")
    page.wait_for_function(
        "(points) => document.querySelector('#card-commits .js-plotly-plot')?.data?.[0].x.length === points",
        arg=quarterly[0],
    )
    page.go_back()
    page.wait_for_function(
        "(points) => document.querySelector('#card-commits .js-plotly-plot')?.data?.[0].x.length === points",
        arg=monthly[0],
    )
    assert page.url.endswith("/innovation")


def test_a_shared_link_opens_the_same_view_and_pages_keep_it(watched: Any, filled_site: str) -> None:
    page = watched.open(
        f"{filled_site}/innovation?scope=tensorflow/tensorflow&grain=year&from=2018-01-01&to=2020-12-31&compare=year"
    )
    assert (
        page.get_by_role("textbox", name="What the numbers are about").input_value()
        == "tensorflow/tensorflow"
    )
    assert last_point(page, "commits")[:2] == [3, "2020-01-01"]
    expect(page.locator("#card-new_contributors")).to_contain_text("Last year")
    page.get_by_role("navigation").get_by_role("link", name="Research").click()
    expect(page.locator("h1")).to_have_text("Research")
    assert "scope=tensorflow/tensorflow" in page.url
    assert "grain=year" in page.url


def test_an_address_that_asks_for_what_is_not_there_is_answered_in_words(
    watched: Any, filled_site: str
) -> None:
    page = watched.open(f"{filled_site}/innovation?grain=fortnight&scope=<script>alert(1)</script>")
    expect(page.get_by_role("alert")).to_contain_text("fortnight")
    expect(page.get_by_role("alert")).to_contain_text("<script>alert(1)</script>")
    assert page.locator(".js-plotly-plot").count() > 0


def test_the_table_view_shows_the_numbers_of_the_chart(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/innovation?grain=year")
    button = page.get_by_role("button", name="Are new people still arriving?: show as a table")
    button.click()
    panel = page.locator("#card-new_contributors .panel")
    expect(panel.locator("tbody tr").first).to_contain_text("2024")
    expect(panel.locator("tbody tr").first).to_contain_text("not complete")
    assert button.get_attribute("aria-expanded") == "true"
    charted = page.evaluate(
        "document.querySelector('#card-new_contributors .js-plotly-plot').data[0].y.at(-1)"
    )
    second = panel.locator("tbody tr").nth(1).locator("td").first.inner_text()
    assert float(second.replace(",", "")) == charted
    button.press("Enter")
    expect(panel.locator("tbody")).to_have_count(0)


def test_the_sql_of_a_metric_is_one_click_away(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/innovation")
    page.get_by_role("button", name="Who writes it?: show its SQL").click()
    expect(page.locator("#card-commits .panel pre")).to_contain_text("SELECT 1 -- commits")


def test_csv_and_picture_are_saved(watched: Any, filled_site: str, tmp_path: Path) -> None:
    page = watched.open(f"{filled_site}/innovation?grain=year")
    with page.expect_download() as csv_file:
        page.get_by_role("link", name="Who writes it?: download as CSV").click()
    path = tmp_path / "commits.csv"
    csv_file.value.save_as(path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert {row["grain"] for row in rows} == {"year"}
    assert {row["segment"] for row in rows} == {"steward", "organization", "independent", "unknown"}
    with page.expect_download() as picture:
        page.get_by_role("button", name="Who writes it?: save as PNG").click()
    saved = tmp_path / "commits.png"
    picture.value.save_as(saved)
    assert saved.read_bytes().startswith(b"\x89PNG")


def test_dark_is_chosen_remembered_and_needs_no_redraw(fresh: Any, filled_site: str) -> None:
    page = fresh.open(f"{filled_site}/innovation")

    def look() -> list[str]:
        found: list[str] = page.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
                getComputedStyle(document.querySelector("#card-commits .xtick text")).fill,
                getComputedStyle(document.querySelector("#card-commits .fills path")).fill]"""
        )
        return found

    light = look()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function("document.documentElement.dataset.mantineColorScheme === 'dark'")
    dark = look()
    assert all(before != after for before, after in zip(light, dark, strict=True))
    assert [url for url in asked if "_dash-update" in url] == []
    page.reload()
    fresh.settle()
    assert look() == dark


@pytest.mark.parametrize("path", ["/", "/talent", "/performance", "/data", "/reports", "/metrics/commits"])
def test_a_telephone_shows_every_page_without_scrolling_sideways(
    narrow: Any, filled_site: str, path: str
) -> None:
    page = narrow.open(filled_site + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.documentElement.dataset.mantineColorScheme") == "dark"


def test_the_keyboard_reaches_navigation_filters_and_cards(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/innovation")
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent || ''")
        )
    assert reached[0] == "Skip to the content"
    assert "Research" in reached
    assert "What the numbers are about" in reached
    assert "Light or dark" in reached
    assert any("show as a table" in name for name in reached)


def test_text_of_others_does_not_run(watched: Any, filled_site: str) -> None:
    alerts: list[str] = []
    watched.page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page = watched.open(f"{filled_site}/cloud")
    expect(page.get_by_role("heading", name="<img src=x onerror=alert(1)> **bold**").first).to_be_visible()
    assert alerts == []


def test_a_report_opens_from_the_list(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/reports")
    page.get_by_role("link", name="18 Mar 2024 – 24 Mar 2024").click()
    expect(page.locator("h1")).to_have_text("Weekly digest")


def test_an_address_that_leads_nowhere_says_so(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/nowhere/at/all")
    watched.answered_with(404)
    expect(page.locator("h1")).to_have_text("There is no such page")
    expect(page.get_by_role("navigation").get_by_role("link", name="Overview")).to_be_visible()


def test_the_sources_are_paged_sorted_and_filtered_and_no_other_page_pays_for_it(
    fresh: Any, filled_site: str
) -> None:
    asked: list[str] = []
    fresh.page.on("request", lambda request: asked.append(request.url))
    page = fresh.open(filled_site + "/")
    assert not [url for url in asked if "dash_ag_grid" in url]
    page.get_by_role("navigation").get_by_role("link", name="Data").click()
    grid = page.locator("#grid-sources")
    expect(grid.locator(".ag-center-cols-container .ag-row").first).to_be_visible()
    assert [url for url in asked if "dash_ag_grid" in url]
    rows = grid.get_by_role("columnheader", name="Rows")
    rows.click()
    expect(rows).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("navigation").get_by_role("link", name="Reports").click()
    expect(page.locator("h1")).to_have_text("Reports")
    page.go_back()
    expect(grid.locator(".ag-center-cols-container .ag-row").first).to_be_visible()


def test_published_facts_are_not_called_simulated(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/performance")
    expect(page.locator("#simulated")).to_contain_text("not on this page")
    page = watched.open(f"{filled_site}/innovation")
    expect(page.locator("#simulated")).to_contain_text("come from the bundled simulator")


def test_what_has_the_focus_shows_it(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/innovation")
    for name in ("What the numbers are about", "Length of a period", "What to compare with"):
        control = page.get_by_role("textbox", name=name)
        control.focus()
        assert control.evaluate("(field) => getComputedStyle(field).outlineStyle") == "solid"


def test_a_latency_budget_is_set_on_the_page_and_stands_in_the_address(
    watched: Any, filled_site: str
) -> None:
    page = watched.open(f"{filled_site}/performance")
    card = page.locator("#card-latency-budget")
    expect(card.locator("h2")).to_have_text("Who answers within 200 ms?")
    budget = page.get_by_label("Latency budget in milliseconds")
    budget.fill("50")
    budget.press("Enter")
    expect(card.locator("h2")).to_have_text("Who answers within 50 ms?")
    expect(page).to_have_url(re.compile(r"\?budget=50$"))
    watched.settle()
    card.get_by_role("button", name="show as a table").click()
    expect(card.locator(".plain-table tbody tr").first).to_contain_text("Hexagon DSP")
    card.get_by_role("button", name="show its SQL").click()
    expect(card.locator("pre.sql").first).to_contain_text("value <= :budget")
    expect(card.locator(".panel")).to_contain_text(":budget = 0.05")
    card.get_by_role("link", name="link to a page of its own").click()
    expect(page.locator("h1")).to_have_text("Who answers within 50 ms?")
