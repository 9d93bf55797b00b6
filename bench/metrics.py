"""How long a refresh of every metric takes over a community of tensorflow/tensorflow's size.

    .venv/bin/python bench/metrics.py [--database URL] [--fill all|around] [--scale 1.0] [--slowest 8]

Without a database it works on a fresh SQLite file. `--fill all` (always for a fresh file) writes a made-up
community first: at scale 1 as many commits, issues, change requests and answers as the real repository has;
`--fill around` leaves the commits to those that `flowmeter collect commits --git` wrote. The refresh is
measured in full, with no copy in columns to begin with, and then after each of two days' facts, with
people and contributions. Prints what the slowest steps took and a line for each promise. Exit status 1
when one is missed: 60 seconds in full on SQLite, 30 on PostgreSQL, 3 after a day."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, func, select

from db.engine import connect, writing
from db.metrics.refresh import refresh
from db.people.identities import email_identity, login_identity
from db.repositories import refresh_scopes, register
from db.schema import Record, table
from db.upsert import upsert

NOW = datetime(2026, 8, 22, tzinfo=UTC)
START = datetime(2015, 11, 9, tzinfo=UTC)
FULL = {"sqlite": 60.0, "postgresql": 30.0}
INCREMENTAL = 3.0
#: What the real repository holds, about; the rest of the project is half as much again.
SIZES = {"commits": 162_000, "issues": 41_700, "pull_requests": 80_500, "answers": 520_000, "people": 30_000}
REPOSITORIES = {
    "tensorflow/tensorflow": "core",
    "keras-team/keras": "core",
    "tensorflow/serving": "ecosystem",
}
DOMAINS = (
    "google.com",
    "gmail.com",
    "gmail.com",
    "nvidia.com",
    "intel.com",
    "arm.com",
    "kth.se",
    "nobody-knows.com",
)


class Filling:
    """A made-up community, written a table at a time."""

    def __init__(self, connection: Connection, scale: float, *, addresses: bool = True) -> None:
        self.connection = connection
        self.random = np.random.default_rng(20170213)
        self.sizes = {name: max(int(size * scale), 50) for name, size in SIZES.items()}
        ids = register(connection, REPOSITORIES)
        refresh_scopes(connection, "TensorFlow")
        self.ids = list(ids.values())
        people = self.sizes["people"]
        # Few do most: the share of a person falls with the rank.
        ranks = 1 / np.arange(1, people + 1) ** 0.9
        self.shares = ranks / ranks.sum()
        self.logins = [login_identity(n, f"person{n}", "User", START, NOW) for n in range(1, people + 1)]
        self.emails = [
            email_identity(f"person{n}@{DOMAINS[n % len(DOMAINS)]}", f"Person {n}", START, NOW)
            if n % 3
            else email_identity(f"{n}+person{n}@users.noreply.github.com", f"Person {n}", START, NOW)
            for n in range(1, people + 1)
        ]
        gardener = email_identity("gardener@tensorflow.org", "A. Unique TensorFlower", START, NOW)
        self.proxy = gardener["identity_id"]
        upsert(connection, table("identities"), self.logins)
        if addresses:
            upsert(connection, table("identities"), [*self.emails, gardener])

    def draw(self, size: int) -> tuple[np.ndarray[Any, Any], list[datetime], list[int]]:
        """Who (as a place), when and where, so many times."""
        who = self.random.choice(self.sizes["people"], size, p=self.shares)
        seconds = self.random.integers(0, int((NOW - START).total_seconds()), size)
        where = self.random.choice(self.ids, size, p=(0.66, 0.24, 0.1))
        return who, [START + timedelta(seconds=int(s)) for s in seconds], [int(w) for w in where]

    def commits(self) -> None:
        """Commits; three in ten by a proxy."""
        who, when, where = self.draw(int(self.sizes["commits"] * 1.5))
        proxied = self.random.random(len(who)) < 0.3
        rows = []
        for number, (person, at, repository) in enumerate(zip(who, when, where, strict=True)):
            author = self.proxy if proxied[number] else self.emails[person]["identity_id"]
            rows.append(
                {
                    "repository_id": repository,
                    "sha": f"{number:040x}",
                    "author_id": author,
                    "committer_id": author,
                    "authored_at": at,
                    "author_offset": 0,
                    "committed_at": at,
                    "date_repaired": False,
                    "day": at.date(),
                    "parents": 1,
                    "files": 1,
                    "additions": 1,
                    "deletions": 1,
                    "subject": "Change",
                    "pull_request": None,
                }
            )
        upsert(self.connection, table("commits"), rows)

    def requests(self) -> None:
        """Issues and change requests, and their comments and reviews."""
        opened: list[tuple[int, int, datetime]] = []
        for name in ("issues", "pull_requests"):
            who, when, where = self.draw(int(self.sizes[name] * 1.5))
            fates = self.random.random(len(who))
            rows = []
            for person, at, repository, fate in zip(who, when, where, fates, strict=True):
                number = len(opened) + 1
                opened.append((number, repository, at))
                closed = at + timedelta(hours=1 + 2000 * float(fate) ** 3) if fate < 0.9 else None
                rows.append(
                    request_row(name, number, repository, self.logins[person], at, closed, bool(fate < 0.6))
                )
            upsert(self.connection, table(name), rows)
        who, _, _ = self.draw(int(self.sizes["answers"] * 1.5))
        answered = self.random.integers(0, len(opened), len(who))
        comments, reviews = [], []
        for place, (person, of) in enumerate(zip(who, answered, strict=True)):
            number, repository, at = opened[of]
            at = min(at + timedelta(hours=float(place % 700)), NOW)
            shared = {
                "repository_id": repository,
                "github_id": place,
                "number": number,
                "author_id": self.logins[person]["identity_id"],
                "author_association": None,
                "day": at.date(),
            }
            if place % 5:
                comments.append({**shared, "kind": "conversation", "created_at": at})
            else:
                reviews.append({**shared, "state": "commented", "submitted_at": at})
        upsert(self.connection, table("comments"), comments)
        upsert(self.connection, table("reviews"), reviews)

    def popularity(self) -> None:
        """Stars a day of every repository."""
        day, rows = START.date(), []
        while day < date(2026, 8, 22):
            rows += [
                {"repository_id": i, "day": day, "source": "star_history", "stars": (day - START.date()).days}
                for i in self.ids
            ]
            day += timedelta(days=1)
        upsert(self.connection, table("popularity"), rows)


def request_row(
    name: str,
    number: int,
    repository: int,
    author: dict[str, Any],
    at: datetime,
    closed: datetime | None,
    merged: bool,
) -> dict[str, Any]:
    """An issue or a pull request, as the fact tables take it."""
    row = {
        "repository_id": repository,
        "number": number,
        "github_id": number,
        "title": "Change",
        "author_id": author["identity_id"],
        "author_association": None,
        "created_at": at,
        "updated_at": at,
        "day": at.date(),
        "closed_at": closed,
        "closed_day": closed.date() if closed else None,
    }
    if name == "issues":
        return {**row, "state": "closed" if closed else "open", "state_reason": None}
    landed = closed if merged else None
    state = "merged" if landed else "closed" if closed else "open"
    return {
        **row,
        "state": state,
        "merge_evidence": None,
        "merged_at": landed,
        "merged_day": landed.date() if landed else None,
    }


def fill(engine: Engine, scale: float, *, commits: bool = True) -> None:
    """Write a made-up community of that scale, its commits only where there are no real ones."""
    began = time.perf_counter()
    Record.metadata.create_all(engine)
    with writing(engine).begin() as connection:
        filling = Filling(connection, scale, addresses=commits)
        if commits:
            filling.commits()
        filling.requests()
        filling.popularity()
    print(f"filled at scale {scale} in {time.perf_counter() - began:.1f} s")


class Day:
    """What one more day brings to the largest repository: new facts, and old ones that move on."""

    def __init__(self, connection: Connection, day: date) -> None:
        self.connection = connection
        self.day = day
        self.random = np.random.default_rng(day.toordinal())
        self.repository = register(connection, {"tensorflow/tensorflow": "core"})["tensorflow/tensorflow"]
        self.logins = [self.login(n) for n in (*range(1, 120), *range(day.toordinal(), day.toordinal() + 12))]
        self.emails = [
            email_identity(f"person{n}@{DOMAINS[n % len(DOMAINS)]}", f"Person {n}", START, self.at(n))
            for n in (*range(1, 30), *range(day.toordinal(), day.toordinal() + 6))
        ]
        upsert(connection, table("identities"), [*self.logins, *self.emails])

    def login(self, number: int) -> dict[str, Any]:
        """An account that acts on the day."""
        return login_identity(number, f"person{number}", "User", START, self.at(number))

    def at(self, place: int) -> datetime:
        """An instant of the day."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC) + timedelta(
            seconds=place * 613 % 86_400
        )

    def write(self) -> None:
        """Commits, requests, answers; and requests of the years before that are closed and answered."""
        held, where = table("pull_requests"), self.repository
        top = self.connection.execute(
            select(func.max(held.c.number)).where(held.c.repository_id == where)
        ).scalar_one()
        commits = [
            {
                "repository_id": where, "sha": f"{self.day.toordinal()}{n:034x}",
                "author_id": one["identity_id"], "committer_id": one["identity_id"],
                "authored_at": self.at(n), "author_offset": 0,
                "committed_at": self.at(n), "date_repaired": False, "day": self.day, "parents": 1, "files": 1,
                "additions": 1, "deletions": 1, "subject": "Change", "pull_request": None,
            }
            for n in range(60)
            for one in [self.emails[n % len(self.emails)]]
        ]  # fmt: skip
        upsert(self.connection, table("commits"), commits)
        threads = [(top + 1 + n, self.at(n)) for n in range(60)]
        issues, requests = table("issues"), table("pull_requests")
        for name, fresh in ((issues, threads[:20]), (requests, threads[20:])):
            old = self.connection.execute(
                select(name.c.number, name.c.created_at, name.c.author_id)
                .where(name.c.repository_id == where, name.c.state == "open")
                .order_by(name.c.created_at.desc())
                .limit(400)
            ).all()
            closing = [old[int(place)] for place in self.random.choice(len(old), 25, replace=False)]
            rows = [
                request_row(name.name, number, where, self.logins[number % len(self.logins)], at, None, False)
                for number, at in fresh
            ]
            rows += [
                request_row(
                    name.name,
                    each.number,
                    where,
                    # Whoever opened it stays its author.
                    {"identity_id": each.author_id},
                    each.created_at,
                    self.at(each.number),
                    each.number % 2 == 0,
                )
                for each in closing
            ]
            upsert(self.connection, name, rows)
            threads += [(each.number, each.created_at) for each in closing]
        answers = [
            {
                "repository_id": where, "github_id": self.day.toordinal() * 1000 + n,
                "number": threads[n % len(threads)][0], "author_association": None, "day": self.day,
                "author_id": self.logins[n * 7 % len(self.logins)]["identity_id"],
            }
            for n in range(400)
        ]  # fmt: skip
        upsert(
            self.connection,
            table("comments"),
            [
                {**row, "kind": "conversation", "created_at": self.at(n)}
                for n, row in enumerate(answers[:300])
            ],
        )
        upsert(
            self.connection,
            table("reviews"),
            [
                {**row, "state": "commented", "submitted_at": self.at(n)}
                for n, row in enumerate(answers[300:])
            ],
        )
        stars = self.day.toordinal() - START.date().toordinal()
        upsert(
            self.connection,
            table("popularity"),
            [{"repository_id": where, "day": self.day, "source": "star_history", "stars": stars}],
        )


