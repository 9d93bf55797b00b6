# ruff: noqa: E501 (a definition stands on few lines)
"""All facts as plain rows, who did what, and the sums that oracles share; nothing here is imported from db.metrics."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
from sqlalchemy import Connection, text

OUTSIDE = ("organization", "independent")


MONTHLY = ("month", "quarter", "year")


FREQUENCIES = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}


TABLES = (
    "commits", "commit_coauthors", "issues", "pull_requests", "comments", "reviews", "labels", "identities", "people",
    "affiliations", "organizations", "organization_domains", "scopes", "scope_repositories", "repositories", "releases",
    "popularity", "history_counts", "use_cases", "paper_mentions", "fork_counts", "repository_languages", "proposals",
    "label_kinds", "first_issues", "benchmark_results", "benchmark_series", "hardware", "environments",
    "person_roles",
)  # fmt: skip


#: (period, segment) → (value, sample size)
Answer = dict[tuple[date, str], tuple[float, int]]


@dataclass
class Work:
    """One thing that somebody did."""

    repository: int
    kind: str
    day: date
    person: int
    person_kind: str
    segment: str
    organization: int


@dataclass
class World:
    """All facts, as plain rows, and who did what."""

    tables: dict[str, list[dict[str, Any]]]
    work: list[Work] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = {row["person_id"]: row for row in self.tables["people"]}
        self.person_of = {row["identity_id"]: row["person_id"] for row in self.tables["identities"]}
        self.domain_of = {row["identity_id"]: row["domain"] for row in self.tables["identities"]}
        self.organizations = {row["organization_id"]: row for row in self.tables["organizations"]}
        self.steward = next(o for o, row in self.organizations.items() if row["steward"])
        self.affiliations: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in self.tables["affiliations"]:
            self.affiliations[row["person_id"]].append(row)
        #: By repository and number, which issues and pull requests share: who said something, and when.
        self.replies: dict[tuple[int, int], list[tuple[int | None, Any]]] = defaultdict(list)
        for name, told in (("comments", "created_at"), ("reviews", "submitted_at")):
            for row in self.tables[name]:
                self.replies[row["repository_id"], row["number"]].append((row["author_id"], row[told]))
        self.reviews: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
        for row in self.tables["reviews"]:
            self.reviews[row["repository_id"], row["number"]].append(row)
        self.labels: dict[tuple[int, int], set[str]] = defaultdict(set)
        for row in self.tables["labels"]:
            self.labels[row["repository_id"], row["number"]].add(row["name"].lower())
        self.domains: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
        for row in self.tables["organization_domains"]:
            self.domains[row["domain"]].append(row)
        self.work = list(_work(self))

    def human(self, identity: int | None) -> int | None:
        """The person behind an identity, when it is a human."""
        person = self.person_of.get(identity) if identity is not None else None
        return person if person is not None and self.people[person]["kind"] == "human" else None

    def affiliation(self, person: int, day: date) -> dict[str, Any] | None:
        """The row that covers a day."""
        found = [row for row in self.affiliations[person] if row["from_day"] <= day <= row["to_day"]]
        assert len(found) <= 1, "at most one affiliation covers a day"
        return found[0] if found else None

    def employer(self, person: int, day: date) -> dict[str, Any] | None:
        """The row that covers a day, when it names an organisation."""
        found = self.affiliation(person, day)
        return found if found and found["organization_id"] is not None else None


@dataclass
class View:
    """A scope at a grain: its facts alone, and the period of a day."""

    world: World
    scope: dict[str, Any]
    repositories: set[int]
    grain: str

    def rows(self, name: str) -> list[dict[str, Any]]:
        """A fact table's rows in the scope."""
        return [row for row in self.world.tables[name] if row["repository_id"] in self.repositories]

    def work(self, *kinds: str) -> list[Work]:
        """What was done in the scope, of these kinds or of all."""
        return [
            w for w in self.world.work if w.repository in self.repositories and (not kinds or w.kind in kinds)
        ]

    def period(self, day: date) -> date:
        """First day of the period, by pandas."""
        return _period(day, FREQUENCIES[self.grain])[0]

    def end(self, period: date) -> date:
        """Last day of the period, by pandas."""
        return _period(period, FREQUENCIES[self.grain])[1]


