"""What ad hoc SQL costs: over a bare connection, in memory for a million rows, and for those who read pages.

    .venv/bin/python bench/sql.py [--database URL] [--port 8391] [--only query|memory|pages]

Without a database it works on a fresh SQLite file with the tables and no facts; pages weigh more over a
real one. Prints a line for each promise. Exit status 1 when one is missed: a query through the safe path
costs at most 15 ms more than on a bare connection; a million rows as CSV take no more than 64 MB more than
a thousand; with eight hostile queries at once the p95 of a page moves by less than a fifth.
"""

from __future__ import annotations

import argparse
import http.client
import json
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
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import Engine, make_url

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
#: The share of the slowest twentieth moves by chance: so many requests, so often.
REQUESTS, ROUNDS = 200, 12
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
            "pages": lambda: _pages(url, given.port),
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


def _pages(url: str, port: int) -> bool:
    """The p95 of a page while eight clients ask endless queries one after another, and while nobody does."""
    program = Path(sys.executable).with_name("flowmeter")
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [program, "serve", "--port", str(port)],
            env={**os.environ, "FLOWMETER_DATABASE_URL": url},
            stdout=log,
            stderr=log,
        )
        try:
            _wait(port)
            _answered(port, 100)
            rounds = []
            # By turns, so that whatever else the machine does weighs on both alike.
            for _ in range(ROUNDS):
                quiet = _answered(port, REQUESTS)
                # In a process of their own: they must not hold up the one that measures.
                over = multiprocessing.Event()
                hostile = multiprocessing.Process(target=_attacks, args=(port, over))
                hostile.start()
                time.sleep(1)
                attacked = _answered(port, REQUESTS)
                over.set()
                hostile.join()
                rounds.append((quiet, attacked))
        finally:
            server.terminate()
            server.wait(20)
    quiet, attacked = (_p95([*chain(*each)]) for each in zip(*rounds, strict=True))
    by_round = ", ".join(f"{_p95(after) / _p95(before):.2f}" for before, after in rounds)
    told = (
        f"{1000 * quiet:.1f} ms alone, {1000 * attacked:.1f} ms under {HOSTILE} hostile queries "
        f"({attacked / quiet:.2f} times; by round {by_round}; {ROUNDS * REQUESTS} requests each)"
    )
    return _said("a page's p95 is", attacked <= MOVED * quiet, told)


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


def _answered(port: int, times: int) -> list[float]:
    """Seconds of each of so many requests for a page, one after another."""
    took = []
    body = json.dumps(PAGE)
    for _ in range(times):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        began = time.perf_counter()
        connection.request("POST", "/_dash-update-component", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - began)
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"bench/sql.py: the page answered {answer.status}")
    return took


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
