"""Research: who shares and reviews with whom, computed again."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from .facts import MONTHLY, Answer, View, Work, distinct, fewest, grouped, shares, use_cases


def elephant_factor(v: View) -> Answer:
    return fewest(v, lambda w: w.organization or None)


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
        mine = v.world.employer(author, r["day"])
        theirs = set()
        for review in v.world.reviews[r["repository_id"], r["number"]]:
            reviewer = v.world.human(review["author_id"])
            if reviewer not in (None, author):
                held = v.world.employer(reviewer, review["day"])
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


def use_cases_with_papers(v: View) -> Answer:
    linked: dict[date, list[int]] = defaultdict(list)
    day = {u["repository_id"]: u["day"] for u in use_cases(v)}
    for m in v.world.tables["paper_mentions"]:
        if m["place"] == "description" and m["repository_id"] in day:
            linked[v.period(day[m["repository_id"]])].append(m["repository_id"])
    return {(period, "all"): (float(len(set(ids))), len(ids)) for period, ids in linked.items()}


def coauthored_across_organizations(v: View) -> Answer:
    commits = {(c["repository_id"], c["sha"]): c for c in v.rows("commits")}
    pairs: dict[tuple[int, str], list[bool]] = defaultdict(list)
    for row in v.rows("commit_coauthors"):
        commit = commits[row["repository_id"], row["sha"]]
        author, other = v.world.human(commit["author_id"]), v.world.human(row["coauthor_id"])
        if author is None or other is None or author == other:
            continue
        mine, theirs = v.world.employer(author, commit["day"]), v.world.employer(other, commit["day"])
        if mine and theirs:
            crossed = mine["organization_id"] != theirs["organization_id"]
            pairs[row["repository_id"], row["sha"]].append(crossed)
    return shares((v.period(commits[key]["day"]), any(crossed)) for key, crossed in pairs.items())


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


def rfcs_by_organization(v: View) -> Answer:
    found = []
    for r in v.rows("proposals"):
        person = v.world.people[v.world.person_of[r["author_id"]]] if r["author_id"] else None
        if person and person["kind"] == "bot":
            continue
        known = v.world.affiliation(person["person_id"], r["day"]) if person else None
        if person and (person["kind"] == "proxy" or (known and known["organization_id"] == v.world.steward)):
            who = "steward"
        elif known and known["organization_id"] is None:
            who = "independent"
        elif known:
            who = v.world.organizations[known["organization_id"]]["name"]
        else:
            who = "independent" if person and person["independent"] else "unknown"
        found.append((v.period(r["day"]), who))
    return grouped(found, total=True)
