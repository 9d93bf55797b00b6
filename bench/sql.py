"""What ad hoc SQL costs: over a bare connection, in memory for a million rows, and for those who read pages.

    .venv/bin/python bench/sql.py [--database URL] [--only PART] [--attack NAME] [--unprivileged]

Without a database it works on a fresh SQLite file with the tables and no facts; pages weigh more over a
full one (`bench/metrics.py` makes it), and that is what readers feel. Prints a line for each promise. Exit
status 1 when one is missed: a query through the safe path costs at most 15 ms more than on a bare connection;
a million rows as CSV take no more than 64 MB more than a thousand; with eight hostile clients at once the p95
of the pages moves by less than a fifth, for whole visits and changes of filters that are asked for the first
time and again: in the middle of rounds of a quiet window and one under attack, of which each is told. One
kept answer, asked over and over, is the hardest case, and is told without a promise: it takes so little that
any other process on the machine weighs on it. Exit status 2 when nothing can be measured.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, make_url
from visits.beside import AGAIN, FIRST, KEPT, MOVED, Away, beside
from visits.hostile import ATTACKS
from visits.serving import dashboard

# Beside this script lies one that is called as a room of the code is.
sys.path.remove(str(Path(__file__).resolve().parent))

from dashboard.sql_rows import pieces
from db import migration
from db.adhoc.limits import Limits
from db.adhoc.query import run, stream
from db.engine import connect
from db.errors import DatabaseError
from db.metrics.refresh import refresh

OVERHEAD = 0.015
GROWTH = 64 * 1024 * 1024
ASKED = "SELECT name, title FROM scopes ORDER BY position"


def main() -> int:
    """Measure all three; 1 when a promise is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", metavar="URL")
    parser.add_argument("--seconds", type=float, default=80, help="how long pages are asked for (default 80)")
    parser.add_argument(
        "--attack", choices=list(ATTACKS), default="endless", help="what the hostile clients ask"
    )
    parser.add_argument(
        "--unprivileged",
        action="store_true",
        help="serve pages without root's rights, so that the server's processes cannot be put back",
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
            "pages": lambda: _pages(url, given.seconds, given.attack, given.unprivileged),
        }
        try:
            migration.require_current(engine)
            kept = [measured() for name, measured in parts.items() if given.only in (None, name)]
        except (Away, DatabaseError) as error:
            print(f"bench/sql.py: {error}", file=sys.stderr)
            return 2
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


def _pages(url: str, seconds: float, attack: str, unprivileged: bool) -> bool:
    """The p95 of pages while eight clients ask hostile questions one after another, and while nobody does."""
    with dashboard(url, unprivileged=unprivileged) as port:
        found = beside(port, seconds, attack)
    answers = ", ".join(f"{count:,} times {answer}" for answer, count in found.answers.most_common())
    print(f"told   the clients of the attack {attack!r} were answered {answers}", flush=True)
    print(f"told   the p95 {KEPT} is {found.told(KEPT)}", flush=True)
    held = [
        _said(f"the p95 of pages {kind} is", statistics.median(found.ratios(kind)) <= MOVED, found.told(kind))
        for kind in (FIRST, AGAIN)
    ]
    return all(held)


def _said(what: str, kept: bool, told: str) -> bool:
    print(f"{'kept  ' if kept else 'MISSED'} {what} {told}", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
