"""What ad hoc SQL costs: over a bare connection, in memory for a million rows, and for those who read pages.

    .venv/bin/python bench/sql.py [--database URL] [--port 8391] [--only query|memory|pages]

Without a database it works on a fresh SQLite file with the tables and no facts; pages weigh more over a
full one (`bench/metrics.py` makes it), and that is what readers feel. Prints a line for each promise. Exit
status 1 when one is missed: a query through the safe path costs at most 15 ms more than on a bare connection;
a million rows as CSV take no more than 64 MB more than a thousand; with eight hostile queries at once the p95
of the pages moves by less than a fifth, for whole visits and changes of filters that are asked for the first
time and again. One kept answer, asked over and over, is the hardest case, and is told without a promise: it
takes so little that any other process on the machine weighs on it.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import multiprocessing.synchronize
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import Engine, make_url
from visits.readers import Visitor
from visits.views import PATHS, fetched

# Beside this script lies one that is called as a room of the code is.
sys.path.remove(str(Path(__file__).resolve().parent))

from dashboard.sql_rows import pieces
from db import migration
from db.adhoc.limits import Limits
from db.adhoc.query import run, stream
from db.engine import connect
from db.metrics.refresh import refresh

OVERHEAD = 0.015
GROWTH = 64 * 1024 * 1024
MOVED = 1.2
HOSTILE = 8
#: The slowest twentieth moves by chance: rounds go on until so many seconds are over, with so many
#: requests for one kept answer in each.
SECONDS, FEWEST, REQUESTS = 80.0, 2, 60
#: What is chosen on each page, beside a first day that nobody has asked for before.
CHOICES = ("", "&grain=quarter", "&scope=tensorflow/tensorflow")
EARLIEST = date(2017, 1, 2)
ASKED = "SELECT name, title FROM scopes ORDER BY position"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x > 0) SELECT COUNT(*) FROM n"
PAGE = {
    "output": ".._pages_content.children..._pages_store.data..",
    "outputs": [
        {"id": "_pages_content", "property": "children"},
        {"id": "_pages_store", "property": "data"},
    ],
    "inputs": [
        {"id": "_pages_location", "property": "pathname", "value": "/innovation"},
        {"id": "_pages_location", "property": "search", "value": ""},
    ],
    "changedPropIds": ["_pages_location.pathname"],
}


def main() -> int:
    """Measure all three; 1 when a promise is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", metavar="URL")
    parser.add_argument("--port", type=int, default=8391)
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="how long pages are asked for (default 80)"
    )
    parser.add_argument("--only", choices=["query", "memory", "pages"])
    given = parser.parse_args()
    os.environ.setdefault("FLOWMETER_IDENTITY_KEY", "a key for measuring")
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{folder}/sql.db"
        engine = connect(url)
        if given.database is None:
            migration.upgrade(engine)
            refresh(engine, now=datetime.now(UTC))
        parts: dict[str, Callable[[], bool]] = {
            "query": lambda: _overhead(engine),
            "memory": lambda: _memory(engine),
            "pages": lambda: _pages(url, given.port, given.seconds),
        }
        kept = [measured() for name, measured in parts.items() if given.only in (None, name)]
    return 0 if all(kept) else 1


def _overhead(engine: Engine) -> bool:
    safe = _median(lambda: run(engine, ASKED))
    bare = _median(lambda: _bare(engine))
    more = safe - bare
    return _said(
        "a query costs", more <= OVERHEAD, f"{1000 * more:.1f} ms more than {1000 * bare:.1f} ms bare"
    )


