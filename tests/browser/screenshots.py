"""Pictures of every page of a running dashboard: light and dark, on a desk, a telephone and a wall.

.venv/bin/python tests/browser/screenshots.py http://127.0.0.1:8050 var/screenshots [PAGE…]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright
from screens import FLAGS, NAMES, SETTLED, screens

CHROMIUM = "/usr/bin/chromium"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = {"wide": (1440, 950), "narrow": (390, 844), "wall": (2560, 1440)}


def take(browser: Browser, address: str, folder: Path, pages: dict[str, str]) -> None:
    """One picture a page, theme and size; a page that does not come up within 30 s raises."""
    for theme in THEMES:
        for size, (width, height) in SIZES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
            page = context.new_page()
            for name, path in pages.items():
                answer = page.goto(address + path)
                # A page of one thing may be of none: it says so itself.
                if answer is None or answer.status not in (200, 404):
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
    unknown = set(wanted) - set(NAMES)
    if unknown:
        sys.exit(f"There is no page {', '.join(sorted(unknown))}: choose from {', '.join(NAMES)}")
    address = address.rstrip("/")
    pages = {name: path for name, path in screens(address).items() if not wanted or name in wanted}
    Path(folder).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        take(browser, address, Path(folder), pages)
        browser.close()


if __name__ == "__main__":
    main()
