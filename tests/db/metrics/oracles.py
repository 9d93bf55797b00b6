# ruff: noqa: E501 (a definition stands on few lines)
"""What each metric is, computed again: naively, in pandas and plain Python, from the fact tables and definitions alone.

Nothing here is imported from db.metrics. Loaded by path from the conftest beside it.
"""

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
    "label_kinds", "first_issues",
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
            segment = "independent" if person["independent"] else "unknown"
        yield Work(repository, kind, day, person["person_id"], person["kind"], segment, organization)


def _acted_for(world: World, person: int, identity: int, day: date) -> int:
    known = world.affiliation(person, day)
    if known and known["source"] in ("manual", "map"):
        return int(known["organization_id"])
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


def commits(v: View) -> Answer:
    return grouped(((v.period(w.day), w.segment) for w in v.work("commit")), total=True)


def outside_share_of_commits(v: View) -> Answer:
    return shares((v.period(w.day), w.segment in OUTSIDE) for w in v.work("commit"))


def affiliation_coverage(v: View) -> Answer:
    return shares((v.period(w.day), w.segment != "unknown") for w in v.work("commit"))


def academic_share_of_commits(v: View) -> Answer:
    kinds = {o: row["kind"] for o, row in v.world.organizations.items()}
    return shares((v.period(w.day), kinds.get(w.organization) == "university") for w in v.work("commit"))


def contributors(v: View) -> Answer:
    return distinct(
        ((v.period(w.day), w.segment, w.person) for w in v.work() if w.person_kind == "human"), total=True
    )


def contributors_by_kind(v: View) -> Answer:
    humans = (w for w in v.work() if w.person_kind == "human")
    return distinct(((v.period(w.day), w.kind, w.person) for w in humans), total=False)


def new_contributors(v: View) -> Answer:
    first: dict[int, tuple[date, str]] = {}
    for w in v.work("commit"):
        if w.person_kind == "human":
            first[w.person] = min(first.get(w.person, (date.max, "")), (w.day, w.segment))
    return grouped(((v.period(d), s) for d, s in first.values() if s in OUTSIDE), total=True)


def _requests(v: View, kind: str) -> list[tuple[date, str]]:
    gone = [r for r in v.rows("pull_requests") if r["author_id"] is None]
    done = [(w.day, w.segment) for w in v.work(kind)]
    if kind == "pull_request":
        return done + [(r["day"], "unknown") for r in gone]
    return done + [(r["merged_day"], "unknown") for r in gone if r["state"] == "merged"]


def change_requests_opened(v: View) -> Answer:
    return grouped(((v.period(d), s) for d, s in _requests(v, "pull_request")), total=True)


def change_requests_merged(v: View) -> Answer:
    return grouped(((v.period(d), s) for d, s in _requests(v, "merged_pull_request")), total=True)


def outside_share_of_merged(v: View) -> Answer:
    return shares((v.period(d), s in OUTSIDE) for d, s in _requests(v, "merged_pull_request"))


def merged_affiliation_coverage(v: View) -> Answer:
    return shares((v.period(d), s != "unknown") for d, s in _requests(v, "merged_pull_request"))


def _closed(v: View) -> list[dict[str, Any]]:
    return [r for r in v.rows("pull_requests") if r["state"] != "open"]


def change_request_acceptance_ratio(v: View) -> Answer:
    return shares((v.period(r["merged_day"] or r["closed_day"]), r["state"] == "merged") for r in _closed(v))


def time_to_close(v: View) -> Answer:
    waits = (
        (
            v.period(r["merged_day"] or r["closed_day"]),
            ((r["merged_at"] or r["closed_at"]) - r["created_at"]).total_seconds(),
        )
        for r in _closed(v)
    )
    return quantiles(waits, 86400)


def _wait(v: View, r: dict[str, Any]) -> float | None:
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


def _waits(v: View, name: str) -> list[tuple[date, float]]:
    waits = ((v.period(r["day"]), _wait(v, r)) for r in v.rows(name))
    return [(period, wait) for period, wait in waits if wait is not None]


