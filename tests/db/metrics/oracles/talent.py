"""Talent: who comes, stays and moves on, computed again."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date
from typing import Any

import pandas as pd

from .facts import (
    MONTHLY,
    OUTSIDE,
    Answer,
    View,
    Work,
    backlog,
    distinct,
    fewest,
    grouped,
    quantiles,
    shares,
    wait,
)


def academic_share_of_commits(v: View) -> Answer:
    kinds = {o: row["kind"] for o, row in v.world.organizations.items()}
    return shares((v.period(w.day), kinds.get(w.organization) == "university") for w in v.work("commit"))


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


def contributor_absence_factor(v: View) -> Answer:
    return fewest(v, lambda w: w.person if w.person_kind == "human" else None)


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
    waits = ((v.period(r["day"]), wait(v, r)) for r in _first_requests(v))
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


def _roles_on(v: View, person: int, day: date) -> list[dict[str, Any]]:
    rows = v.world.tables["person_roles"]
    return [r for r in rows if r["person_id"] == person and r["from_day"] <= day <= r["to_day"]]


def _people_at_work(v: View) -> list[Work]:
    return [w for w in v.work() if v.grain in MONTHLY and w.person_kind == "human"]


def academic_contributors(v: View) -> Answer:
    kinds = {o: row["kind"] for o, row in v.world.organizations.items()}
    return distinct(
        (
            (v.period(w.day), "all", w.person)
            for w in _people_at_work(v)
            if kinds.get(w.organization) == "university"
            or any(r["kind"] == "student" for r in _roles_on(v, w.person, w.day))
        ),
        total=False,
    )


def contributors_interns(v: View) -> Answer:
    return distinct(
        (
            (v.period(w.day), "all", w.person)
            for w in _people_at_work(v)
            if any(r["kind"] == "intern" for r in _roles_on(v, w.person, w.day))
        ),
        total=False,
    )


def programme_contributors(v: View) -> Answer:
    return distinct(
        (
            (v.period(w.day), segment, w.person)
            for w in _people_at_work(v)
            for r in _roles_on(v, w.person, w.day)
            for segment in ("all", r["programme"])
            if r["programme"]
        ),
        total=False,
    )


def programme_retention(v: View) -> Answer:
    days: dict[int, set[date]] = defaultdict(set)
    for w in _people_at_work(v):
        days[w.person].add(w.day)
    latest = max((day for mine in days.values() for day in mine), default=date.min)
    began: dict[tuple[int, str, date], date] = {}
    for r in v.world.tables["person_roles"]:
        if r["programme"]:
            key = (r["person_id"], r["programme"], r["to_day"])
            began[key] = min(began.get(key, r["from_day"]), r["from_day"])
    answer: Answer = {}
    for window in (90, 365):
        items = []
        for (person, _, end), start in began.items():
            took_part = any(start <= day <= end for day in days[person])
            if took_part and end <= latest and (latest - v.end(v.period(end))).days >= window:
                items.append((v.period(end), any(0 < (day - end).days <= window for day in days[person])))
        answer |= shares(items, f"{window} days")
    return answer


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
    return backlog(v, rows)


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
