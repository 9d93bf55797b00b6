"""A page stands before its scripts have run, is taken over where it stands, and asks for nothing twice."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

#: Where the parts of a page stand, by their order.
PLACES = """() => [...document.querySelectorAll(
    "h1, .lead, .banner, .navigation, .nav-link, .status, .shortcut, .score, .cards > .card, .card-foot"
)].map((part) => {
  const box = part.getBoundingClientRect();
  return [part.textContent.slice(0, 30), box.left, box.top, box.width, box.height];
})"""


@pytest.mark.parametrize("path", ["/", "/innovation", "/contributors"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_page_stands_before_its_scripts_and_is_taken_over_without_a_jump(
    chromium: Browser, filled_site: str, path: str, width: int
) -> None:
    def stands(page: Page, root: str) -> Any:
        page.goto(filled_site + path)
        expect(page.locator(f"{root} main h1")).to_be_visible()
        return page.evaluate(PLACES)

    size: ViewportSize = {"width": width, "height": 900}
    with chromium.new_context(viewport=size, locale="en") as context:
        page = context.new_page()
        page.route("**/*.js*", lambda route: route.abort())
        plain = stands(page, "#first")
    with chromium.new_context(viewport=size, locale="en") as context:
        page = context.new_page()
        made = stands(page, "#react-entry-point")
        expect(page.locator("#first")).to_have_count(0)
        expect(page.locator("h1")).to_have_count(1)
    assert [part[0] for part in plain] == [part[0] for part in made]
    for before, after in zip(plain, made, strict=True):
        assert before[1:] == pytest.approx(after[1:], abs=1.5), before[0]


def test_a_page_asks_for_nothing_that_came_with_it_and_later_ones_are_asked_for(
    watched: Any, filled_site: str
) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/_dash-" in request.url and "/_dash-component-suites/" not in request.url:
            asked.append(request.post_data or request.url)

    watched.page.on("request", note)
    page = watched.open(f"{filled_site}/?grain=quarter")
    assert not [one for one in asked if "_pages_content" in one or "_dash-layout" in one or "depend" in one]
    page.locator(".navigation").get_by_role("link", name="Talent", exact=True).click()
    expect(page.locator("h1")).to_have_text("Talent")
    assert len([one for one in asked if "_pages_content" in one]) == 1
    # Back to where the document was: asked for anew, since numbers may have changed.
    page.go_back()
    expect(page.locator("h1")).to_contain_text("came from outside")
    assert len([one for one in asked if "_pages_content" in one]) == 2


def test_whoever_comes_back_from_another_site_sees_the_filter_that_was_chosen(
    watched: Any, filled_site: str
) -> None:
    page = watched.open(f"{filled_site}/innovation")
    page.click("#filter-grain")
    page.get_by_role("option", name="Yearly", exact=True).click()
    page.wait_for_url("**/innovation?grain=year")
    watched.settle()
    page.goto(f"{filled_site}/api")
    page.go_back()
    watched.settle()
    expect(page.locator("#filter-grain")).to_have_value("Yearly")


def test_the_focus_stays_on_its_link_when_the_page_is_taken_over(watched: Any, filled_site: str) -> None:
    page: Page = watched.page
    page.add_init_script(
        """new MutationObserver((_changes, watching) => {
             const link = document.querySelector('#first .navigation a[href="/talent"]');
             if (link) { watching.disconnect(); link.focus(); }
           }).observe(document, { childList: true, subtree: true });"""
    )
    watched.open(filled_site)
    expect(page.locator('#react-entry-point .navigation a[href="/talent"]')).to_be_focused()