def time_to_first_response(v: View) -> Answer:
    return quantiles(_waits(v, "pull_requests"), 3600)


def issue_time_to_first_response(v: View) -> Answer:
    return quantiles(_waits(v, "issues"), 3600)


def unanswered_change_requests(v: View) -> Answer:
    return shares((period, math.isinf(wait)) for period, wait in _waits(v, "pull_requests"))


def _backlog(v: View, rows: list[tuple[date, date | None]]) -> Answer:
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


def open_change_requests(v: View) -> Answer:
    rows = v.rows("pull_requests")
    return _backlog(
        v, [(r["day"], (r["merged_day"] or r["closed_day"]) if r["state"] != "open" else None) for r in rows]
    )


def open_issues(v: View) -> Answer:
    return _backlog(
        v, [(r["day"], r["closed_day"] if r["state"] != "open" else None) for r in v.rows("issues")]
    )


def _use_cases(v: View) -> list[dict[str, Any]]:
    return v.world.tables["use_cases"] if v.scope["kind"] == "project" else []


def use_cases_new(v: View) -> Answer:
    return grouped(((v.period(u["day"]), u["domain"]) for u in _use_cases(v)), total=True)


def use_cases_by_cloud(v: View) -> Answer:
    return grouped(((v.period(u["day"]), u["cloud"]) for u in _use_cases(v)), total=True)


def google_cloud_share(v: View) -> Answer:
    stated = (u for u in _use_cases(v) if u["cloud"] != "none_stated")
    return shares((v.period(u["day"]), u["cloud"] == "google_cloud") for u in stated)


def use_case_domain_diversity(v: View) -> Answer:
    frame = pd.DataFrame([(v.period(u["day"]), u["domain"]) for u in _use_cases(v) if u["domain"] != "other"])
    answer: Answer = {}
    for period, domains in frame.groupby(0)[1] if len(frame) else ():
        p = domains.value_counts(normalize=True)
        answer[period, "all"] = (-sum(x * math.log(x) for x in p), len(domains))
    return answer


def newcomer_retention(v: View) -> Answer:
    days: dict[int, set[date]] = defaultdict(set)
    for w in v.work():
        if w.person_kind == "human":
            days[w.person].add(w.day)
    answer: Answer = {}
    latest = max((day for mine in days.values() for day in mine), default=date.min)
    for window in (90, 365):
        items = []
        for mine in days.values():
            first = min(mine)
            if v.grain in MONTHLY and (latest - v.end(v.period(first))).days >= window:
                items.append((v.period(first), any(0 < (day - first).days <= window for day in mine)))
        answer |= shares(items, f"{window} days")
    return answer


def conversion(v: View) -> Answer:
    first: dict[tuple[str, int], date] = {}

    def reach(step: str, person: int, day: date) -> None:
        first[step, person] = min(first.get((step, person), date.max), day)

    named = {"pull_request": "first pull request", "merged_pull_request": "merged", "review": "reviewers"}
    merged: dict[int, list[date]] = defaultdict(list)
    for w in v.work("issue", "pull_request", "review", "comment", "merged_pull_request"):
        if w.person_kind != "human":
            continue
        if w.kind != "merged_pull_request":
            reach("participants", w.person, w.day)
        else:
            merged[w.person].append(w.day)
        if w.kind in named:
            reach(named[w.kind], w.person, w.day)
    for person, days in merged.items():
        for day in days:
            if sum(0 <= (day - other).days <= 365 for other in days) >= 3:
                reach("repeat", person, day)
    return grouped(((v.period(day), step) for (step, _), day in first.items()), total=False)


def joined_the_steward(v: View) -> Answer:
    inside: dict[int, date] = {}
    outside: dict[int, date] = {}
    for w in v.work():
        held = inside if w.segment == "steward" else outside if w.segment in OUTSIDE else {}
        if w.person_kind == "human":
            held[w.person] = min(held.get(w.person, date.max), w.day)
    moves = []
    for person in inside.keys() & outside.keys():
        if outside[person] < inside[person]:
            moves.append((v.period(inside[person]), "joined"))
        elif inside[person] < outside[person]:
            moves.append((v.period(outside[person]), "left"))
    return grouped(moves, total=False)


