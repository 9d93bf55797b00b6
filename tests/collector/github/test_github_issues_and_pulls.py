"""Issues and pull requests come whole, once, however often the collecting is cut off."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.github import issues, pull_requests
from collector.github.client import GitHub
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from collector.simulator.server import Simulator
from db.schema import stable_id

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CORE = "tensorflow/tensorflow"
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]


def listed(github: GitHub, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """All items of a REST list: a second way to the same facts."""
    return [item for answer, _ in github.pages(path, parameters) for item in answer.data]


def small_pages(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for module in (issues, pull_requests):
        monkeypatch.setattr(module, "LISTING", replace(module.LISTING, most=size))


def test_issues_held_equal_what_rest_lists(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    assert collect(sqlite_engine, github, "issues").state == "done"
    rest = [
        item for item in listed(github, f"/repos/{CORE}/issues", state="all") if "pull_request" not in item
    ]
    held = {row["number"]: row for row in rows_of(sqlite_engine, "issues")}
    assert len(rest) > 100
    assert any(item["state_reason"] == "duplicate" for item in rest)
    assert sorted(held) == sorted(item["number"] for item in rest)
    for item in rest:
        row = held[item["number"]]
        assert row["github_id"] == item["id"]
        assert row["title"] == item["title"]
        assert (row["state"], row["state_reason"]) == (item["state"], item["state_reason"])
        assert row["author_id"] == (stable_id("login", item["user"]["id"]) if item["user"] else None)
        assert f"{row['created_at']:%Y-%m-%dT%H:%M:%SZ}" == item["created_at"]
        assert row["day"].isoformat() == item["created_at"][:10]
        assert (row["closed_day"] or "") == (
            datetime.fromisoformat(item["closed_at"]).date() if item["closed_at"] else ""
        )
        assert (row["comments"], row["reactions"]) == (item["comments"], item["reactions"]["total_count"])
    wanted = sorted((item["number"], label["name"]) for item in rest for label in item["labels"])
    assert sorted((row["number"], row["name"]) for row in rows_of(sqlite_engine, "labels")) == wanted


def test_pull_requests_comments_and_reviews_equal_what_rest_lists(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "pull_requests")
    collect(sqlite_engine, github, "issues")
    pulls = listed(github, f"/repos/{CORE}/pulls", state="all")
    held = {row["number"]: row for row in rows_of(sqlite_engine, "pull_requests")}
    assert sorted(held) == sorted(item["number"] for item in pulls)
    assert {row["number"] for row in held.values() if row["merge_evidence"] == "github"} == {
        item["number"] for item in pulls if item["merged_at"]
    }
    comments = rows_of(sqlite_engine, "comments")
    conversation = {row["github_id"] for row in comments if row["kind"] == "conversation"}
    lines = {row["github_id"] for row in comments if row["kind"] == "review_line"}
    assert conversation == {item["id"] for item in listed(github, f"/repos/{CORE}/issues/comments")}
    assert lines == {item["id"] for item in listed(github, f"/repos/{CORE}/pulls/comments")}
    assert lines
    reviews = Counter(row["number"] for row in rows_of(sqlite_engine, "reviews"))
    busiest, count = reviews.most_common(1)[0]
    assert count == len(listed(github, f"/repos/{CORE}/pulls/{busiest}/reviews"))
    assert {number: row["reviews"] for number, row in held.items() if row["reviews"]} == dict(reviews)


def test_identities_know_the_kind_of_account_and_the_span_of_acts(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "issues")
    identities = {row["identity_id"]: row for row in rows_of(sqlite_engine, "identities")}
    acts: dict[int, list[datetime]] = {}
    for name in ("issues", "comments"):
        for row in rows_of(sqlite_engine, name):
            if row["author_id"] is not None:
                acts.setdefault(row["author_id"], []).append(row["created_at"])
    assert identities.keys() == acts.keys()
    for identity, times in acts.items():
        row = identities[identity]
        assert (row["first_seen"], row["last_seen"]) == (min(times), max(times))
        assert row["kind"] == "login"
        assert row["account_type"] in ("User", "Bot", "Organization", "Mannequin")
        assert row["account_type"] != "Bot" or row["login"].endswith("[bot]")


def test_a_pull_request_that_a_commit_closed_is_merged_with_the_commit_as_evidence(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "pull_requests")
    landed = [row for row in rows_of(sqlite_engine, "pull_requests") if row["merge_evidence"] == "commit"]
    assert landed
    for row in landed[:5]:
        rest = github.get(f"/repos/{CORE}/pulls/{row['number']}").data
        assert (rest["merged"], rest["state"]) == (False, "closed")
        assert row["state"] == "merged"
        assert row["merged_at"] == row["closed_at"] is not None
        commits = [item["sha"] for item in listed(github, f"/repos/{CORE}/commits")]
        assert row["merge_commit"] in commits


def test_threads_longer_than_a_page_come_whole(
    sqlite_engine: Engine,
    new_engine: Callable[[], Engine],
    github: GitHub,
    collect: Collect,
    everything: Callable[[Engine], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collect(sqlite_engine, github, "pull_requests", "tensorflow/addons")
    collect(sqlite_engine, github, "issues", "tensorflow/addons")
    other = new_engine()
    monkeypatch.setattr(issues, "LISTING", replace(issues.LISTING, nested=4))
    monkeypatch.setattr(pull_requests, "LISTING", replace(pull_requests.LISTING, nested=2))
    collect(other, github, "pull_requests", "tensorflow/addons")
    collect(other, github, "issues", "tensorflow/addons")
    assert everything(other) == everything(sqlite_engine)
    assert any(row[0] for row in everything(other)["comments"])


@pytest.mark.parametrize("job", ["issues", "pull_requests"])
def test_a_run_that_is_cut_off_after_every_page_ends_as_an_undisturbed_one_does(
    engine: Engine,
    new_engine: Callable[[], Engine],
    github: GitHub,
    collect: Collect,
    everything: Callable[[Engine], Any],
    job: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_pages(monkeypatch, 12)
    undisturbed = new_engine()
    assert collect(undisturbed, github, job).state == "done"
    states = []
    while "done" not in states and len(states) < 100:
        states.append(collect(engine, github, job, pages=1).state)
    assert len(states) > 8
    assert states == ["stopped"] * (len(states) - 1) + ["done"]
    assert everything(engine) == everything(undisturbed)


def test_a_second_run_asks_little_and_writes_nothing(
    sqlite_engine: Engine, github: GitHub, collect: Collect, everything: Callable[[Engine], Any]
) -> None:
    for job in ("issues", "pull_requests"):
        first = collect(sqlite_engine, github, job)
        before = everything(sqlite_engine)
        second = collect(sqlite_engine, github, job)
        assert first.points > second.points
        assert (second.rows, second.requests) == (0, 1 if job == "pull_requests" else 0)
        assert second.points <= 3
        assert everything(sqlite_engine) == before


def test_a_point_buys_as_many_items_as_githubs_formula_gives(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    costs: list[int] = []

    def count(request: Request, handler: Handler) -> Response:
        answer = handler(request)
        if request.path == "/graphql":
            costs.append(json.loads(answer.body)["data"]["rateLimit"]["cost"])
        return answer

    with Simulator(scale=0.03, seed=3, now=NOW, middleware=[count]) as server:
        github = GitHub(server.url, ["a-token"])
        ended = {job: collect(sqlite_engine, github, job) for job in ("issues", "pull_requests")}
        github.close()
    assert set(costs) == {1}
    for job, lists in (("issues", 3), ("pull_requests", 4)):
        items = rows_of(sqlite_engine, job)
        size = max(n for n in range(1, 101) if round((1 + n * lists) / 100) <= 1)
        pages = -(-len(items) // size)
        longer = sum((row["comments"] - 1) // 100 for row in items if row["comments"])
        assert len(items) > 1000
        # The page after the last one, and a look at the top for what changed meanwhile.
        assert pages <= ended[job].points <= pages + longer + 2
    # At this rate all of tensorflow/tensorflow (41,700 and 80,600) leaves a third of an hour to others.
    assert 41_700 / 49 + 80_600 / 37 < 3_100


def test_pages_grow_to_the_full_hundred_where_small_ones_are_not_the_cheap_ones(
    sqlite_engine: Engine, collect: Collect
) -> None:
    asked: list[int] = []

    def dear(request: Request, handler: Handler) -> Response:
        answer = handler(request)
        if request.path == "/graphql":
            asked.append(json.loads(request.body)["variables"]["first"])
            data = json.loads(answer.body)
            data["data"]["rateLimit"]["cost"] = 2
            answer.body = json.dumps(data).encode()
        return answer

    with Simulator(scale=0.005, seed=3, now=NOW, middleware=[dear]) as server:
        github = GitHub(server.url, ["a-token"])
        collect(sqlite_engine, github, "pull_requests")
        github.close()
    assert (asked[0], max(asked)) == (37, 100)


class Moving:
    """A clock that goes on with each of the next pages, so that items change while pages turn."""

    def __init__(self, start: datetime, step: timedelta, pages: int) -> None:
        self.seconds = int(start.timestamp())
        self.step = int(step.total_seconds())
        self.pages = pages

    def __call__(self) -> int:
        return self.seconds

    def tick(self, request: Request, handler: Handler) -> Response:
        if request.path == "/graphql" and self.pages > 0:
            self.seconds += self.step
            self.pages -= 1
        return handler(request)


def activity(rows_of: RowsOf, engine: Engine) -> dict[str, list[str]]:
    """All that hangs on issues and pull requests, but for the author's association.

    GitHub tells the association as it is now, and an item is not updated when it changes.
    """
    held = {}
    for name in ("issues", "pull_requests", "labels", "comments", "reviews"):
        rows = rows_of(engine, name)
        held[name] = sorted(
            repr({column: value for column, value in row.items() if column != "author_association"})
            for row in rows
        )
    return held


@pytest.mark.parametrize("job", ["issues", "pull_requests"])
def test_items_that_move_while_pages_turn_are_not_missed(
    sqlite_engine: Engine,
    new_engine: Callable[[], Engine],
    collect: Collect,
    rows_of: RowsOf,
    job: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_pages(monkeypatch, 10)
    clock = Moving(NOW - timedelta(days=900), timedelta(days=10), 6)
    with Simulator(scale=0.002, seed=5, clock=clock, middleware=[clock.tick]) as server:
        github = GitHub(server.url, ["a-token"])
        # The first run meets what changed before it ends; one that goes on meets what changes later.
        for _ in range(2):
            collect(sqlite_engine, github, job)
            assert clock.pages == 0
            fresh = new_engine()
            collect(fresh, github, job)
            assert activity(rows_of, sqlite_engine) == activity(rows_of, fresh)
            clock.pages = 1
        github.close()


@pytest.mark.parametrize("job", ["issues", "pull_requests"])
def test_catching_up_that_is_cut_off_after_every_page_comes_to_an_end(
    sqlite_engine: Engine,
    new_engine: Callable[[], Engine],
    collect: Collect,
    rows_of: RowsOf,
    job: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_pages(monkeypatch, 10)
    clock = Moving(NOW - timedelta(days=2500), timedelta(), 0)
    with Simulator(scale=0.002, seed=5, clock=clock) as server:
        github = GitHub(server.url, ["a-token"])
        collect(sqlite_engine, github, job)
        clock.seconds = int(NOW.timestamp())
        states: list[str] = []
        while "done" not in states and len(states) < 60:
            states.append(collect(sqlite_engine, github, job, pages=1).state)
        fresh = new_engine()
        collect(fresh, github, job)
        github.close()
    assert len(states) > 4
    assert states[-1] == "done"
    assert activity(rows_of, sqlite_engine) == activity(rows_of, fresh)


def test_a_label_or_comment_that_is_gone_leaves_no_row(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    poorer = False

    def poor(request: Request, handler: Handler) -> Response:
        answer = handler(request)
        if poorer and request.path == "/graphql":
            data = json.loads(answer.body)
            for node in data["data"]["repository"]["issues"]["nodes"]:
                node["labels"]["nodes"] = []
                node["updatedAt"] = "2026-10-31T00:00:00Z"
            answer.body = json.dumps(data).encode()
        return answer

    with Simulator(scale=0.001, seed=5, now=NOW, middleware=[poor]) as server:
        github = GitHub(server.url, ["a-token"])
        collect(sqlite_engine, github, "issues", "tensorflow/addons")
        assert rows_of(sqlite_engine, "labels")
        poorer = True
        collect(sqlite_engine, github, "issues", "tensorflow/addons")
        github.close()
    assert rows_of(sqlite_engine, "labels") == []


def test_a_bounded_first_run_takes_the_newest_and_a_later_one_the_rest(
    sqlite_engine: Engine,
    new_engine: Callable[[], Engine],
    github: GitHub,
    collect: Collect,
    everything: Callable[[Engine], Any],
    rows_of: RowsOf,
) -> None:
    since = NOW - timedelta(days=700)
    for job in ("issues", "pull_requests"):
        collect(sqlite_engine, github, job, since=since)
    recent = len(rows_of(sqlite_engine, "issues"))
    whole = new_engine()
    for job in ("issues", "pull_requests"):
        collect(whole, github, job)
        collect(sqlite_engine, github, job)
    assert 0 < recent < len(rows_of(whole, "issues"))
    assert everything(sqlite_engine) == everything(whole)


def test_pages_halve_when_github_is_too_slow_and_grow_back(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    asked: list[int] = []

    def slow(request: Request, handler: Handler) -> Response:
        if request.path == "/graphql":
            first = json.loads(request.body)["variables"].get("first", 0)
            asked.append(first)
            if first > 20 and len(asked) < 6:
                return Response(502, b"<html>", {"Content-Type": "text/html"})
        return handler(request)

    with Simulator(scale=0.003, seed=3, now=NOW, middleware=[slow]) as server:
        github = GitHub(server.url, ["a-token"], sleep=pytest.fail)
        ended = collect(sqlite_engine, github, "issues")
        github.close()
    assert ended.state == "done"
    assert asked[:3] == [49, 24, 12]
    assert max(asked[6:]) > 25
    assert rows_of(sqlite_engine, "issues")


def test_one_item_that_github_cannot_give_is_refused_and_the_rest_goes_on(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf, new_engine: Callable[[], Engine]
) -> None:
    broken: list[int] = []

    def half(request: Request, handler: Handler) -> Response:
        answer = handler(request)
        data = json.loads(answer.body)
        if request.path != "/graphql" or "repository" not in data["data"]:
            return answer
        nodes = data["data"]["repository"]["issues"]["nodes"]
        if not broken:
            broken.append(nodes[3]["number"])
        for node in nodes:
            if node["number"] in broken:
                node["comments"] = None
                data["errors"] = [{"message": "Something went wrong while executing your query.", "path": []}]
        answer.body = json.dumps(data).encode()
        return answer

    with Simulator(scale=0.003, seed=3, now=NOW, middleware=[half]) as server:
        github = GitHub(server.url, ["a-token"], sleep=lambda _: None)
        ended = collect(sqlite_engine, github, "issues")
        github.close()
    assert ended.state == "done"
    numbers = {row["number"] for row in rows_of(sqlite_engine, "issues")}
    assert broken[0] not in numbers
    with Simulator(scale=0.003, seed=3, now=NOW) as server:
        github = GitHub(server.url, ["a-token"])
        whole = new_engine()
        collect(whole, github, "issues")
        github.close()
    assert {row["number"] for row in rows_of(whole, "issues")} - numbers == set(broken)
    assert ended.rejected >= 1


def test_a_pull_request_names_the_fork_that_it_comes_from(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "pull_requests")
    heads = {
        pull["number"]: pull["head"]["repo"]
        for answer, _ in github.pages(f"/repos/{CORE}/pulls", {"state": "all"})
        for pull in answer.data
    }
    seen = set()
    for row in rows_of(sqlite_engine, "pull_requests"):
        head = heads[row["number"]]
        comes_from_fork = bool(head and head["fork"])
        seen.add(comes_from_fork)
        assert row["fork_id"] == (head["id"] if comes_from_fork else None)
        assert (f"{row['fork_day']}" == head["created_at"][:10]) if comes_from_fork else not row["fork_day"]
    assert seen == {True, False}
