"""Pictures of every page of a running dashboard, light and dark, wide and narrow.

.venv/bin/python tests/browser/screenshots.py http://127.0.0.1:8050 var/screenshots
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = {
    "overview": "/",
    "innovation": "/innovation",
    "talent": "/talent",
    "research": "/research",
    "cloud": "/cloud",
    "ambition": "/ambition",
    "performance": "/performance",
    "data": "/data",
    "reports": "/reports",
    "metric": "/metrics/commits",
    "not-found": "/nowhere",
}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = {"wide": (1440, 950), "narrow": (390, 844)}
SETTLED = """() => document.querySelector("h1")
    && !document.querySelector('[data-dash-is-loading="true"]')
    && [...document.querySelectorAll(".dash-graph")].every((graph) => graph.querySelector(".main-svg"))
    && [...document.querySelectorAll("figure.grid")].every((grid) => grid.querySelector(".ag-row"))"""


def take(browser: Browser, address: str, folder: Path, wanted: list[str]) -> None:
    """One picture a page, theme and size; a page that does not come up within 30 s raises."""
    for theme in THEMES:
        for size, (width, height) in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if theme == "dark" else "light",
            )
            page = context.new_page()
            for name, path in PAGES.items():
                if wanted and name not in wanted:
                    continue
                answer = page.goto(address.rstrip("/") + path)
                expected = 404 if name == "not-found" else 200
                if answer is None or answer.status != expected:
                    sys.exit(
                        f"{address}{path} answered {answer.status if answer else 'nothing'}: is it running?"
                    )
                page.wait_for_function(SETTLED, timeout=30_000)
                page.screenshot(path=folder / f"{name}-{theme}-{size}.png", full_page=True)
            context.close()


def main() -> None:
    """Take the pictures of the address into the folder; names after them choose pages."""
    if len(sys.argv) < 3:
        sys.exit("Usage: screenshots.py ADDRESS FOLDER [PAGE…]")
    address, folder, *wanted = sys.argv[1:]
    unknown = set(wanted) - set(PAGES)
    if unknown:
        sys.exit(f"There is no page {', '.join(sorted(unknown))}: choose from {', '.join(PAGES)}")
    Path(folder).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        take(browser, address, Path(folder), wanted)
        browser.close()


if __name__ == "__main__":
    main()