def _fewest(v: View, who: Callable[[Work], int | None]) -> Answer:
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


def contributor_absence_factor(v: View) -> Answer:
    return _fewest(v, lambda w: w.person if w.person_kind == "human" else None)


def elephant_factor(v: View) -> Answer:
    return _fewest(v, lambda w: w.organization or None)


def organizations(v: View) -> Answer:
    known = v.world.organizations
    return distinct(
        (
            (v.period(w.day), known[w.organization]["kind"], w.organization)
            for w in v.work()
            if w.organization
        ),
        total=True,
    )


def commits_by_peer_organization(v: View) -> Answer:
    known = v.world.organizations
    peers = (w for w in v.work("commit") if w.organization and known[w.organization]["peer"])
    return grouped(((v.period(w.day), known[w.organization]["name"]) for w in peers), total=True)


def peer_contributors(v: View) -> Answer:
    known = v.world.organizations
    peers = (
        w for w in v.work() if w.organization and known[w.organization]["peer"] and w.person_kind == "human"
    )
    return distinct(((v.period(w.day), known[w.organization]["name"], w.person) for w in peers), total=True)


def _reviewed(v: View) -> list[tuple[dict[str, Any], int, set[int]]]:
    found = []
    for r in v.rows("pull_requests"):
        author = v.world.human(r["author_id"])
        if r["state"] != "merged" or author is None:
            continue
        mine = v.world.affiliation(author, r["day"])
        theirs = set()
        for review in v.world.reviews[r["repository_id"], r["number"]]:
            reviewer = v.world.human(review["author_id"])
            if reviewer not in (None, author):
                held = v.world.affiliation(reviewer, review["day"])
                theirs |= {held["organization_id"]} if held else set()
        if mine and theirs:
            found.append((r, mine["organization_id"], theirs))
    return found


def cross_organization_review(v: View) -> Answer:
    return shares((v.period(r["merged_day"]), theirs != {mine}) for r, mine, theirs in _reviewed(v))


def review_pairs(v: View) -> Answer:
    known = {o: row["name"] for o, row in v.world.organizations.items() if row["peer"] or row["steward"]}
    return grouped(
        (
            (v.period(r["merged_day"]), f"{known[mine]} → {known[other]}")
            for r, mine, theirs in _reviewed(v)
            for other in theirs
            if v.grain in MONTHLY and mine in known and other in known
        ),
        total=False,
    )


def papers_linked(v: View) -> Answer:
    mentions = v.rows("paper_mentions")
    answer = distinct(((v.period(m["day"]), "all", m["paper_id"]) for m in mentions), total=False)
    sizes = grouped(((v.period(m["day"]), "all") for m in mentions), total=False)
    return {key: (value, sizes[key][1]) for key, (value, _) in answer.items()}


def release_cadence(v: View) -> Answer:
    return grouped(
        ((v.period(r["day"]), "all") for r in v.rows("releases") if not r["prerelease"]), total=False
    )


def credited_contributors(v: View) -> Answer:
    thanked: dict[date, list[int]] = defaultdict(list)
    for r in v.rows("releases"):
        if not r["prerelease"] and r["credited_contributors"] is not None:
            thanked[v.period(r["day"])].append(r["credited_contributors"])
    return {(period, "all"): (sum(n) / len(n), len(n)) for period, n in thanked.items()}


def _about_cloud(v: View, r: dict[str, Any]) -> bool:
    names = v.world.labels[r["repository_id"], r["number"]]
    return any(word in name for name in names for word in ("tpu", "cloud", "gcp"))


def cloud_requests(v: View) -> Answer:
    items = [
        (v.period(r["day"]), kind)
        for kind, name in (("issue", "issues"), ("pull request", "pull_requests"))
        for r in v.rows(name)
        if _about_cloud(v, r)
    ]
    return grouped(items, total=True)


def _counted(v: View, rows: list[dict[str, Any]]) -> dict[date, int]:
    sums: dict[date, int] = defaultdict(int)
    for row in rows:
        if v.grain in MONTHLY:
            sums[v.period(row["day"])] += row["commits"]
    return dict(sums)


