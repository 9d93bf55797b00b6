"""Datasette's view of the same numbers: the values behind a page's charts, as a table in a browser."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from visits.browser import Visit, chromium, middle, reader
from visits.views import fetched

#: What the overview draws in charts.
METRICS = ("commits", "new_contributors", "contributors", "outside_share_of_commits")
GRAINS = ("month", "quarter", "year", "week")
#: The table is Datasette's headline and its figures; its script adds menus only.
WATCH = """
(() => {
  const marks = { from: 0 };
  window.flowmeterMarks = marks;
  const look = () => {
    const title = document.querySelector("h1");
    if (title && title.textContent.trim() && marks.headline === undefined) marks.headline = performance.now();
    if (document.readyState === "complete" && document.querySelector("table.rows-and-columns tbody tr")
        && marks.all === undefined) marks.inView = marks.all = performance.now();
    if (marks.all === undefined) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


def paths(file: Path) -> list[str]:
    """Addresses of the numbers of the whole project, by metric and grain."""
    with sqlite3.connect(file) as connection:
        scope = connection.execute("SELECT scope_id FROM scopes WHERE name = 'project'").fetchone()[0]
    return [
        f"/{file.stem}/metric_values?"
        + urlencode(
            {"metric": metric, "scope_id": scope, "grain": grain, "_sort_desc": "period", "_size": 100}
        )
        for metric in METRICS
        for grain in GRAINS
    ]


def visited(port: int, file: Path, times: int) -> tuple[Visit, Visit]:
    """A first visit with an empty profile, and the same page for another grain in the same profile."""
    first: list[Visit] = []
    change: list[Visit] = []
    addresses = [f"http://127.0.0.1:{port}{path}" for path in paths(file)]
    with chromium() as browser:
        for _ in range(times):
            with reader(browser, WATCH) as one:
                first.append(one.open(addresses[0]))
                change.append(one.open(addresses[1]))
    return middle(first), middle(change)


def timed(port: int, file: Path) -> list[float]:
    """Milliseconds of each address, asked for one after the other."""
    return [fetched(port, path) for path in paths(file)]


def order(port: int, file: Path) -> dict[str, Any]:
    """What readers of it do: go from one table to another."""
    return {"port": port, "opening": [], "changing": [], "pages": paths(file)}
