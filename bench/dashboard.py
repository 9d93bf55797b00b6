"""How fast the dashboard is for those who read it, beside Datasette over the same file.

    .venv/bin/python bench/dashboard.py [--database URL] [--short] [--readers 50] [--seconds 120] [--think 4]

Without a database it makes one of tensorflow/tensorflow's size first (about two minutes). A SQLite file is
copied, and the copy measured, because a collection writes while the readers click; into a PostgreSQL
database it writes. `flowmeter serve` answers, as in the compose file. One reader comes in Chromium, with
an empty profile each time: when the headline stands, when the figures in view are drawn and when all are,
and how many bytes came; then filters and navigation. The server's part of each view is measured over
HTTP, once when nothing of it can be kept yet and once again. At last many readers click at once.
Datasette (installed from PyPI for it, else left out with a word) shows a table of the same numbers.
`--short` measures each thing once, and lets few readers click for a short while.

Prints one table: figure, limit, what Datasette takes, and the ratio. Exit status 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from metrics import fill
from visits import peer, views
from visits.browser import Reader, Visit, chromium, middle, reader
from visits.crowd import Crowd, crowd
from visits.figures import Figure, table
from visits.serving import collecting, dashboard, datasette, install_datasette

from db.engine import connect
from db.metrics.refresh import copy_file, refresh
from db.migration import upgrade

#: Milliseconds and bytes that a page may take.
HEADLINE, COMPLETE, REDRAW, NAVIGATION = 1_000, 2_500, 300, 600
SERVER_MEDIAN, SERVER_SLOW, CROWD_SLOW = 30, 100, 400
#: What one reader chooses there, and where it goes from the overview.
GRAINS = ("Quarterly", "Yearly", "Monthly")
PLACES = ("Innovation", "Ambition", "Talent", "Overview")
FIRST_WEIGHT, LATER_WEIGHT = 2_200_000, 100_000


@dataclass(frozen=True)
class Effort:
    """How often each thing is measured, and how many readers click for how long, thinking between clicks."""

    times: int
    readers: int
    seconds: float
    think: float


def stage(what: str) -> None:
    """Say on standard error what begins: preparing takes longer than measuring."""
    print(f"{datetime.now(UTC):%H:%M:%S} {what}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Peer:
    """What Datasette took for its own view of the numbers."""

    first: Visit
    change: Visit
    server: list[float]
    crowd: Crowd


@dataclass(frozen=True)
class Seen:
    """What a browser asked to open a page (scripts in its cache), and the bodies of a change of filters."""

    opening: list[dict[str, Any]]
    changing: list[dict[str, Any]]


def seen(database: str) -> Seen:
    """Watch a browser, so that what asks over HTTP afterwards asks as it does."""
    with dashboard(database) as port, chromium() as browser, reader(browser) as one:
        one.open(f"http://127.0.0.1:{port}/")
        one.open(f"http://127.0.0.1:{port}/")
        opening = views.asked(one.weighed.requests)
        one.choose("filter-grain", "Quarterly")
        return Seen(opening, views.callbacks(one.weighed.requests))


def visits(database: str, effort: Effort, beside: Peer | None) -> list[Figure]:
    """What one reader in Chromium sees."""
    cold: list[Visit] = []
    warm: list[Visit] = []
    again: list[Visit] = []
    changed: list[Visit] = []
    moved: list[Visit] = []
    with chromium() as browser:
        for _ in range(effort.times):
            with dashboard(database) as port, reader(browser) as one:
                cold.append(one.open(f"http://127.0.0.1:{port}/"))
        with dashboard(database) as port:
            address = f"http://127.0.0.1:{port}/"
            with reader(browser) as one:
                one.open(address)
            for turn in range(effort.times):
                with reader(browser) as one:
                    warm.append(one.open(address))
                    if turn == 0:
                        _tell(one)
                    again.append(one.open(address))
                    changed += [one.choose("filter-grain", title) for title in GRAINS]
                    moved += [one.follow(place) for place in PLACES]
    cold_visit, warm_visit = middle(cold), middle(warm)
    first = beside.first if beside else None
    other = beside.change if beside else None
    return [
        Figure(
            "first visit, cold server: headline",
            cold_visit.headline,
            "ms",
            HEADLINE,
            first and first.headline,
        ),
        Figure(
            "first visit, cold server: figures in view",
            cold_visit.in_view,
            "ms",
            COMPLETE,
            first and first.all,
        ),
        Figure("first visit, cold server: all figures", cold_visit.all, "ms", COMPLETE, first and first.all),
        Figure(
            "first visit, warm server: headline",
            warm_visit.headline,
            "ms",
            HEADLINE,
            first and first.headline,
        ),
        Figure(
            "first visit, warm server: figures in view",
            warm_visit.in_view,
            "ms",
            COMPLETE,
            first and first.all,
        ),
        Figure("first visit, warm server: all figures", warm_visit.all, "ms", COMPLETE, first and first.all),
        Figure(
            "a filter changes: figures in view", middle(changed).in_view, "ms", REDRAW, other and other.all
        ),
        Figure("a filter changes: all figures", middle(changed).all, "ms", None, other and other.all),
        Figure("navigation: figures in view", middle(moved).in_view, "ms", NAVIGATION, other and other.all),
        Figure("navigation: the slowest page, in view", max(v.in_view for v in moved), "ms", NAVIGATION),
        Figure("navigation: all figures", middle(moved).all, "ms", None, other and other.all),
        Figure("weight of a first visit", warm_visit.bytes, "bytes", FIRST_WEIGHT, first and first.bytes),
        Figure("weight of the next visit", middle(again).bytes, "bytes", LATER_WEIGHT, other and other.bytes),
        Figure(
            "weight of the heaviest click", max(v.bytes for v in (*changed, *moved)), "bytes", LATER_WEIGHT
        ),
    ]


def _tell(one: Reader) -> None:
    heaviest = sorted(one.weighed.by_address.items(), key=lambda entry: -entry[1])[:8]
    print("\nheaviest of a first visit:")
    for address, size in heaviest:
        print(f"{size / 1000:10,.1f} kB  {address[:100]}")


def served(database: str, watched: Seen, beside: Peer | None) -> list[Figure]:
    """The server's part of each view, over HTTP, one after the other."""
    with dashboard(database) as port:
        first, again = views.timed(port, watched.changing), views.timed(port, watched.changing)
    print("\nslowest views of the server:")
    for milliseconds, name in sorted(((value, name) for name, value in first.items()), reverse=True)[:10]:
        print(f"{milliseconds:10,.0f} ms  {name}")
    other = beside.server if beside else []
    return [
        *views.told(
            "server, view asked for the first time", list(first.values()), SERVER_MEDIAN, SERVER_SLOW, other
        ),
        *views.told("server, view asked for again", list(again.values()), SERVER_MEDIAN, SERVER_SLOW, other),
    ]