@cache
def _period(day: date, frequency: str) -> tuple[date, date]:
    found = pd.Period(day, frequency)
    return found.start_time.date(), found.end_time.date()


def read_world(connection: Connection) -> World:
    """Every fact table, days as dates and instants as UTC timestamps."""
    tables = {}
    for name in TABLES:
        rows = [dict(row._mapping) for row in connection.execute(text(f"SELECT * FROM {name}"))]
        for row in rows:
            for key, value in row.items():
                if value is not None and (key.endswith("day") or key.endswith("_at")):
                    stamp = pd.Timestamp(value)
                    if key.endswith("day"):
                        row[key] = date.fromisoformat(str(value)[:10])
                    else:
                        row[key] = (
                            stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
                        )
        tables[name] = [row for row in rows if _counts(name, row)]
    return World(tables)


def _counts(name: str, row: dict[str, Any]) -> bool:
    """Whether a fact counts: what GitHub lists no longer among issues and pull requests does not."""
    counted = {"issues": {"open", "closed"}, "pull_requests": {"open", "closed", "merged"}}
    return name not in counted or row["state"] in counted[name]


def _work(world: World) -> Iterable[Work]:
    commits = {(row["repository_id"], row["sha"]): row for row in world.tables["commits"]}
    done: list[tuple[str, int, date, date, int | None]] = []
    for row in commits.values():
        acted = row["day"] if row["date_repaired"] else row["authored_at"].date()
        done.append(("commit", row["repository_id"], row["day"], acted, row["author_id"]))
    for row in world.tables["commit_coauthors"]:
        commit = commits[row["repository_id"], row["sha"]]
        acted = commit["day"] if commit["date_repaired"] else commit["authored_at"].date()
        done.append(("coauthored_commit", row["repository_id"], commit["day"], acted, row["coauthor_id"]))
    for kind, name in (
        ("issue", "issues"),
        ("pull_request", "pull_requests"),
        ("review", "reviews"),
        ("comment", "comments"),
    ):
        done += [(kind, r["repository_id"], r["day"], r["day"], r["author_id"]) for r in world.tables[name]]
    for r in world.tables["pull_requests"]:
        if r["state"] == "merged":
            done.append(
                ("merged_pull_request", r["repository_id"], r["merged_day"], r["day"], r["author_id"])
            )
    for kind, repository, day, acted, identity in done:
        if identity is None:
            continue
        person = world.people[world.person_of[identity]]
        organization = _acted_for(world, person["person_id"], identity, acted)
        if person["kind"] == "bot":
            segment, organization = "bot", 0
        elif person["kind"] == "proxy":
            segment, organization = "steward", world.steward
        elif organization:
            segment = "steward" if organization == world.steward else "organization"
        else:
            nobody = world.affiliation(person["person_id"], acted)
            by_hand = nobody is not None and nobody["organization_id"] is None
            segment = "independent" if person["independent"] or by_hand else "unknown"
        yield Work(repository, kind, day, person["person_id"], person["kind"], segment, organization)


def _acted_for(world: World, person: int, identity: int, day: date) -> int:
    known = world.affiliation(person, day)
    if known and known["source"] in ("manual", "map"):
        return int(known["organization_id"] or 0)
    for row in world.domains[world.domain_of[identity]]:
        if row["from_day"] <= day <= row["to_day"]:
            return int(row["organization_id"])
    return int(known["organization_id"]) if known else 0


def grouped(items: Iterable[tuple[date, str]], *, total: bool) -> Answer:
    """How many items there are by period and segment, and over all segments."""
    counts: dict[tuple[date, str], int] = defaultdict(int)
    for period, segment in items:
        counts[period, segment] += 1
        if total:
            counts[period, "all"] += 1
    return {key: (float(count), count) for key, count in counts.items()}


