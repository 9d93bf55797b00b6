"""Innovation: what outside developers and new uses bring, computed again."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from .facts import (
    FREQUENCIES,
    MONTHLY,
    OUTSIDE,
    Answer,
    View,
    backlog,
    distinct,
    grouped,
    quantiles,
    requests,
    shares,
    use_cases,
    wait,
)


def commits(v: View) -> Answer:
    return grouped(((v.period(w.day), w.segment) for w in v.work("commit")), total=True)


def outside_share_of_commits(v: View) -> Answer:
    return shares((v.period(w.day), w.segment in OUTSIDE) for w in v.work("commit"))


def affiliation_coverage(v: View) -> Answer:
    return shares((v.period(w.day), w.segment != "unknown") for w in v.work("commit"))


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


def change_requests_opened(v: View) -> Answer:
    return grouped(((v.period(d), s) for d, s in requests(v, "pull_request")), total=True)


def change_requests_merged(v: View) -> Answer:
    return grouped(((v.period(d), s) for d, s in requests(v, "merged_pull_request")), total=True)


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


def _waits(v: View, name: str) -> list[tuple[date, float]]:
    waits = ((v.period(r["day"]), wait(v, r)) for r in v.rows(name))
    return [(period, wait) for period, wait in waits if wait is not None]


def time_to_first_response(v: View) -> Answer:
    return quantiles(_waits(v, "pull_requests"), 3600)


def issue_time_to_first_response(v: View) -> Answer:
    return quantiles(_waits(v, "issues"), 3600)


def unanswered_change_requests(v: View) -> Answer:
    return shares((period, math.isinf(wait)) for period, wait in _waits(v, "pull_requests"))


def open_change_requests(v: View) -> Answer:
    rows = v.rows("pull_requests")
    return backlog(
        v, [(r["day"], (r["merged_day"] or r["closed_day"]) if r["state"] != "open" else None) for r in rows]
    )


def open_issues(v: View) -> Answer:
    return backlog(
        v, [(r["day"], r["closed_day"] if r["state"] != "open" else None) for r in v.rows("issues")]
    )


def _unanswered(v: View, name: str, closing: Callable[[dict[str, Any]], date | None]) -> Answer:
    """What a human opened waits from that day to its first answer or its end, whichever is first."""
    spans: list[tuple[date, date | None]] = []
    for r in v.rows(name):
        waited = wait(v, r)
        if waited is None:
            continue
        answered = None if math.isinf(waited) else (r["created_at"] + pd.Timedelta(seconds=waited)).date()
        ends = [day for day in (answered, closing(r)) if day]
        spans.append((r["day"], min(ends, default=None)))
    return backlog(v, spans)


def unanswered_open_issues(v: View) -> Answer:
    return _unanswered(v, "issues", lambda r: r["closed_day"])


def unanswered_open_change_requests(v: View) -> Answer:
    return _unanswered(v, "pull_requests", lambda r: r["merged_day"] or r["closed_day"])


def use_cases_new(v: View) -> Answer:
    return grouped(((v.period(u["day"]), u["domain"]) for u in use_cases(v)), total=True)


def use_case_domain_diversity(v: View) -> Answer:
    frame = pd.DataFrame([(v.period(u["day"]), u["domain"]) for u in use_cases(v) if u["domain"] != "other"])
    answer: Answer = {}
    for period, domains in frame.groupby(0)[1] if len(frame) else ():
        p = domains.value_counts(normalize=True)
        answer[period, "all"] = (-sum(x * math.log(x) for x in p), len(domains))
    return answer


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
    return grouped(((v.period(u["day"]), language[u["repository_id"]]) for u in use_cases(v)), total=True)


def use_cases_active(v: View) -> Answer:
    lived = []
    for u in use_cases(v) if v.grain in MONTHLY else ():
        last = max(u["day"], u["active_day"] or u["day"])
        periods = pd.period_range(u["day"], last, freq=FREQUENCIES[v.grain])
        lived += [(moment.start_time.date(), u["domain"]) for moment in periods]
    return grouped(lived, total=True)


def use_cases_in_new_fields(v: View) -> Answer:
    stated = [u for u in use_cases(v) if u["domain"] != "other"]
    first: dict[tuple[str, ...], date] = {}
    for u in sorted(stated, key=lambda u: u["day"]):
        first.setdefault((u["domain"],), u["day"])
        if u["platform"] != "other":
            first.setdefault((u["domain"], u["platform"]), u["day"])
    kinds = {1: "domain", 2: "domain_on_platform"}
    return grouped(((v.period(day), kinds[len(key)]) for key, day in first.items()), total=False)


def new_contributors_by_kind(v: View) -> Answer:
    first: dict[tuple[int, str], date] = {}
    for w in v.work():
        if w.person_kind == "human":
            first[w.person, w.kind] = min(first.get((w.person, w.kind), w.day), w.day)
    return grouped(((v.period(day), kind) for (_, kind), day in first.items()), total=False)


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