def commits_by_history_count(v: View) -> Answer:
    return {(p, "all"): (float(n), n) for p, n in _counted(v, v.rows("history_counts")).items()}


def _own(v: View) -> dict[date, int]:
    sums: dict[date, int] = defaultdict(int)
    for w in v.work("commit"):
        if v.grain in MONTHLY and v.scope["kind"] in ("project", "repository"):
            sums[v.period(w.day)] += 1
    return dict(sums)


def _counts_of(v: View, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, dict[date, int]]:
    return {
        r["full_name"]: _counted(
            v, [c for c in v.world.tables["history_counts"] if c["repository_id"] == r["repository_id"]]
        )
        for r in v.world.tables["repositories"]
        if wanted(r)
    }


def commits_beside_platforms(v: View) -> Answer:
    own = _own(v)
    answer: Answer = {(p, s): (float(n), n) for p, n in own.items() for s in ("all", v.scope["title"])}
    for name, counts in _counts_of(
        v, lambda r: r["role"] == "platform" or r["full_name"] == "llvm/llvm-project"
    ).items():
        answer |= {
            (p, name): (float(n), n) for p, n in counts.items() if p in own and name != v.scope["name"]
        }
    return answer


def commits_for_each_of_linux(v: View) -> Answer:
    linux = _counts_of(v, lambda r: r["full_name"] == "torvalds/linux").get("torvalds/linux", {})
    return {(p, "all"): (n / linux[p], linux[p]) for p, n in _own(v).items() if linux.get(p)}


def _popularity(v: View, what: str) -> Answer:
    answer: Answer = {}
    everywhere = [row for row in v.world.tables["popularity"] if row[what] is not None]
    for source in {row["source"] for row in everywhere}:
        newest = max(row["day"] for row in everywhere if row["source"] == source)
        mine = [row for row in v.rows("popularity") if row[what] is not None and row["source"] == source]
        for day in pd.date_range(min((r["day"] for r in mine), default=newest), newest) if mine else ():
            period = v.period(day.date())
            if (period, source) in answer:
                continue
            end = min(v.end(period), newest)
            last = {}
            for row in sorted(mine, key=lambda r: r["day"]):
                if row["day"] <= end:
                    last[row["repository_id"]] = row[what]
            answer[period, source] = (float(sum(last.values())), len(last))
    return answer


def stars(v: View) -> Answer:
    return _popularity(v, "stars")


def forks(v: View) -> Answer:
    return _popularity(v, "forks")


def contributors_by_return(v: View) -> Answer:
    periods: dict[int, set[date]] = defaultdict(set)
    for w in v.work():
        if w.person_kind == "human" and v.grain in MONTHLY:
            periods[w.person].add(v.period(w.day))
    items = []
    for mine in periods.values():
        for period in mine:
            before = (pd.Period(period, FREQUENCIES[v.grain]) - 1).start_time.date()
            word = "new" if period == min(mine) else "continuing" if before in mine else "episodic"
            items.append((period, word))
    return grouped(items, total=True)


def change_request_closure_ratio(v: View) -> Answer:
    requests = v.rows("pull_requests")
    opened = grouped(((v.period(r["day"]), "all") for r in requests), total=False)
    ends = (r["merged_day"] or r["closed_day"] for r in requests if r["state"] != "open")
    closed = grouped(((v.period(day), "all") for day in ends if day), total=False)
    return {key: (closed.get(key, (0.0, 0))[0] / count, count) for key, (_, count) in opened.items()}


def change_requests_declined(v: View) -> Answer:
    declined = [r for r in v.rows("pull_requests") if r["state"] == "closed" and r["closed_day"]]
    return grouped(((v.period(r["closed_day"]), "all") for r in declined), total=False)