def many(database: str, effort: Effort, watched: Seen, beside: Peer | None) -> list[Figure]:
    """Many readers at once, while a collection writes."""
    stage("readers: the server and the collection start; the collection first computes all numbers")
    with dashboard(database) as port, collecting(database):
        stage(f"readers: {effort.readers} of them click for {effort.seconds:.0f} s")
        order = {
            "port": port,
            "opening": watched.opening,
            "changing": watched.changing,
            "paths": views.PATHS,
            "queries": views.QUERIES,
        }
        held = crowd(order, effort.readers, effort.seconds, effort.think)
    held.tell()
    what = f"{effort.readers} readers, {effort.seconds:.0f} s, {len(held.all):,} clicks"
    other = beside.crowd if beside else None
    return [
        Figure(f"{what}: median", held.at(0.5), "ms", None, other and other.at(0.5)),
        Figure(f"{what}: p95", held.at(0.95), "ms", CROWD_SLOW, other and other.at(0.95)),
        Figure(f"{what}: faults", held.faults, "", 0, other and float(other.faults)),
    ]


def peers(file: Path | None, effort: Effort, folder: Path) -> Peer | None:
    """Datasette over the same file; None where there is no SQLite file or it cannot be installed."""
    programs = install_datasette(folder) if file else None
    if file is None:
        print("SKIPPED LOUDLY: no figures of Datasette, which reads SQLite files alone")
    if file is None or programs is None:
        return None
    with datasette(programs, file) as port:
        first, change = peer.visited(port, file, effort.times)
        server = peer.timed(port, file)
        held = crowd(peer.order(port, file), effort.readers, effort.seconds, effort.think)
    return Peer(first, change, server, held)


@contextmanager
def measured(url: str | None) -> Iterator[tuple[str, Path | None]]:
    """The database that is measured, and its file where it is one: a copy, or a new one of full size."""
    given = connect(url) if url else None
    if given is not None and given.dialect.name != "sqlite":
        given.dispose()
        yield str(url), None
        return
    with tempfile.TemporaryDirectory(prefix="flowmeter-bench-") as folder:
        file = Path(folder) / "flowmeter.db"
        if given is not None:
            original = Path(str(given.url.database))
            with sqlite3.connect(original) as source, sqlite3.connect(file) as target:
                source.backup(target)
            columns = copy_file(given)
            if columns is not None and columns.exists():
                shutil.copy(columns, file.with_suffix(".columns.duckdb"))
            given.dispose()
            copied = connect(f"sqlite:///{file}")
            upgrade(copied)
            copied.dispose()
        else:
            engine = connect(f"sqlite:///{file}")
            fill(engine, 1.0)
            refresh(engine, now=datetime.now(UTC), copy=copy_file(engine))
            engine.dispose()
        yield f"sqlite:///{file}", file


def main() -> int:
    """Measure everything and print the table."""
    os.environ.setdefault("FLOWMETER_IDENTITY_KEY", "a key for measuring")
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--database")
    ask.add_argument("--short", action="store_true")
    ask.add_argument("--readers", type=int)
    ask.add_argument("--seconds", type=float)
    ask.add_argument("--think", type=float, default=4.0, help="mean seconds between two clicks of a reader")
    ask.add_argument("--only", action="append", choices=["visits", "server", "readers"])
    ask.add_argument("--without-peer", action="store_true", help="leave Datasette out")
    want = ask.parse_args()
    usual = (1, 10, 15.0) if want.short else (5, 50, 120.0)
    effort = Effort(usual[0], want.readers or usual[1], want.seconds or usual[2], want.think)
    stage("the database is copied" if want.database else "a database of full size is made")
    with measured(want.database) as (database, file), tempfile.TemporaryDirectory() as folder:
        stage("Datasette" if not want.without_peer else "a browser is watched")
        beside = None if want.without_peer else peers(file, effort, Path(folder))
        watched = seen(database)
        stage("measuring")
        parts = {
            "visits": lambda: visits(database, effort, beside),
            "server": lambda: served(database, watched, beside),
            "readers": lambda: many(database, effort, watched, beside),
        }
        figures = [figure for name in want.only or parts for figure in parts[name]()]
    print("\n" + table(figures, "Datasette"))
    return 1 if any(figure.missed for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
