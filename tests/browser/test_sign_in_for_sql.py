"""Where only the SQL page needs signing in: what a visitor sees of it, and who signed in does with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from dashboard.app import create_app
from dashboard.signing_in.settings import Proxy, SignIn
from db.engine import connect
from db.schema import Record

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(made_up: ModuleType, tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Iterator[str]:
    """Address of a dashboard whose proxy signs people in, for SQL and settings alone."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('shut')}/shut.db")
    Record.metadata.create_all(engine)
    made_up.fill(engine)
    proxy = Proxy((ip_network("127.0.0.0/8"),))
    sign_in = SignIn(proxy, whole_site=False, email_domains=frozenset({"example.org"}))
    yield from serve(engine, create_app(engine, now=lambda: made_up.NOW, sign_in=sign_in))


def test_a_visitor_reads_everything_but_sql_and_is_told_why_on_whichever_way_they_come(
    watched: Any, site: str
) -> None:
    page = watched.open(f"{site}/innovation")
    expect(page.locator("figure").first).to_be_visible()
    page.get_by_role("navigation").first.get_by_role("link", name="SQL", exact=True).click()
    expect(page.locator("h1")).to_have_text("Not for everybody")
    expect(page.get_by_role("alert")).to_contain_text("Only people who have signed in see this.")
    expect(page.get_by_role("alert")).to_contain_text("Come through the proxy that signs people in.")
    assert page.locator("#sql-page").count() == 0
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.locator("#card-commits")).to_be_visible()
    answer = page.goto(f"{site}/sql?run=1")
    assert answer is not None
    assert answer.status == 401
    expect(page.locator("h1")).to_have_text("Not for everybody")
    page.get_by_role("link", name="To the first page").click()
    watched.settle()
    refused = page.context.request.get(f"{site}/api/sql.json?q=SELECT+1")
    assert refused.status == 401
    assert refused.json() == {
        "errors": ["Only people who have signed in see this. Come through the proxy that signs people in."]
    }
    asked = {"output": "sql-result.children", "inputs": [], "changedPropIds": []}
    assert page.context.request.post(f"{site}/_dash-update-component", data=asked).status == 401
    # Chromium says of the page that was refused that it was.
    assert [fault for fault in watched.faults if "401" not in fault] == []
    watched.faults.clear()


def test_who_came_through_the_proxy_asks_in_sql(
    chromium: Browser, watch: Callable[..., Any], site: str
) -> None:
    context = chromium.new_context(
        extra_http_headers={"X-Forwarded-User": "ada", "X-Forwarded-Email": "ada@example.org"}
    )
    context.set_default_timeout(60_000)
    watched = watch(context)
    page = watched.open(f"{site}/innovation")
    page.get_by_role("navigation").first.get_by_role("link", name="SQL", exact=True).click()
    page.wait_for_selector("#sql-page[data-ready]")
    page.select_option("#sql-stored", "numbers_of_a_metric")
    page.fill("#sql-parameter-grain", "year")
    page.click("#sql-run")
    page.wait_for_selector("#sql-rows .ag-row")
    expect(page.get_by_role("navigation").first).to_contain_text("ada")
    assert watched.faults == []
    context.close()