def open_issue_age(v: View) -> Answer:
    everywhere = v.world.tables["issues"]
    if not everywhere:
        return {}
    newest = max(day for r in everywhere for day in (r["day"], r["closed_day"]) if day)
    oldest = min(r["day"] for r in everywhere)
    items = []
    for moment in pd.period_range(oldest, newest, freq=FREQUENCIES[v.grain]) if v.grain in MONTHLY else ():
        start, end = moment.start_time.date(), moment.end_time.date()
        if end > newest:
            continue
        for r in v.rows("issues"):
            is_open = r["state"] == "open" or (r["closed_day"] and r["closed_day"] > end)
            if r["day"] <= end and is_open:
                items.append((start, float((end - r["day"]).days)))
    return quantiles(items, 1)


def use_cases_by_platform(v: View) -> Answer:
    if v.scope["kind"] != "project":
        return {}
    return grouped(((v.period(u["day"]), u["platform"]) for u in v.world.tables["use_cases"]), total=True)


def use_cases_by_language(v: View) -> Answer:
    language = {r["repository_id"]: r["language"] or "unknown" for r in v.world.tables["repositories"]}
    return grouped(((v.period(u["day"]), language[u["repository_id"]]) for u in _use_cases(v)), total=True)


def use_cases_active(v: View) -> Answer:
    lived = []
    for u in _use_cases(v) if v.grain in MONTHLY else ():
        last = max(u["day"], u["active_day"] or u["day"])
        periods = pd.period_range(u["day"], last, freq=FREQUENCIES[v.grain])
        lived += [(moment.start_time.date(), u["domain"]) for moment in periods]
    return grouped(lived, total=True)


def use_cases_in_new_fields(v: View) -> Answer:
    stated = [u for u in _use_cases(v) if u["domain"] != "other"]
    first: dict[tuple[str, ...], date] = {}
    for u in sorted(stated, key=lambda u: u["day"]):
        first.setdefault((u["domain"],), u["day"])
        if u["platform"] != "other":
            first.setdefault((u["domain"], u["platform"]), u["day"])
    kinds = {1: "domain", 2: "domain_on_platform"}
    return grouped(((v.period(day), kinds[len(key)]) for key, day in first.items()), total=False)


def use_cases_with_papers(v: View) -> Answer:
    linked: dict[date, list[int]] = defaultdict(list)
    day = {u["repository_id"]: u["day"] for u in _use_cases(v)}
    for m in v.world.tables["paper_mentions"]:
        if m["place"] == "description" and m["repository_id"] in day:
            linked[v.period(day[m["repository_id"]])].append(m["repository_id"])
    return {(period, "all"): (float(len(set(ids))), len(ids)) for period, ids in linked.items()}


def _first_requests(v: View) -> list[dict[str, Any]]:
    first: dict[int, dict[str, Any]] = {}
    for r in sorted(
        v.rows("pull_requests"), key=lambda r: (r["created_at"], r["repository_id"], r["number"])
    ):
        author = v.world.human(r["author_id"])
        if author is not None:
            first.setdefault(author, r)
    return list(first.values())


def newcomer_first_response(v: View) -> Answer:
    waits = ((v.period(r["day"]), _wait(v, r)) for r in _first_requests(v))
    return quantiles(((period, wait) for period, wait in waits if wait is not None), 3600)


def newcomer_first_merge_rate(v: View) -> Answer:
    decided = [r for r in _first_requests(v) if r["state"] in ("merged", "closed")]
    return shares((v.period(r["day"]), r["state"] == "merged") for r in decided)


def inactive_contributors(v: View) -> Answer:
    last: dict[int, date] = {}
    for w in v.work():
        if w.person_kind == "human":
            last[w.person] = max(last.get(w.person, w.day), w.day)
    if not last or v.grain not in MONTHLY:
        return {}
    newest = max(last.values())
    gone = [(v.period(day), "all") for day in last.values()]
    return grouped(((p, s) for p, s in gone if (newest - v.end(p)).days >= 365), total=False)


def academic_contributors(v: View) -> Answer:
    kinds = {o: row["kind"] for o, row in v.world.organizations.items()}
    return distinct(
        (
            (v.period(w.day), "all", w.person)
            for w in v.work()
            if v.grain in MONTHLY and w.person_kind == "human" and kinds.get(w.organization) == "university"
        ),
        total=False,
    )


