"""Forks are counted by day once each, and comments on commits come whole, though lists shrink meanwhile."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from collector.github import in_order
from collector.github.client import GitHub
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from collector.simulator.server import Simulator

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CORE = "tensorflow/tensorflow"
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]


class Forked:
    """GitHub's list of forks, a few a page, from which forks can vanish and to which new ones come."""

    def __init__(self, forks: int, deepest: int = 10**9) -> None:
        self.rows = [self.fork(place) for place in range(forks)]
        self.deepest = deepest
        self.asked = 0

    @staticmethod
    def fork(place: int) -> dict[str, Any]:
        """Seven forks a day, some of them in the same second."""
        made = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=place // 7, seconds=place % 7 // 2)
        return {"id": 1000 + place, "created_at": f"{made:%Y-%m-%dT%H:%M:%SZ}"}

    def __call__(self, request: Request, handler: Handler) -> Response:
        if not request.path.endswith("/forks"):
            return handler(request)
        assert request.query["sort"] == "oldest"
        self.asked += 1
        page, size = request.number("page", 1), 10
        if page * size > self.deepest:
            return Response(422, b'{"message": "too deep"}')
        headers = {}
        if page * size < len(self.rows):
            headers["Link"] = f'<{request.api}{request.path}?page={page + 1}>; rel="next"'
        return Response(200, json.dumps(self.rows[(page - 1) * size : page * size]).encode(), headers)


def counted(rows: list[dict[str, Any]]) -> dict[date, int]:
    return {row["day"]: row["forks"] for row in rows}


def by_day(forks: list[dict[str, Any]]) -> dict[date, int]:
    return dict(Counter(date.fromisoformat(fork["created_at"][:10]) for fork in forks))


def test_forks_are_counted_by_the_day_on_which_they_were_made(
    engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    ended = collect(engine, github, "forks")
    listed = [
        fork for answer, _ in github.pages(f"/repos/{CORE}/forks", {"sort": "newest"}) for fork in answer.data
    ]
    assert len(listed) > 200
    assert counted(rows_of(engine, "fork_counts")) == by_day(listed)
    assert ended.requests == -(-len(listed) // 100)
    again = collect(engine, github, "forks", now=NOW + timedelta(days=1))
    assert (again.requests, again.rows) == (1, 0)


def test_a_list_that_shrinks_and_grows_between_runs_is_counted_whole_and_nothing_twice(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    forked = Forked(205)
    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[forked]) as server:
        github = GitHub(server.url, ["a-token"])
        collect(sqlite_engine, github, "forks", pages=11)
        # Twenty-three of those that are counted vanish: what was on page 12 is on pages 9 and 10 now.
        del forked.rows[40:63]
        collect(sqlite_engine, github, "forks", pages=3)
        collect(sqlite_engine, github, "forks")
        everything = [Forked.fork(place) for place in range(205)]
        assert counted(rows_of(sqlite_engine, "fork_counts")) == by_day(everything)
        forked.rows += [Forked.fork(place) for place in range(205, 209)]
        del forked.rows[0:20]
        forked.asked = 0
        collect(sqlite_engine, github, "forks", now=NOW + timedelta(days=1))
        github.close()
    everything += [Forked.fork(place) for place in range(205, 209)]
    assert counted(rows_of(sqlite_engine, "fork_counts")) == by_day(everything)
    assert forked.asked <= 6


def test_a_list_that_github_ends_before_its_end_says_so_in_the_ledger(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    forked = Forked(205, deepest=100)
    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[forked]) as server:
        github = GitHub(server.url, ["a-token"])
        ended = collect(sqlite_engine, github, "forks")
        github.close()
    assert (ended.state, ended.rejected) == ("done", 1)
    assert sum(counted(rows_of(sqlite_engine, "fork_counts")).values()) == 100


def test_a_list_read_from_any_place_gives_each_thing_once(github: GitHub) -> None:
    whole = [
        item["id"] for part in in_order.read(github, f"/repos/{CORE}/comments", {}) for item in part.items
    ]
    first = next(iter(in_order.read(github, f"/repos/{CORE}/comments", {}, parameters={"per_page": 3})))
    rest = in_order.read(github, f"/repos/{CORE}/comments", first.cursor, parameters={"per_page": 3})
    ids = [item["id"] for item in first.items] + [item["id"] for part in rest for item in part.items]
    assert ids == whole
    assert len(ids) == len(set(ids)) > 6


def test_comments_on_commits_are_the_third_kind(
    engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    assert collect(engine, github, "commit_comments").state == "done"
    listed = {
        item["id"]: item for answer, _ in github.pages(f"/repos/{CORE}/comments") for item in answer.data
    }
    people = {row["identity_id"]: row["github_user_id"] for row in rows_of(engine, "identities")}
    held = rows_of(engine, "comments")
    assert {row["github_id"] for row in held} == listed.keys() != set()
    for row in held:
        item = listed[row["github_id"]]
        assert (row["kind"], row["number"], row["sha"]) == ("commit", 0, item["commit_id"])
        assert f"{row['created_at']:%Y-%m-%dT%H:%M:%SZ}" == item["created_at"]
        assert people.get(row["author_id"]) == (item["user"] or {"id": None})["id"]
    assert collect(engine, github, "commit_comments").requests == 1
