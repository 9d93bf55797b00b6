"""The stored queries once more, in pandas over the tables as they are: what the SQL has to come to.

Every function is called like its query, takes the tables by name and gives the rows with the defaults
of the query's parameters; ties are in the order of the query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas

Tables = Mapping[str, pandas.DataFrame]
Rows = list[tuple[Any, ...]]
OUTSIDE = ("organization", "independent")
SINCE = "2015-11-09"


def _in_project(held: Tables, name: str, since: str | None = None) -> pandas.DataFrame:
    scopes = held["scopes"]
    project = scopes[scopes["name"] == "project"]["scope_id"].iloc[0]
    members = held["scope_repositories"]
    inside = members[members["scope_id"] == project]["repository_id"]
    found = held[name][held[name]["repository_id"].isin(inside)].copy()
    found["year"] = found["day"].astype(str).str[:4] + "-01-01"
    return found if since is None else found[found["day"].astype(str) >= since]


def _rows(found: pandas.DataFrame, by: list[str], ascending: list[bool], most: int = 10**9) -> Rows:
    ordered = found.sort_values(by, ascending=ascending, kind="stable").head(most)
    return [tuple(row) for row in ordered.itertuples(index=False)]


def commits_by_segment(held: Tables) -> Rows:
    work = _in_project(held, "contributions", SINCE)
    rows = []
    for (year, segment), part in work[work["kind"] == "commit"].groupby(["year", "segment"]):
        humans = part[part["person_kind"] == "human"]["person_id"].nunique()
        rows.append((year, segment, part["quantity"].sum(), humans))
    return sorted(rows)


def newcomers_by_year(held: Tables) -> Rows:
    work = _in_project(held, "contributions")
    work = work[(work["kind"] == "commit") & (work["person_kind"] == "human")]
    first = work.sort_values(["day", "segment"]).groupby("person_id").first()
    return [
        (year, len(part), part["segment"].isin(OUTSIDE).sum(), (part["segment"] == "unknown").sum())
        for year, part in first.groupby("year")
    ]


def outside_share_by_repository(held: Tables) -> Rows:
    work = _in_project(held, "contributions", SINCE)
    work = work[(work["kind"] == "commit") & work["person_kind"].isin(["human", "proxy"])]
    names = held["repositories"].set_index("repository_id")["full_name"]
    rows = []
    for repository, part in work.groupby("repository_id"):
        whole = part["quantity"].sum()
        outside = part[part["segment"].isin(OUTSIDE)]["quantity"].sum()
        unknown = part[part["segment"] == "unknown"]["quantity"].sum()
        rows.append((names[repository], whole, outside, unknown, outside / whole))
    return sorted(rows, key=lambda row: (-row[4], -row[1], row[0]))[:50]


def change_requests_by_year(held: Tables) -> Rows:
    asked = _in_project(held, "pull_requests", SINCE)
    rows = []
    for year, part in asked[asked["state"].isin(["open", "merged", "closed"])].groupby("year"):
        merged, refused, still = ((part["state"] == state).sum() for state in ("merged", "closed", "open"))
        ended = merged + refused
        rows.append((year, len(part), merged, refused, still, merged / ended if ended else None))
    return rows


def longest_waiting(held: Tables) -> Rows:
    people = held["identities"].merge(held["people"], on="person_id", suffixes=("", "_of_person"))
    humans = set(people[people["kind_of_person"] == "human"]["identity_id"])
    answers: dict[tuple[int, int], set[int]] = {}
    for name in ("reviews", "comments"):
        for row in held[name].itertuples():
            if getattr(row, "kind", "") != "commit" and row.author_id in humans:
                answers.setdefault((row.repository_id, row.number), set()).add(row.author_id)
    names = held["repositories"].set_index("repository_id")["full_name"]
    logins = held["identities"].set_index("identity_id")["login"]
    rows = []
    for row in _in_project(held, "pull_requests").itertuples():
        author = None if pandas.isna(row.author_id) else row.author_id
        if row.state == "open" and not answers.get((row.repository_id, row.number), set()) - {author}:
            login = None if author is None else logins[author]
            rows.append((names[row.repository_id], row.number, row.title, str(row.day), login))
    return sorted(rows, key=lambda row: (row[3], row[0], row[1]))[:50]


def use_cases_by_domain(held: Tables) -> Rows:
    used = held["use_cases"].merge(held["repositories"], on="repository_id")
    rows = [
        (
            domain,
            len(part),
            (part["day"].astype(str) >= "2024-01-01").sum(),
            (part["active_day"].astype(str).where(part["active_day"].notna(), "") >= "2024-01-01").sum(),
            part["stars"].fillna(0).sum(),
        )
        for domain, part in used.groupby("domain")
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def steps_of_people(held: Tables) -> Rows:
    work = _in_project(held, "contributions", SINCE)
    work = work[(work["person_kind"] == "human") & work["segment"].isin(OUTSIDE)]
    steps: dict[str, int] = {}
    for _, part in work.groupby("person_id"):
        done = part.groupby("kind")["quantity"].sum()
        asked, merged, reviewed = (
            done.get(kind, 0) for kind in ("pull_request", "merged_pull_request", "review")
        )
        step = "1 took part"
        for reached, name in (
            (asked > 0, "2 pull request"),
            (merged > 0, "3 merged"),
            (merged >= 3, "4 three or more merged"),
            (merged > 0 and reviewed > 0, "5 reviews"),
        ):
            step = name if reached else step
        steps[step] = steps.get(step, 0) + 1
    return sorted(steps.items())


def newcomers_who_stayed(held: Tables) -> Rows:
    work = _in_project(held, "contributions")
    spans = work[work["person_kind"] == "human"].groupby("person_id")["year"].agg(["min", "max"])
    rows = []
    for year, part in spans.groupby("min"):
        again = (part["max"] > part["min"]).sum()
        rows.append((year, len(part), again, again / len(part)))
    return rows


def joined_the_steward(held: Tables) -> Rows:
    work = _in_project(held, "contributions")
    names = held["people"].set_index("person_id")["display_name"]
    rows = []
    for person, part in work[work["person_kind"] == "human"].groupby("person_id"):
        joined = part[part["segment"] == "steward"]["day"].astype(str).min()
        if isinstance(joined, str):
            before = part[part["segment"].isin(OUTSIDE) & (part["day"].astype(str) < joined)]
            if len(before):
                first = before["day"].astype(str).min()
                rows.append((names[person], first, joined, before["quantity"].sum()))
    rows.sort(key=lambda row: row[0])
    return sorted(rows, key=lambda row: row[2], reverse=True)[:100]


def first_issues_by_repository(held: Tables) -> Rows:
    names = held["repositories"].set_index("repository_id")["full_name"]
    rows = []
    for repository, part in _in_project(held, "first_issues").groupby("repository_id"):
        solved = part["solved_day"].notna().sum()
        taken = part["taken_at"].notna().sum()
        rows.append((names[repository], len(part), taken, solved, solved / len(part)))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def universities(held: Tables) -> Rows:
    bodies = held["organizations"]
    work = _in_project(held, "contributions", SINCE).merge(
        bodies[bodies["kind"] == "university"], on="organization_id"
    )
    rows = [
        (
            name,
            part["person_id"].nunique(),
            part[part["kind_x"] == "commit"]["quantity"].sum(),
            part["day"].astype(str).max(),
        )
        for name, part in work[work["person_kind"] == "human"].groupby("name")
    ]
    return sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))[:50]


def absence_factor_by_repository(held: Tables) -> Rows:
    work = _in_project(held, "contributions", SINCE)
    work = work[(work["kind"] == "commit") & (work["person_kind"] == "human")]
    names = held["repositories"].set_index("repository_id")["full_name"]
    rows = []
    for repository, part in work.groupby("repository_id"):
        each = sorted(part.groupby("person_id")["quantity"].sum(), reverse=True)
        rows.append((names[repository], sum(each), len(each), _fewest(each)))
    return sorted(rows, key=lambda row: (row[3], -row[1], row[0]))


def _fewest(each: list[int]) -> int:
    """How many of the largest make half of all."""
    taken = 0
    for number, part in enumerate(each, 1):
        taken += part
        if 2 * taken >= sum(each):
            return number
    return 0


def organizations_behind_commits(held: Tables) -> Rows:
    work = _in_project(held, "contributions", SINCE)
    work = work[(work["kind"] == "commit") & (work["person_kind"] == "human")]
    whole = work["quantity"].sum()
    known = work.merge(held["organizations"], on="organization_id")
    rows = [
        (
            name,
            part["steward"].iloc[0],
            part["quantity"].sum(),
            part["person_id"].nunique(),
            part["quantity"].sum() / whole,
        )
        for name, part in known.groupby("name")
    ]
    return sorted(rows, key=lambda row: (-row[2], row[0]))[:50]


def rivals_by_year(held: Tables) -> Rows:
    bodies = held["organizations"]
    work = _in_project(held, "contributions", SINCE)
    known = work[work["person_kind"] == "human"].merge(
        bodies[bodies["peer"] == 1][["organization_id", "name"]], on="organization_id"
    )
    rows = []
    for (year, name), part in known.groupby(["year", "name"]):
        sums = part.groupby("kind")["quantity"].sum()
        rows.append((year, name, part["person_id"].nunique(), sums.get("commit", 0), sums.get("review", 0)))
    return sorted(rows)


def elephant_factor_by_year(held: Tables) -> Rows:
    work = _in_project(held, "contributions", SINCE)
    work = work[
        (work["kind"] == "commit") & (work["person_kind"] == "human") & (work["organization_id"] != 0)
    ]
    rows = []
    for year, part in work.groupby("year"):
        each = sorted(part.groupby("organization_id")["quantity"].sum(), reverse=True)
        rows.append((year, sum(each), len(each), _fewest(each)))
    return rows


def papers_most_linked(held: Tables) -> Rows:
    found = _in_project(held, "paper_mentions", SINCE).merge(held["papers"], on="paper_id")
    rows = [
        (scheme, identifier, len(part), part["repository_id"].nunique(), part["day"].astype(str).min())
        for (scheme, identifier), part in found.groupby(["scheme", "identifier"])
    ]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))[:50]


def proposals_by_year(held: Tables) -> Rows:
    found = held["proposals"]
    years = found["day"].astype(str).str[:4] + "-01-01"
    counted = found.groupby([years, found["status"]]).size()
    return sorted((year, status, count) for (year, status), count in counted.items())


def clouds_of_use_cases(held: Tables) -> Rows:
    used = held["use_cases"]
    counted = used[used["day"].astype(str) >= SINCE].groupby("cloud").size()
    stated = counted.drop("none_stated", errors="ignore").sum()
    rows = [
        (cloud, count, None if cloud == "none_stated" else count / stated) for cloud, count in counted.items()
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def merged_changes_by_segment(held: Tables) -> Rows:
    work = _in_project(held, "contributions", SINCE)
    work = work[(work["kind"] == "merged_pull_request") & (work["person_kind"] == "human")]
    return sorted(
        (year, segment, part["quantity"].sum(), part["person_id"].nunique())
        for (year, segment), part in work.groupby(["year", "segment"])
    )


def stars_beside_others(held: Tables) -> Rows:
    found = held["repositories"]
    found = found[(found["role"] != "use_case") & found["stars"].notna()]
    kept = found[["full_name", "role", "stars", "forks", "watchers"]]
    return _rows(kept, ["stars", "full_name"], [False, True], 50)


def numbers_of_a_metric(held: Tables) -> Rows:
    values, scopes = held["metric_values"], held["scopes"]
    project = scopes[scopes["name"] == "project"]["scope_id"].iloc[0]
    found = values[
        (values["metric"] == "commits") & (values["scope_id"] == project) & (values["grain"] == "month")
    ]
    kept = found[["period", "segment", "value", "sample_size", "complete"]]
    return _rows(kept, ["period", "segment"], [True, True])


ORACLES: dict[str, Callable[[Tables], Rows]] = {
    function.__name__: function
    for function in (
        *(commits_by_segment, newcomers_by_year, outside_share_by_repository, change_requests_by_year),
        *(longest_waiting, use_cases_by_domain, steps_of_people, newcomers_who_stayed, joined_the_steward),
        *(first_issues_by_repository, universities, absence_factor_by_repository, rivals_by_year),
        *(organizations_behind_commits, elephant_factor_by_year, papers_most_linked, proposals_by_year),
        *(clouds_of_use_cases, merged_changes_by_segment, stars_beside_others, numbers_of_a_metric),
    )
}
