"""The digest fits a narrow window: nothing of it has to be scrolled sideways, every picture shows."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from dashboard.reports.digest import preview
from dashboard.site import Site


@pytest.mark.browser
def test_the_digest_fits_windows_from_320_to_1200_pixels_and_its_pictures_show(
    sqlite_engine: Engine, made_weeks: ModuleType, tmp_path: Path, chromium: Browser
) -> None:
    made_weeks.fill(sqlite_engine)
    asker = made_weeks.person(sqlite_engine, "Asker", "asker")
    made_weeks.opens(sqlite_engine, 1, asker, 100, title="x" * 300)  # one word, wider than any window
    digest = preview(
        sqlite_engine, made_weeks.Settings(tmp_path), "project", Site(sqlite_engine), made_weeks.NOW
    )
    page_file = tmp_path / "digest.html"
    page_file.write_text(digest.html, "utf-8")
    page = chromium.new_page()
    page.goto(page_file.as_uri())
    for width in (320, 380, 640, 1200):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shown = page.evaluate(
            "[...document.images].map((i) => [i.complete && i.naturalWidth > 0, i.clientWidth])"
        )
        assert len(shown) == 4
        assert all(loaded and 0.8 * min(width, 640) < wide <= 592 for loaded, wide in shown)
    page.close()