def coauthored_across_organizations(v: View) -> Answer:
    commits = {(c["repository_id"], c["sha"]): c for c in v.rows("commits")}
    pairs: dict[tuple[int, str], list[bool]] = defaultdict(list)
    for row in v.rows("commit_coauthors"):
        commit = commits[row["repository_id"], row["sha"]]
        author, other = v.world.human(commit["author_id"]), v.world.human(row["coauthor_id"])
        if author is None or other is None or author == other:
            continue
        mine, theirs = v.world.affiliation(author, commit["day"]), v.world.affiliation(other, commit["day"])
        if mine and theirs:
            crossed = mine["organization_id"] != theirs["organization_id"]
            pairs[row["repository_id"], row["sha"]].append(crossed)
    return shares((v.period(commits[key]["day"]), any(crossed)) for key, crossed in pairs.items())


def merge_to_release(v: View) -> Answer:
    shipped: dict[int, list[date]] = defaultdict(list)
    for release in v.rows("releases"):
        if not release["prerelease"]:
            shipped[release["repository_id"]].append(release["day"])
    items = []
    for r in v.rows("pull_requests"):
        author = v.world.human(r["author_id"])
        if author is None or r["state"] != "merged" or not shipped[r["repository_id"]]:
            continue
        known = v.world.affiliation(author, r["day"])
        if known and known["organization_id"] == v.world.steward:
            continue
        if not known and not v.world.people[author]["independent"]:
            continue
        later = [day for day in shipped[r["repository_id"]] if day >= r["merged_day"]]
        wait = float((min(later) - r["merged_day"]).days) if later else math.inf
        items.append((v.period(r["merged_day"]), wait))
    return quantiles(items, 1)


def production_stack_commits(v: View) -> Answer:
    if v.scope["kind"] != "project":
        return {}
    wanted = {"tensorflow/serving", "tensorflow/tfx", "tensorflow/tflite-micro", "google-ai-edge/LiteRT"}
    names = {r["repository_id"]: r["full_name"] for r in v.world.tables["repositories"]}
    done = [w for w in v.work("commit") if names[w.repository] in wanted]
    return grouped(((v.period(w.day), names[w.repository]) for w in done), total=True)


def new_contributors_by_kind(v: View) -> Answer:
    first: dict[tuple[int, str], date] = {}
    for w in v.work():
        if w.person_kind == "human":
            first[w.person, w.kind] = min(first.get((w.person, w.kind), w.day), w.day)
    return grouped(((v.period(day), kind) for (_, kind), day in first.items()), total=False)


def occasional_contributors(v: View) -> Answer:
    amounts: dict[tuple[date, int], int] = defaultdict(int)
    for w in v.work("commit", "coauthored_commit", "issue", "pull_request", "review", "comment"):
        if w.person_kind == "human" and v.grain in MONTHLY:
            amounts[v.period(w.day), w.person] += 1
    habits = ((period, "occasional" if n <= 4 else "regular") for (period, _), n in amounts.items())
    return grouped(habits, total=True)


def absence_factor_by_component(v: View) -> Answer:
    authors: dict[tuple[date, str], list[int]] = defaultdict(list)
    for r in v.rows("pull_requests"):
        author = v.world.human(r["author_id"])
        if r["state"] != "merged" or author is None or v.grain not in ("quarter", "year"):
            continue
        for name in v.world.labels[r["repository_id"], r["number"]]:
            if name.startswith("comp:"):
                authors[v.period(r["merged_day"]), name].append(author)
    answer: Answer = {}
    for place, theirs in authors.items():
        largest = pd.Series(theirs).value_counts().tolist()
        needed = next(k for k in range(1, len(largest) + 1) if 2 * sum(largest[:k]) >= len(theirs))
        answer[place] = (float(needed), len(theirs))
    return answer


def reviews_by_peer_organization(v: View) -> Answer:
    known = v.world.organizations
    peers = (w for w in v.work("review") if w.organization and known[w.organization]["peer"])
    return grouped(((v.period(w.day), known[w.organization]["name"]) for w in peers), total=True)


