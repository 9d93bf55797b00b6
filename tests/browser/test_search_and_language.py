"""Searching and choosing a language, by keyboard alone, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_search_opens_finds_and_goes_by_the_keyboard_alone(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/innovation?grain=year")
    page.get_by_role("textbox", name="Length of a period").focus()
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Search")
    field = dialog.get_by_role("combobox")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("data")
    first = dialog.get_by_role("group", name="Pages").get_by_role("option", name="Data")
    expect(first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == first.get_attribute("id")
    field.fill("new people")
    option = dialog.get_by_role("group", name="Metrics").get_by_role("option").first
    expect(option).to_contain_text("Are new people still arriving?")
    expect(dialog.get_by_role("status")).to_have_text(re.compile("^[0-9]+ found$"))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("textbox", name="Length of a period")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(field).to_have_value("")
    field.press_sequentially("tensorflow")
    options = dialog.get_by_role("option")
    expect(options.nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    field.fill("who writes it")
    expect(options.first).to_contain_text("Who writes it?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/metrics/commits")
    watched.settle()
    expect(page.locator("h1")).to_have_text("Who writes it?")
    page.go_back()
    expect(page).to_have_url(f"{filled_site}/innovation?grain=year")


def test_what_is_found_nowhere_or_too_short_is_told_and_is_text(watched: Any, filled_site: str) -> None:
    page = watched.open(filled_site)
    page.get_by_role("button", name="Search").click()
    dialog = page.get_by_role("dialog", name="Search")
    field = dialog.get_by_role("combobox")
    field.fill("x")
    expect(dialog.get_by_role("status")).to_have_text("Write 2 letters or more.")
    field.fill("<img src=x onerror=alert(1)>")
    expect(dialog.get_by_role("option").first).to_contain_text("<img src=x onerror=alert(1)>")
    assert dialog.locator("img").count() == 0
    field.fill("nothing is called like this")
    expect(dialog.get_by_role("status")).to_have_text("Nothing is called so.")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Search")).to_be_focused()


def test_korean_is_chosen_in_the_header_and_the_view_stays(fresh: Any, filled_site: str) -> None:
    page = fresh.open(f"{filled_site}/innovation?grain=year")
    link = page.get_by_role("link", name="한국어")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/innovation?grain=year&lang=ko")
    fresh.settle()
    assert page.locator("html").get_attribute("lang") == "ko"
    expect(page.locator("h1")).to_have_text("혁신")
    expect(page.get_by_role("navigation").first).to_contain_text("개요")
    page.get_by_role("navigation").first.get_by_role("link", name="데이터").click()
    expect(page.locator("h1")).to_have_text("데이터")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").last.fill("인재")
    expect(page.get_by_role("option").first).to_contain_text("인재")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/data?lang=en")
    expect(page.locator("h1")).to_have_text("Data")


def test_the_switch_keeps_what_was_chosen_after_the_page_came(fresh: Any, filled_site: str) -> None:
    page = fresh.open(f"{filled_site}/data")
    rows = page.locator("#grid-sources").get_by_role("columnheader", name="Rows")
    rows.click()
    expect(page).to_have_url(f"{filled_site}/data?sources.sort=rows")
    page.get_by_role("link", name="한국어").click()
    expect(page).to_have_url(f"{filled_site}/data?sources.sort=rows&lang=ko")
