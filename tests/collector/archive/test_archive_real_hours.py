"""Real events of 2015 and 2025, loaded and counted anew in plain Python."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.archive.selection import Wanted

HOURS = {
    "2015-01-01T15": "gharchive.2015-01-01-15.first1024.json.gz",
    "2025-01-01T15": "gharchive.2025-01-01-15.first2048.json.gz",
}


@pytest.mark.real
@pytest.mark.parametrize("hour", HOURS)
def test_real_hours_give_the_facts_that_counting_them_by_hand_gives(
    shared_data: Path, tmp_path: Path, sqlite_engine: Engine, load_hours: Any, rows: Any, hour: str
) -> None:
    real = shared_data / "community" / HOURS[hour]
    folder = tmp_path / "real"
    folder.mkdir()
    shutil.copy(real, folder / f"{hour.replace('T', '-')}.json.gz")
    with gzip.open(real, "rt", encoding="utf-8") as file:
        events = [json.loads(line) for line in file]

    ended = load_hours(sqlite_engine, folder, [hour], wanted=Wanted(names=("*",)))

    assert (ended.state, ended.rejected) == ("done", 0)
    (line,) = rows(sqlite_engine, "archive_hours")
    assert (line["lines"], line["kept_events"], line["bad_lines"]) == (len(events), len(events), 0)
    kinds = Counter(event["type"] for event in events)
    days = rows(sqlite_engine, "archive_days")
    assert sum(day["stars"] for day in days) == kinds["WatchEvent"]
    assert sum(day["forks"] for day in days) == kinds["ForkEvent"]
    assert sum(day["pushes"] for day in days) == kinds["PushEvent"]
    pushed = sum(event["payload"]["distinct_size"] for event in events if event["type"] == "PushEvent")
    assert sum(day["commits"] for day in days) == pushed
    numbers = {row["repository_id"]: row["github_id"] for row in rows(sqlite_engine, "repositories")}
    issues = {
        (event["repo"]["id"], event["payload"]["issue"]["number"]): event["payload"]["issue"]
        for event in sorted(events, key=lambda event: (event["created_at"], int(event["id"])))
        if event["type"] in ("IssuesEvent", "IssueCommentEvent")
        and "pull_request" not in event["payload"]["issue"]
    }
    found = {(numbers[row["repository_id"]], row["number"]): row for row in rows(sqlite_engine, "issues")}
    assert found.keys() == issues.keys()
    for key, issue in issues.items():
        assert (found[key]["title"], found[key]["state"]) == (issue["title"], issue["state"])
        assert found[key]["created_at"].strftime("%Y-%m-%dT%H:%M:%SZ") == issue["created_at"]
    merged = set()
    for event in events:
        pull, issue = (event["payload"].get(name) or {} for name in ("pull_request", "issue"))
        if pull.get("merged_at") or issue.get("pull_request", {}).get("merged_at"):
            merged.add((event["repo"]["id"], (pull or issue)["number"]))
    pulls = rows(sqlite_engine, "pull_requests")
    assert {(numbers[p["repository_id"]], p["number"]) for p in pulls if p["state"] == "merged"} == merged
    comments = Counter(row["kind"] for row in rows(sqlite_engine, "comments"))
    assert comments["conversation"] == kinds["IssueCommentEvent"]
    assert comments["review_line"] == kinds["PullRequestReviewCommentEvent"]
    assert comments["commit"] == kinds["CommitCommentEvent"]
    assert len(rows(sqlite_engine, "reviews")) == kinds["PullRequestReviewEvent"]
