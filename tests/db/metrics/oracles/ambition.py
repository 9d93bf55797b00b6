"""Ambition: the project beside Linux, Android and its peers, computed again."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pandas as pd

from .facts import MONTHLY, Answer, View, counted, counts_of, distinct


def commits_by_history_count(v: View) -> Answer:
    return {(p, "all"): (float(n), n) for p, n in counted(v, v.rows("history_counts")).items()}


def _own(v: View) -> dict[date, int]:
    sums: dict[date, int] = defaultdict(int)
    for w in v.work("commit"):
        if v.grain in MONTHLY and v.scope["kind"] in ("project", "repository"):
            sums[v.period(w.day)] += 1
    return dict(sums)


def commits_beside_platforms(v: View) -> Answer:
    own = _own(v)
    answer: Answer = {(p, s): (float(n), n) for p, n in own.items() for s in ("all", v.scope["title"])}
    for name, counts in counts_of(
        v, lambda r: r["role"] == "platform" or r["full_name"] == "llvm/llvm-project"
    ).items():
        answer |= {
            (p, name): (float(n), n) for p, n in counts.items() if p in own and name != v.scope["name"]
        }
    return answer


def commits_for_each_of_linux(v: View) -> Answer:
    linux = counts_of(v, lambda r: r["full_name"] == "torvalds/linux").get("torvalds/linux", {})
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


def languages(v: View) -> Answer:
    rows = [r for r in v.rows("repository_languages") if v.grain in MONTHLY and r["bytes"]]
    found = distinct(((v.period(r["day"]), "all", r["language"]) for r in rows), total=False)
    repositories = distinct(((v.period(r["day"]), "all", r["repository_id"]) for r in rows), total=False)
    return {key: (value, repositories[key][1]) for key, (value, _) in found.items()}


def hardware_platforms(v: View) -> Answer:
    named = {name: {r[key]: r for r in v.world.tables[name]} for name, key in (
        ("benchmark_series", "series_id"), ("hardware", "hardware_id"), ("environments", "environment_id"),
    )}  # fmt: skip
    found: dict[tuple[date, str], list[str]] = defaultdict(list)
    for r in (
        v.world.tables["benchmark_results"] if v.scope["kind"] == "project" and v.grain in MONTHLY else ()
    ):
        machine = named["hardware"][named["benchmark_series"][r["series_id"]]["hardware_id"]]
        framework = named["environments"][r["environment_id"]]["framework"]
        if r["valid"] and framework == "TensorFlow" and machine["hardware_class"] != "unknown":
            for segment in ("all", machine["hardware_class"]):
                found[v.period(r["measured_at"].date()), segment].append(
                    f"{machine['vendor']} {machine['family']}"
                )
    return {place: (float(len(set(families))), len(families)) for place, families in found.items()}