def share_by_organization(v: View) -> Answer:
    def who(w: Work) -> str:
        if w.segment != "organization":
            return w.segment
        row = v.world.organizations[w.organization]
        return str(row["name"]) if row["peer"] else "other organisations"

    whose: dict[date, list[str]] = defaultdict(list)
    for w in v.work("commit"):
        if v.grain in MONTHLY:
            whose[v.period(w.day)].append(who(w))
    return {
        (period, name): (names.count(name) / len(names), len(names))
        for period, names in whose.items()
        for name in set(names)
    }


def outside_share_per_release(v: View) -> Answer:
    items = []
    for r in v.rows("pull_requests"):
        later = [
            e["day"]
            for e in v.rows("releases")
            if e["repository_id"] == r["repository_id"] and not e["prerelease"] and r["merged_day"] is not None
            and e["day"] >= r["merged_day"]
        ]  # fmt: skip
        if r["state"] != "merged" or not later:
            continue
        author = v.world.human(r["author_id"])
        known = v.world.affiliation(author, r["day"]) if author is not None else None
        if author is None:
            outside = False
        elif known:
            outside = known["organization_id"] != v.world.steward
        else:
            outside = bool(v.world.people[author]["independent"])
        items.append((v.period(min(later)), outside))
    return shares(items)


def cloud_requests_first_response(v: View) -> Answer:
    asked = [r for name in ("issues", "pull_requests") for r in v.rows(name) if _about_cloud(v, r)]
    waits = ((v.period(r["day"]), _wait(v, r)) for r in asked)
    return quantiles(((period, wait) for period, wait in waits if wait is not None), 3600)


def cloud_samples_commits(v: View) -> Answer:
    if v.scope["kind"] != "project":
        return {}
    counts = _counts_of(v, lambda r: r["role"] == "cloud" or r["full_name"] == "tensorflow/serving")
    answer: Answer = {(p, name): (float(n), n) for name, held in counts.items() for p, n in held.items()}
    for period in {p for p, _ in answer}:
        total = sum(n for (p, _), (_, n) in list(answer.items()) if p == period)
        answer[period, "all"] = (float(total), total)
    return answer


def contributors_beside_peers(v: View) -> Answer:
    if v.scope["kind"] not in ("project", "repository") or v.grain not in MONTHLY:
        return {}
    named = {r["repository_id"]: r for r in v.world.tables["repositories"]}
    writers: dict[tuple[date, str], set[int]] = defaultdict(set)
    for w in v.world.work:
        if w.kind != "commit" or w.person_kind != "human":
            continue
        if w.repository in v.repositories:
            writers[v.period(w.day), "all"].add(w.person)
            writers[v.period(w.day), v.scope["title"]].add(w.person)
        beside = named[w.repository]
        if beside["role"] in ("peer", "compiler", "platform") and beside["full_name"] != v.scope["name"]:
            writers[v.period(w.day), beside["full_name"]].add(w.person)
    return {
        (p, name): (float(len(people)), len(people))
        for (p, name), people in writers.items()
        if (p, "all") in writers
    }


def stars_beside_peers(v: View) -> Answer:
    answer: Answer = {}
    if v.scope["kind"] != "project" or v.grain not in MONTHLY:
        return answer
    named = {r["repository_id"]: r for r in v.world.tables["repositories"]}
    for row in sorted(v.world.tables["popularity"], key=lambda row: row["day"]):
        beside = named[row["repository_id"]]
        wanted = beside["role"] in ("core", "peer", "compiler") and row["stars"] is not None
        if wanted and row["source"] == "star_history":
            answer[v.period(row["day"]), beside["full_name"]] = (float(row["stars"]), row["stars"])
    return answer


def _forks(v: View) -> dict[date, tuple[int, int]]:
    """Period → forks made, and those of them that contributed."""
    contributing: dict[tuple[int, date], set[int]] = defaultdict(set)
    for r in v.rows("pull_requests"):
        if r["fork_id"] and r["state"] != "deleted":
            contributing[r["repository_id"], r["fork_day"]].add(r["fork_id"])
    answer: dict[date, tuple[int, int]] = {}
    for r in v.rows("fork_counts"):
        gave = len(contributing[r["repository_id"], r["day"]])
        made, given = answer.get(v.period(r["day"]), (0, 0))
        answer[v.period(r["day"])] = (made + max(r["forks"], gave), given + gave)
    return answer