def _bare(engine: Engine) -> None:
    """The same on a connection of its own that is opened for it."""
    if engine.dialect.name == "sqlite":
        connection = sqlite3.connect(str(engine.url.database))
        connection.execute(ASKED).fetchall()
        connection.close()
        return
    import psycopg

    url = make_url(engine.url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection_of_psycopg:
        connection_of_psycopg.execute(ASKED).fetchall()


def _median(asked: Callable[[], object], times: int = 60) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        asked()
        took.append(time.perf_counter() - began)
    return statistics.median(took[times // 6 :])


def _memory(engine: Engine) -> bool:
    many = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {rows}) "
        "SELECT x, x, x FROM n"
    )
    grown = []
    began = time.perf_counter()
    for rows in (1_000, 1_000_000):
        began = time.perf_counter()
        limits = Limits(seconds=60, rows=2_000_000, answer=10**9)
        answer = stream(engine, many.format(rows=rows), limits=limits)
        length = sum(len(piece) for piece in pieces(answer, "csv"))
        grown.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    more, took = grown[1] - grown[0], time.perf_counter() - began
    told = f"{more / 1e6:.0f} MB more than a thousand, {length / 1e6:.0f} MB of CSV in {took:.1f} s"
    return _said("a million rows take", more <= GROWTH, told)


def _pages(url: str, port: int, seconds: float) -> bool:
    """The p95 of pages while eight clients ask endless queries one after another, and while nobody does."""
    alone: dict[str, list[float]] = {"asked for the first time": [], "asked again": [], "kept": []}
    attacked: dict[str, list[float]] = {name: [] for name in alone}
    with _served(url, port):
        visitor = Visitor({"port": port, "changing": [PAGE]}, 0)
        _visits(visitor, EARLIEST - timedelta(days=1))
        # By turns, so that whatever else the machine does weighs on both alike.
        until, turn = time.monotonic() + seconds, 0
        while turn < FEWEST or time.monotonic() < until:
            _round(visitor, EARLIEST + timedelta(days=2 * turn), alone)
            with _hostile(port):
                _round(visitor, EARLIEST + timedelta(days=2 * turn + 1), attacked)
            turn += 1
    held = []
    for name, before in alone.items():
        quiet, busy = _p95(before), _p95(attacked[name])
        middle = statistics.median(attacked[name]) / statistics.median(before)
        told = (
            f"{1000 * quiet:.1f} ms alone, {1000 * busy:.1f} ms under {HOSTILE} hostile queries "
            f"({busy / quiet:.2f} times, the median {middle:.2f} times; {len(before):,} requests each)"
        )
        if name == "kept":
            print(f"told   the p95 of one kept answer is {told}", flush=True)
        else:
            held.append(_said(f"the p95 of pages {name} is", busy <= MOVED * quiet, told))
    return all(held)


def _round(visitor: Visitor, first: date, taken: dict[str, list[float]]) -> None:
    """Every page with every choice since that day, once and again, and a kept answer over and over."""
    taken["asked for the first time"] += _visits(visitor, first)
    taken["asked again"] += _visits(visitor, first)
    visitor.path, visitor.query = "/innovation", ""
    taken["kept"] += [_page(visitor) for _ in range(REQUESTS)]


def _visits(visitor: Visitor, first: date) -> list[float]:
    """Seconds for the document of each page, and for each choice of filters on it."""
    taken = []
    for visitor.path in PATHS:
        taken.append(fetched(visitor.order["port"], f"{visitor.path}?from={first}") / 1000)
        for choice in CHOICES:
            visitor.query = f"?from={first}{choice}"
            taken.append(_page(visitor))
    return taken


def _page(visitor: Visitor) -> float:
    milliseconds, fault = visitor.timed("page")
    if fault:
        raise SystemExit(f"bench/sql.py: {visitor.path}{visitor.query}: {fault}")
    return milliseconds / 1000


@contextmanager
def _served(url: str, port: int) -> Iterator[None]:
    """`flowmeter serve` over the database."""
    program = Path(sys.executable).with_name("flowmeter")
    server = subprocess.Popen(
        [program, "serve", "--port", str(port)],
        env={**os.environ, "FLOWMETER_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def _hostile(port: int) -> Iterator[None]:
    """Eight clients that attack, in a process of their own: they must not hold up the one that measures."""
    over = multiprocessing.Event()
    process = multiprocessing.Process(target=_attacks, args=(port, over))
    process.start()
    time.sleep(1)
    yield
    over.set()
    process.join()


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("bench/sql.py: the dashboard did not start")


def _p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


def _attacks(port: int, over: multiprocessing.synchronize.Event) -> None:
    hostile = [threading.Thread(target=_attack, args=(port, over)) for _ in range(HOSTILE)]
    for each in hostile:
        each.start()
    for each in hostile:
        each.join()


def _attack(port: int, over: multiprocessing.synchronize.Event) -> None:
    query = f"/api/sql.json?{urlencode({'q': ENDLESS})}"
    while not over.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", query)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status == 429:
            # As whoever is told to come back does, only sooner.
            over.wait(0.25)


def _said(what: str, kept: bool, told: str) -> bool:
    print(f"{'kept  ' if kept else 'MISSED'} {what} {told}", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