def timed(engine: Engine, copy: Path, now: datetime, slowest: int) -> float:
    """Refresh, say what each step took, and return the seconds of all."""
    marks: list[tuple[str, float]] = [("", time.perf_counter())]
    busy = time.process_time()
    results = refresh(
        engine,
        now=now,
        copy=copy,
        progress=lambda what, _done, _of: marks.append((what, time.perf_counter())),
    )
    marks.append(("writing values", time.perf_counter()))
    taken: Counter[str] = Counter()
    for (_, before), (what, after) in pairwise(marks):
        taken[what] += after - before  # type: ignore[assignment]
    by_name = {result.metric: result for result in results}
    for what, seconds in taken.most_common(slowest):
        found = by_name.get(what)
        print(
            f"{seconds:8.2f} s  {what}"
            + (f" ({found.rows:,d} values, {found.changed:,d} new)" if found else "")
        )
    computed = sum(result.seconds for result in results)
    rows, changed = (sum(getattr(result, name) for result in results) for name in ("rows", "changed"))
    touched = sum(result.computed for result in results)
    print(f"{rows:,d} values, {changed:,d} of them new; {touched} of {len(results)} metrics computed")
    busy = time.process_time() - busy
    print(f"{computed:8.2f} s of it by DuckDB; {busy:.2f} s of processor time in this process")
    return marks[-1][1] - marks[0][1]


