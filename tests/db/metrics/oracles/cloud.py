# ruff: noqa: E501 (a definition stands on few lines)
"""Cloud: what the product gains and where it runs, computed again."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date
from typing import Any

from .facts import OUTSIDE, Answer, View, counts_of, grouped, quantiles, requests, shares, use_cases, wait


def outside_share_of_merged(v: View) -> Answer:
    return shares((v.period(d), s in OUTSIDE) for d, s in requests(v, "merged_pull_request"))


def merged_affiliation_coverage(v: View) -> Answer:
    return shares((v.period(d), s != "unknown") for d, s in requests(v, "merged_pull_request"))


def use_cases_by_cloud(v: View) -> Answer:
    return grouped(((v.period(u["day"]), u["cloud"]) for u in use_cases(v)), total=True)


def google_cloud_share(v: View) -> Answer:
    stated = (u for u in use_cases(v) if u["cloud"] != "none_stated")
    return shares((v.period(u["day"]), u["cloud"] == "google_cloud") for u in stated)


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
    waits = ((v.period(r["day"]), wait(v, r)) for r in asked)
    return quantiles(((period, wait) for period, wait in waits if wait is not None), 3600)


def cloud_samples_commits(v: View) -> Answer:
    if v.scope["kind"] != "project":
        return {}
    counts = counts_of(v, lambda r: r["role"] == "cloud" or r["full_name"] == "tensorflow/serving")
    answer: Answer = {(p, name): (float(n), n) for name, held in counts.items() for p, n in held.items()}
    for period in {p for p, _ in answer}:
        total = sum(n for (p, _), (_, n) in list(answer.items()) if p == period)
        answer[period, "all"] = (float(total), total)
    return answer