def distinct(items: Iterable[tuple[date, str, object]], *, total: bool) -> Answer:
    """How many distinct things there are by period and segment, and over all segments."""
    sets: dict[tuple[date, str], set[object]] = defaultdict(set)
    for period, segment, thing in items:
        sets[period, segment].add(thing)
        if total:
            sets[period, "all"].add(thing)
    return {key: (float(len(things)), len(things)) for key, things in sets.items()}


def shares(items: Iterable[tuple[date, bool]], segment: str = "all") -> Answer:
    """The share of items that are so, by period."""
    seen: dict[date, list[bool]] = defaultdict(list)
    for period, so in items:
        seen[period].append(so)
    return {(period, segment): (sum(all_) / len(all_), len(all_)) for period, all_ in seen.items()}


def quantiles(items: Iterable[tuple[date, float]], unit: float) -> Answer:
    """Median and p90 by nearest rank; infinite waits count and give no value."""
    seen: dict[date, list[float]] = defaultdict(list)
    for period, seconds in items:
        seen[period].append(seconds)
    answer: Answer = {}
    for period, waits in seen.items():
        for segment, q in (("median", 0.5), ("p90", 0.9)):
            rank = next(k for k in range(1, len(waits) + 1) if k >= q * len(waits))
            value = sorted(waits)[rank - 1]
            if math.isfinite(value):
                answer[period, segment] = (value / unit, len(waits))
    return answer


def requests(v: View, kind: str) -> list[tuple[date, str]]:
    gone = [r for r in v.rows("pull_requests") if r["author_id"] is None]
    done = [(w.day, w.segment) for w in v.work(kind)]
    if kind == "pull_request":
        return done + [(r["day"], "unknown") for r in gone]
    return done + [(r["merged_day"], "unknown") for r in gone if r["state"] == "merged"]


def wait(v: View, r: dict[str, Any]) -> float | None:
    """Seconds until somebody else answered an issue or pull request; None when no human opened it."""
    author = v.world.human(r["author_id"])
    if author is None:
        return None
    waits = [
        (at - r["created_at"]).total_seconds()
        for who, at in v.world.replies[r["repository_id"], r["number"]]
        if v.world.human(who) not in (None, author) and at >= r["created_at"]
    ]
    return min(waits, default=math.inf)


def backlog(v: View, rows: list[tuple[date, date | None]]) -> Answer:
    days = [day for pair in rows for day in pair if day]
    if not days:
        return {}
    answer: Answer = {}
    for day in pd.date_range(min(days), max(days)):
        period = v.period(day.date())
        if (period, "all") in answer:
            continue
        end = v.end(period)
        held = sum(opened <= end and not (closed and closed <= end) for opened, closed in rows)
        answer[period, "all"] = (float(held), held)
    return answer


def use_cases(v: View) -> list[dict[str, Any]]:
    return v.world.tables["use_cases"] if v.scope["kind"] == "project" else []


def fewest(v: View, who: Callable[[Work], int | None]) -> Answer:
    sums: dict[tuple[date, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for w in v.work("commit"):
        key = who(w)
        if key is not None and v.grain != "day":
            sums[v.period(w.day), "all"][key] += 1
            if w.segment in OUTSIDE:
                sums[v.period(w.day), "outside"][key] += 1
    answer: Answer = {}
    for place, amounts in sums.items():
        largest = sorted(amounts.values(), reverse=True)
        total = sum(largest)
        needed = next(k for k in range(1, len(largest) + 1) if 2 * sum(largest[:k]) >= total)
        answer[place] = (float(needed), total)
    return answer


def counted(v: View, rows: list[dict[str, Any]]) -> dict[date, int]:
    sums: dict[date, int] = defaultdict(int)
    for row in rows:
        if v.grain in MONTHLY:
            sums[v.period(row["day"])] += row["commits"]
    return dict(sums)


def counts_of(v: View, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, dict[date, int]]:
    return {
        r["full_name"]: counted(
            v, [c for c in v.world.tables["history_counts"] if c["repository_id"] == r["repository_id"]]
        )
        for r in v.world.tables["repositories"]
        if wanted(r)
    }
