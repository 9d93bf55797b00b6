"""Contributors, a person and an organisation in a real browser: filters by keyboard, links, back."""

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
def site(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Iterator[str]:
    """Address of the dashboard over a made-up community whose numbers were computed from its facts."""
    community = _loaded(Path(__file__).parents[1] / "db" / "metrics" / "community.py")
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('people')}/people.db")
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


def test_people_are_filtered_by_keyboard_and_back_undoes_it(watched: Any, site: str) -> None:
    page = watched.open(f"{site}/contributors?grain=quarter")
    expect(page.locator("h1")).to_have_text("Contributors")
    expect(page.get_by_role("link", name="Contributors", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    everybody = page.locator("#list-contributors h2").inner_text()
    page.get_by_text("Filter by column").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Commits at least", exact=True).fill("3")
    page.keyboard.press("Enter")
    page.wait_for_url("**commits.min=3**")
    # The address changes before its rows have come.
    expect(page.locator("#list-contributors h2")).not_to_have_text(everybody)
    watched.settle()
    assert "grain=quarter" in page.url
    few = page.locator("#list-contributors h2").inner_text()
    assert int(few.split()[0]) < int(everybody.split()[0])
    chip = page.get_by_role("link", name="Do without: Commits at least 3")
    expect(chip).to_be_visible()
    page.locator("select[name='kind.is']").select_option("any")
    page.get_by_role("button", name="Show these rows").click()
    page.wait_for_url("**kind.is=any**")
    watched.settle()
    assert "commits.min=3" in page.url
    page.go_back()
    page.go_back()
    expect(page).to_have_url(f"{site}/contributors?grain=quarter")
    expect(page.locator("#list-contributors h2")).to_have_text(everybody)


def test_a_person_and_their_organisation_are_a_click_away(watched: Any, site: str) -> None:
    page = watched.open(f"{site}/contributors?affiliation_now.is=Google&kind.is=human")
    first = page.locator("#list-contributors tbody tr").first
    name = first.locator("td").first.inner_text()
    first.get_by_role("link").first.click()
    page.wait_for_url("**/contributors/*")
    watched.settle()
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    page.get_by_role("link", name="Google", exact=True).first.click()
    page.wait_for_url("**/organizations/Google")
    watched.settle()
    expect(page.locator("h1")).to_have_text("Google")
    expect(page.locator("#list-organization_people tbody tr").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="All rows: download as CSV").click()
    assert download.value.path().read_text().startswith("name,login,organisation,kind,first,last,commits")


@pytest.mark.parametrize(
    "path", ["/contributors", "/contributors/7", "/organizations", "/organizations/Nobody"]
)
def test_pages_of_people_fit_a_telephone_with_and_without_anything_in_them(
    narrow: Any, site: str, empty_site: str, path: str
) -> None:
    for address in (site, empty_site):
        page = narrow.open(address + path)
        expect(page.locator("h1")).to_have_count(1)
        wide = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, f"{address}{path} is wider than the screen"
    if path in ("/contributors/7", "/organizations/Nobody"):
        narrow.answered_with(404)


@pytest.mark.parametrize(
    "path", ["/contributors", "/contributors/7", "/organizations", "/organizations/Google"]
)
def test_pages_of_people_say_so_when_the_database_is_away(watched: Any, away_site: str, path: str) -> None:
    page = watched.open(away_site + path)
    expect(page.locator("h1")).to_have_text("The database does not answer")
    watched.answered_with(503)