def promise(what: str, seconds: float, limit: float) -> bool:
    """A line for a promise, kept or not."""
    kept = seconds <= limit
    print(f"{'kept' if kept else 'MISSED'}: {what} in {seconds:.2f} s, of {limit:.0f} s allowed")
    return kept


def main() -> int:
    """Fill when asked, refresh in full and after a day, and say which promises hold."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--database")
    ask.add_argument("--fill", choices=["all", "around"])
    ask.add_argument("--scale", type=float, default=1.0)
    ask.add_argument("--slowest", type=int, default=8)
    want = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(want.database or f"sqlite:///{folder}/bench.db")
        if want.fill or not want.database:
            fill(engine, want.scale, commits=want.fill != "around")
        name = engine.dialect.name
        copy = Path(folder) / "columns.duckdb"
        now = datetime.now(UTC)
        kept = [promise(f"full refresh on {name}", timed(engine, copy, now, want.slowest), FULL[name])]
        for _ in range(2):
            now += timedelta(days=1)
            with writing(engine).begin() as connection:
                Day(connection, now.date()).write()
            seconds = timed(engine, copy, now + timedelta(hours=23), want.slowest)
            kept.append(promise(f"refresh after a day's facts on {name}", seconds, INCREMENTAL))
        engine.dispose()
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
