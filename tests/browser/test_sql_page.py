"""The SQL page in a browser: ask, cancel, fill in, draw and share; by keyboard, and on a telephone."""

from __future__ import annotations

import re
import tomllib

import pytest
from playwright.sync_api import Page, expect

from collector.configured_reports import ScheduledReport
from dashboard.sql_address import address_of
from db.adhoc.stored import stored
from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x > 0) SELECT COUNT(*) FROM n"
SLOW = 30_000


def opened(watched: Watched, site: str, address: str) -> Page:
    """The page at the address, ready to be asked."""
    watched.page.goto(site + address)
    watched.page.wait_for_selector("#sql-page[data-ready]", timeout=SLOW)
    return watched.page


def written(page: Page, text: str) -> None:
    """Replace what stands in the editor, by keyboard."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_a_stored_query_is_chosen_filled_in_run_drawn_and_shared(watched: Watched, filled_site: str) -> None:
    page = opened(watched, filled_site, "/sql")
    page.select_option("#sql-stored", "commits_by_segment")
    assert page.get_attribute("#sql-parameter-since", "type") == "date"
    page.select_option("#sql-stored", "numbers_of_a_metric")
    page.fill("#sql-parameter-grain", "year")
    page.click("#sql-run")
    page.wait_for_selector("#sql-rows .ag-row", timeout=SLOW)
    expect(page.locator("#sql-status")).to_contain_text(re.compile(r"\d+ rows in \d"))
    page.click("#sql-draw")
    page.wait_for_selector("#sql-chart .js-plotly-plot .scatterlayer path, #sql-chart .point", timeout=SLOW)
    assert "stored=numbers_of_a_metric" in page.url
    assert "p.grain=year" in page.url
    assert page.get_attribute("#sql-downloads a", "href").startswith("/api/sql.csv?")  # type: ignore[union-attr]
    shared = page.url.removeprefix(filled_site)
    rows = page.locator("#sql-status").inner_text().partition(" ")[0]
    opened(watched, filled_site, shared)
    page.wait_for_selector("#sql-rows .ag-row", timeout=SLOW)
    assert page.locator("#sql-status").inner_text().startswith(rows)
    assert page.input_value("#sql-parameter-grain") == "year"


def test_a_shared_query_waits_for_its_reader_and_an_error_is_shown_at_its_place(
    watched: Watched, filled_site: str
) -> None:
    page = opened(
        watched, filled_site, address_of("SELECT name\nFROM scopes WHERE name = :it AND (", {"it": "x"})
    )
    assert page.locator("#sql-rows .ag-row").count() == 0
    assert page.input_value("#sql-parameter-it") == "x"
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#sql-error:not(:empty)", timeout=SLOW)
    expect(page.locator("#sql-error")).to_contain_text("Line 2")
    assert page.locator(".cm-lintRange-error, .cm-lintPoint-error").count() > 0
    # The refusal itself is no fault of the page.
    watched.faults[:] = [each for each in watched.faults if "400" not in each]


def test_rows_are_text_and_a_long_query_stays_behind_the_sign(watched: Watched, filled_site: str) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    asked = f"SELECT '{hostile}' AS \"{hostile}\", 1 AS n -- {'long ' * 900}"
    address = address_of(asked)
    assert "#q=" in address
    page = opened(watched, filled_site, address)
    page.click("#sql-run")
    page.wait_for_selector("#sql-rows .ag-row", timeout=SLOW)
    assert page.locator("#sql-rows img").count() == 0
    expect(page.locator("#sql-rows .ag-cell").first).to_have_text(hostile)


def test_a_query_is_cancelled_by_keyboard_and_the_next_one_is_answered(
    watched: Watched, filled_site: str
) -> None:
    page = opened(watched, filled_site, "/sql")
    written(page, ENDLESS)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#sql-cancel")).to_be_enabled(timeout=SLOW)
    page.keyboard.press("Escape")
    expect(page.locator("#sql-status")).to_have_text("Cancelled.")
    written(page, "SELECT 41 + 1 AS answer")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#sql-rows .ag-row", timeout=SLOW)
    expect(page.locator("#sql-rows .ag-cell").first).to_have_text("42")
    page.locator("summary", has_text="What you asked before").click()
    expect(page.locator("#sql-history")).to_contain_text("SELECT 41 + 1 AS answer")


def test_tables_are_completed_and_nothing_overflows_on_a_telephone(narrow: Watched, filled_site: str) -> None:
    page = opened(narrow, filled_site, "/sql")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    written(page, "SELECT * FROM ")
    page.keyboard.type("metric_v")
    page.wait_for_selector(".cm-tooltip-autocomplete li", timeout=SLOW)
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("metric_values")
    # Tab leaves the editor, as it leaves any field.
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.cm-editor')") is None


ASKED = """SELECT name, 'a "b" \\\\n' AS "it's"
FROM scopes -- \\ and \"\"\"
WHERE name = :it AND kind <> :day"""


def test_what_to_paste_for_a_report_says_the_same_query_to_the_configuration(
    watched: Watched, filled_site: str
) -> None:
    page = opened(watched, filled_site, address_of(ASKED, {"it": 'x"\\', "day": "2024-01-01"}))
    page.locator("summary", has_text="Add to a report").click()
    page.click("#sql-copy")
    expect(page.locator("#sql-copied")).not_to_be_empty()

    def pasted() -> ScheduledReport:
        lines = page.locator("#sql-report").text_content() or ""
        told = tomllib.loads(f'[[reports]]\nname = "weekly"\n\n{lines}')
        return ScheduledReport(**told["reports"][0])

    (query,) = pasted().queries
    assert query.sql == ASKED
    assert query.parameters == {"it": 'x"\\', "day": "2024-01-01"}
    page.select_option("#sql-stored", "numbers_of_a_metric")
    page.fill("#sql-parameter-grain", "year")
    (query,) = pasted().queries
    assert (query.query, query.sql) == ("numbers_of_a_metric", "")
    assert query.parameters == {"grain": "year"}
    assert query.title == stored("numbers_of_a_metric").question[:120]


def test_the_sql_of_a_card_opens_here(watched: Watched, filled_site: str) -> None:
    page = watched.page
    page.goto(f"{filled_site}/metrics/commits")
    page.get_by_role("link", name="the numbers of this card").click(timeout=SLOW)
    page.wait_for_selector("#sql-page[data-ready]", timeout=SLOW)
    page.wait_for_selector("#sql-rows .ag-row", timeout=SLOW)
    assert page.input_value("#sql-parameter-metric") == "commits"