def technical_forks(v: View) -> Answer:
    answer: Answer = {}
    for period, (made, gave) in _forks(v).items():
        for segment, forks in (("contributing", gave), ("other", made - gave), ("all", made)):
            answer[period, segment] = (float(forks), made)
    return answer


def contributing_forks_share(v: View) -> Answer:
    return {(period, "all"): (gave / made, made) for period, (made, gave) in _forks(v).items() if made}


def languages(v: View) -> Answer:
    rows = [r for r in v.rows("repository_languages") if v.grain in MONTHLY and r["bytes"]]
    found = distinct(((v.period(r["day"]), "all", r["language"]) for r in rows), total=False)
    repositories = distinct(((v.period(r["day"]), "all", r["repository_id"]) for r in rows), total=False)
    return {key: (value, repositories[key][1]) for key, (value, _) in found.items()}


def rfcs_by_organization(v: View) -> Answer:
    found = []
    for r in v.rows("proposals"):
        person = v.world.people[v.world.person_of[r["author_id"]]] if r["author_id"] else None
        if person and person["kind"] == "bot":
            continue
        known = v.world.affiliation(person["person_id"], r["day"]) if person else None
        if person and (person["kind"] == "proxy" or (known and known["organization_id"] == v.world.steward)):
            who = "steward"
        elif known:
            who = v.world.organizations[known["organization_id"]]["name"]
        else:
            who = "independent" if person and person["independent"] else "unknown"
        found.append((v.period(r["day"]), who))
    return grouped(found, total=True)


def _first_issues(v: View) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    issues = {
        (r["repository_id"], r["number"]): r for r in v.rows("issues") if r["state"] in ("open", "closed")
    }
    pairs = [(r, issues.get((r["repository_id"], r["number"]))) for r in v.rows("first_issues")]
    return [(r, issue) for r, issue in pairs if issue]


def good_first_issues(v: View) -> Answer:
    kinds = {r["name"]: r["kind"] for r in v.world.tables["label_kinds"]}
    carrying = {
        (r["repository_id"], r["number"])
        for r in v.rows("labels")
        if kinds.get(r["name"].lower()) == "good_first_issue"
    }
    offered = {(r["repository_id"], r["number"]): r["day"] for r in v.rows("first_issues")}
    rows = []
    for r in v.rows("issues"):
        key = (r["repository_id"], r["number"])
        closed = r["closed_day"] if r["state"] == "closed" else None
        day = offered.get(key, r["day"])
        if key in carrying and r["state"] in ("open", "closed") and not (closed and closed < day):
            rows.append((day, closed))
    return _backlog(v, rows)


def good_first_issues_taken(v: View) -> Answer:
    waits = []
    for r, _ in _first_issues(v):
        wait = (r["taken_at"] - r["labelled_at"]).total_seconds() if r["taken_at"] else math.inf
        waits.append((v.period(r["day"]), wait))
    return quantiles(waits, 86400)


def good_first_issues_by_newcomers(v: View) -> Answer:
    first: dict[int, date] = {}
    for w in v.work("commit", "merged_pull_request"):
        first[w.person] = min(first.get(w.person, w.day), w.day)
    items = []
    for r, issue in _first_issues(v):
        person = v.world.human(r["solved_by"])
        if issue["state"] == "closed" and r["solved_day"] and person is not None:
            begun = first.get(person)
            items.append((v.period(r["solved_day"]), begun is None or (r["solved_day"] - begun).days <= 30))
    return shares(items)


#: Metric → its oracle: every public function above that takes a view.
ORACLES: dict[str, Callable[[View], Answer]] = {
    name: found
    for name, found in list(globals().items())
    if callable(found)
    and not name.startswith("_")
    and getattr(found, "__annotations__", {}).get("v") == "View"
}
