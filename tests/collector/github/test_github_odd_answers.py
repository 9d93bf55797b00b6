"""Answers as GitHub gave them over the years, and answers that are broken: rows or reasons, never a crash."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.configuration import Configuration
from collector.errors import CollectorError
from collector.github.accounts import Accounts
from collector.github.client import GitHub
from collector.github.reading import (
    Unreadable,
    moment,
    part,
    parts,
    taken,
    text_or_none,
    total,
    whole_number,
)
from collector.jobs import JOBS as REAL_JOBS
from collector.jobs import Page, Rejection, Source, Target, job_named
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from collector.simulator.server import Simulator
from db.engine import writing
from db.people.identities import email_identity
from db.repositories import register
from db.schema import table
from db.upsert import upsert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CORE = "tensorflow/tensorflow"
GONE = object()

Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]


@dataclass
class Told:
    """Stands before a simulated GitHub and changes what it says, by path or GraphQL operation."""

    change: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    kept: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)

    def __call__(self, request: Request, handler: Handler) -> Response:
        name = request.path
        if name == "/graphql":
            name = json.loads(request.body)["query"].partition("query ")[2].partition("(")[0]
        key = f"{name} {request.body.decode()} {sorted(request.query.items())}"
        if key not in self.kept:
            answer = handler(request)
            self.kept[key] = answer.body, dict(answer.headers)
            if answer.status != 200:
                return answer
        body, headers = self.kept[key]
        for ending, change in self.change.items():
            if name.endswith(ending):
                said = json.loads(body)
                changed = change(said)
                body = json.dumps(said if changed is None else changed).encode()
        return Response(200, body, dict(headers))


@contextmanager
def telling(**change: Callable[[Any], Any]) -> Iterator[tuple[GitHub, Told]]:
    """A client of a GitHub whose answers are changed; `_` in a name stands for a path's slash."""
    told = Told({name.replace("_", "/"): each for name, each in change.items()})
    minutes = count()  # every look at the clock is a minute later: no pace keeps anybody waiting
    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[told]) as server:
        github = GitHub(
            server.url,
            ["a-token"],
            now=lambda: NOW + timedelta(minutes=next(minutes)),
            sleep=lambda _: None,
        )
        yield github, told
        github.close()


# What old and shortened answers leave out.


def test_a_repository_in_the_shape_of_2012_is_understood(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    """No topics, licence, archived, private or subscribers; numbers as text; `watchers` for the stars."""

    def as_in_2012(_: Any) -> Any:
        return {
            "id": "45717250",
            "name": "tensorflow",
            "full_name": CORE,
            "owner": None,
            "master_branch": "master",
            "watchers": 12,
            "forks": "7",
            "created_at": "2015-11-07T01:19:20Z",
            "homepage": "",
            "pushed_at": None,
        }

    with telling(tensorflow_tensorflow=as_in_2012) as (github, _):
        ended = collect(sqlite_engine, github, "repositories")
    assert (ended.state, ended.rejected) == ("done", 0)
    [row] = [row for row in rows_of(sqlite_engine, "repositories") if row["full_name"] == CORE]
    assert (row["github_id"], row["stars"], row["forks"], row["watchers"]) == (45717250, 12, 7, None)
    assert (row["default_branch"], row["topics"], row["license"], row["state"]) == (
        "master",
        None,
        None,
        "alive",
    )
    assert row["created_at"] == datetime(2015, 11, 7, 1, 19, 20, tzinfo=UTC)


def test_a_repository_without_a_number_or_name_is_refused_in_words(
    sqlite_engine: Engine, collect: Collect
) -> None:
    with telling(tensorflow_tensorflow=lambda _: {"id": 1, "full_name": None}) as (github, _):
        ended = collect(sqlite_engine, github, "repositories")
    assert ended.state == "failed"
    assert ended.error == "GitHub's answer: full_name is null"


def test_drafts_are_passed_over_and_a_release_that_cannot_be_read_is_refused_alone(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    releases = [
        {"id": 1, "tag_name": "v1", "published_at": "2016-01-01T00:00:00Z"},
        {"id": 2, "tag_name": "v2", "published_at": None, "draft": True},
        {"id": 3, "tag_name": None, "published_at": "2016-01-03T00:00:00Z"},
        {"id": 4, "tag_name": "v4", "published_at": "the fourth"},
        None,
        {
            "id": "5",
            "tag_name": "v5",
            "name": "Five\0",
            "published_at": "2016-01-05T00:00:00+02:00",
            "body": None,
        },
    ]
    with telling(releases=lambda _: releases) as (github, _):
        ended = collect(sqlite_engine, github, "releases")
    assert (ended.state, ended.rejected) == ("done", 3)
    held = {row["tag"]: row for row in rows_of(sqlite_engine, "releases")}
    assert set(held) == {"v1", "v5"}
    assert (held["v5"]["github_id"], held["v5"]["name"], held["v5"]["prerelease"]) == (5, "Five", False)
    assert held["v5"]["day"] == date(2016, 1, 4)
    [run] = rows_of(sqlite_engine, "collector_runs")
    assert json.loads(run["rejections"]) == [
        {"what": "release 3", "why": "tag_name is null"},
        {"what": "release 4", "why": "published_at is 'the fourth', which is no time"},
        {"what": "release", "why": "it is null"},
    ]


def test_remarks_in_old_shapes_are_taken_and_those_without_a_place_refused(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    when = {"created_at": "2013-01-01T00:00:00Z", "updated_at": "2013-01-02T00:00:00Z"}
    remarks = [
        # 2013: no association, no reactions, no node id.
        {"id": 1, "user": None, "pull_request_url": "https://api.github.com/repos/o/n/pulls/12", **when},
        # A shortened one: only the page's address tells the pull request.
        {
            "id": 2,
            "user": {"login": "a", "id": "9"},
            "html_url": "https://github.com/o/n/pull/13#discussion_r2",
            **when,
        },
        {"id": 3, "user": {"login": "a"}, "pull_request_url": "https://api.github.com/repos/o/n", **when},
        {"id": None, "pull_request_url": "https://api.github.com/repos/o/n/pulls/12", **when},
        {"id": 5, "pull_request_url": "https://api.github.com/repos/o/n/pulls/14"},
    ]
    with telling(pulls_comments=lambda _: remarks) as (github, _):
        ended = collect(sqlite_engine, github, "pull_requests")
    assert (ended.state, ended.rejected) == ("done", 3)
    held = {
        row["github_id"]: row for row in rows_of(sqlite_engine, "comments") if row["kind"] == "review_line"
    }
    assert {number: row["number"] for number, row in held.items()} == {1: 12, 2: 13}
    assert held[1]["author_id"] is None
    assert held[2]["author_id"] is not None
    [run] = rows_of(sqlite_engine, "collector_runs")
    assert [each["why"] for each in json.loads(run["rejections"])] == [
        "id is null",
        "updated_at is missing",
        "pull_request_url is 'https://api.github.com/repos/o/n', which is no pull request's address",
    ]


def test_issues_with_holes_are_taken_and_those_that_cannot_be_placed_refused(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    said: dict[str, Any] = {}

    def with_holes(answer: Any) -> None:
        nodes = answer["data"]["repository"]["issues"]["nodes"]
        ghost, untitled, unplaced, chatty = nodes[:4]
        ghost |= {"author": None, "fullDatabaseId": None, "stateReason": None, "labels": None}
        untitled["title"] = None
        unplaced["updatedAt"] = None
        chatty["comments"] = {
            "totalCount": 3,
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "nodes": [
                None,
                {"fullDatabaseId": "77", "createdAt": "2016-01-01T00:00:00Z"},
                {"fullDatabaseId": "78"},
            ],
        }
        said.update(
            {
                "ghost": ghost["number"],
                "untitled": untitled["number"],
                "unplaced": unplaced["number"],
                "chatty": chatty["number"],
                "all": len(nodes),
            }
        )

    with telling(Issues=with_holes) as (github, _):
        ended = collect(sqlite_engine, github, "issues")
    assert (ended.state, ended.rejected) == ("done", 3)
    held = {row["number"]: row for row in rows_of(sqlite_engine, "issues")}
    assert len(held) == said["all"] - 2
    assert (held[said["ghost"]]["author_id"], held[said["ghost"]]["github_id"]) == (None, None)
    comments = [row for row in rows_of(sqlite_engine, "comments") if row["number"] == said["chatty"]]
    assert [(row["github_id"], row["author_id"]) for row in comments] == [(77, None)]
    [run] = rows_of(sqlite_engine, "collector_runs")
    assert {each["what"]: each["why"] for each in json.loads(run["rejections"])} == {
        f"an item of issues {said['unplaced']}": "updatedAt is null",
        f"issue {said['untitled']}": "title is null",
        f"comment of #{said['chatty']} 78": "createdAt is missing",
    }


def test_an_item_that_is_refused_keeps_what_is_held_of_it(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    broken: list[int] = []

    def breaking(answer: Any) -> None:
        for node in answer["data"]["repository"]["issues"]["nodes"]:
            if node["comments"]["nodes"] and not broken:
                broken.append(node["number"])
            if node["number"] in broken:
                node["title"] = None
                node["updatedAt"] = "2026-11-01T11:59:00Z"

    with telling() as (github, told):
        collect(sqlite_engine, github, "issues")
        before = rows_of(sqlite_engine, "comments")
        told.change["Issues"] = breaking
        ended = collect(sqlite_engine, github, "issues")
    assert (ended.state, ended.rejected) == ("done", 1)
    assert any(row["number"] in broken for row in before)
    assert rows_of(sqlite_engine, "comments") == before


def test_a_star_history_with_a_week_that_cannot_be_read_ends_the_run_instead_of_spoiling_the_sum(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    def short_week(weeks: Any) -> None:
        weeks[3]["days"] = [1, 2, 3]

    with telling(stargazers_history=short_week) as (github, _):
        ended = collect(sqlite_engine, github, "star_history")
    assert ended.state == "failed"
    assert ended.error == "GitHub's answer: days is [1, 2, 3], which is no list of seven numbers"
    assert rows_of(sqlite_engine, "popularity") == []


@pytest.mark.parametrize("name", ["releases", "pulls/comments"])
def test_a_list_that_is_none_is_said_to_be_unreadable(
    sqlite_engine: Engine, collect: Collect, name: str
) -> None:
    job = {"releases": "releases", "pulls/comments": "pull_requests"}[name]
    with telling(**{name.replace("/", "_"): lambda _: {"message": "odd"}}) as (github, _):
        ended = collect(sqlite_engine, github, job)
    assert (ended.state, ended.error) == (
        "failed",
        f"{CORE}/{name}: GitHub's answer could not be read",
    )


# Whatever is missing or of another kind.

ODD: tuple[Any, ...] = (GONE, None, 7, [None, 7], {}, -(2**70), "\ud800\0")
#: Job → what it asks for, and the jobs whose rows it needs before.
JOBS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "repositories": (("/tensorflow/tensorflow", "RepositoryTotals"), ()),
    "releases": (("/releases",), ()),
    "star_history": (("/stargazers/history",), ()),
    "history_counts": (("HistoryCounts",), ()),
    "issues": (("Issues",), ()),
    "pull_requests": (("PullRequests", "/pulls/comments"), ()),
    "forks": (("/forks",), ()),
    "commit_comments": (("/tensorflow/comments",), ()),
    "use_cases": (("UseCases",), ()),
    "dependents": (("/search/code", "UseCasesAgain"), ()),
    "proposals": (("Proposals", "ProposalDocuments", "ProposalTexts"), ()),
    "first_issues": (("FirstIssues",), ("issues",)),
    "profiles": (("Profiles",), ("issues",)),
    "commit_accounts": (("CommitAccounts",), ("pull_requests",)),
    "reconciliation": (("Reconciliation",), ("repositories", "issues")),
}
#: Answers to ids, one thing for each: not to be shortened.
BY_IDS = ("Profiles", "UseCasesAgain")
#: Where what a job reads is, when not in the repository of the others.
ELSEWHERE = {"proposals": "tensorflow/community"}


def places(thing: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Every place in an answer; the first thing of a list stands for all of them."""
    if path:
        yield path
    if isinstance(thing, dict):
        for name, value in thing.items():
            yield from places(value, *path, name)
    elif isinstance(thing, list):
        for value in thing[:1]:
            yield from places(value, *path, 0)


def shortened(answer: Any) -> Any:
    """An answer that ends after three things of its lists: what is odd about one is odd about all."""
    if isinstance(answer, list):
        return [shortened(each) for each in answer[:3]] if answer and isinstance(answer[0], dict) else answer
    if isinstance(answer, dict):
        # Things that stand side by side under names of their own are alike too.
        answer = {name: each for name, each in answer.items() if not re.fullmatch(r"c(?:[3-9]|\d\d)", name)}
        ended = {"hasNextPage": False} if "hasNextPage" in answer else {}
        return {name: shortened(each) for name, each in answer.items()} | ended
    return answer


def put(answer: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The answer with another value at a place."""
    answer = copy.deepcopy(answer)
    thing = answer
    for step in path[:-1]:
        thing = thing[step]
    if value is not GONE:
        thing[path[-1]] = value
    elif isinstance(thing, dict):
        del thing[path[-1]]
    return answer


def landed(engine: Engine) -> None:
    """The commits that landed pull requests, as a clone brings them."""
    who = [email_identity(f"{number}@gmail.com", "Ann", NOW, NOW) for number in range(3)]
    with writing(engine).begin() as connection:
        pulls = table("pull_requests").c
        found = connection.execute(
            select(pulls.repository_id, pulls.merge_commit).where(pulls.merge_commit.is_not(None)).limit(3)
        ).all()
        upsert(connection, table("identities"), who)
        upsert(
            connection,
            table("commits"),
            [
                {
                    "repository_id": repository, "sha": sha, "author_id": each["identity_id"],
                    "committer_id": each["identity_id"], "authored_at": NOW, "author_offset": 0,
                    "committed_at": NOW, "day": NOW.date(), "parents": 1, "subject": "x",
                }
                for each, (repository, sha) in zip(who, found, strict=True)
            ],
        )  # fmt: skip


def check_page(page: Page) -> None:
    """Every row has what its table must have, and of the kind that its column takes."""
    for name, rows in page.rows.items():
        for row in rows:
            for column in table(name).columns:
                if column.name in row:
                    value = row[column.name]
                    assert value is not None or column.nullable, f"{name}.{column.name} is empty"
                    kind = column.type.python_type
                    assert value is None or isinstance(value, kind), f"{name}.{column.name}: {value!r}"
                    if isinstance(value, str):
                        value.encode()
                        assert "\0" not in value
                else:
                    assert column.nullable or column.server_default, f"{name}.{column.name} is missing"
    json.dumps(dict(page.cursor))


def test_every_job_that_asks_github_is_tried_on_odd_answers() -> None:
    assert set(JOBS) == {job.name for job in REAL_JOBS if job.needs == "github"}


@pytest.mark.parametrize("job", JOBS)
def test_whatever_an_answer_lacks_a_run_gives_whole_rows_or_a_reason(
    job: str, sqlite_engine: Engine, configuration: Configuration, collect: Collect
) -> None:
    outcomes = {"rows": 0, "reason": 0}
    documents, before = JOBS[job]
    where = ELSEWHERE.get(job, CORE)
    with telling() as (github, told):
        for other in before:
            collect(sqlite_engine, github, other, where)
        if job == "commit_accounts":
            landed(sqlite_engine)
        told.change = dict.fromkeys(set(documents) - set(BY_IDS), shortened)
        with writing(sqlite_engine).begin() as connection:
            ids = register(connection, configuration.roles, simulated=True)
        whole_installation = job_named(job).scope == "installation"
        target = Target() if whole_installation else Target(where, ids[where], configuration.roles[where])
        source = Source(target, configuration, github, NOW, None, sqlite_engine.connect)
        function = job_named(job).function()
        for page in function(source, {}):
            check_page(page)
        for name in documents:
            whole = next(body for key, (body, _) in told.kept.items() if key.split()[0].endswith(name))
            first = json.loads(whole) if name in BY_IDS else shortened(json.loads(whole))
            for path in places(first):
                for odd in ODD:
                    told.change[name] = lambda _, first=first, path=path, odd=odd: put(first, path, odd)
                    try:
                        for page in islice(function(source, {}), 5):
                            check_page(page)
                        outcomes["rows"] += 1
                    except CollectorError:
                        outcomes["reason"] += 1
            told.change[name] = lambda _, first=first: first
    assert outcomes["rows"] > 10


# The readers themselves.


def test_values_are_read_under_the_first_name_that_has_one() -> None:
    thing = {"a": None, "b": "2016-01-01T00:00:00+01:00", "c": "12", "d": 3}
    assert moment(thing, "a", "b") == datetime(2015, 12, 31, 23, tzinfo=UTC)
    assert moment({"a": "2016-01-01T00:00:00"}, "a") == datetime(2016, 1, 1, tzinfo=UTC)
    assert whole_number(thing, "a", "c", "d") == 12
    assert text_or_none(thing, "a", "x") is None
    assert (part(thing, "x"), parts(thing, "a"), parts({"a": [None, {}, 7]}, "a")) == ({}, [], [{}])


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda: whole_number({}, "id"), "id is missing"),
        (lambda: whole_number({"id": None}, "id"), "id is null"),
        (lambda: whole_number({"id": True}, "id"), "id is True, which is no whole number"),
        (lambda: whole_number({"id": 2**63}, "id"), "id is 9223372036854775808, which is no whole number"),
        (lambda: moment({"at": 1447000000}, "at"), "at is 1447000000, which is no time"),
        (lambda: part({"user": "a"}, "user"), "user is 'a', which is no object"),
        (lambda: parts({"nodes": {}}, "nodes"), "nodes is {}, which is no list"),
        (lambda: total({"issues": None}, "issues"), "issues is null"),
        (
            lambda: text_or_none({"title": ["x" * 99]}, "title"),
            "title is ['" + "x" * 58 + "…, which is no text",
        ),
    ],
)
def test_what_cannot_be_read_says_what_stood_there(read: Callable[[], object], words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read()
    assert refused.value.happened == words


def test_one_row_that_cannot_be_read_leaves_the_others() -> None:
    refused: list[Rejection] = []
    found = taken(
        "issue", [{"number": 1}, {"id": "x"}, 5], lambda each: whole_number(each, "number"), refused
    )
    assert found == [1]
    assert refused == [
        Rejection("issue x", "number is missing"),
        Rejection("issue", "it is 5, which is no object"),
    ]


@pytest.mark.parametrize(
    "actor",
    [
        None,
        {},
        "ghost",
        {"login": "a"},
        {"login": "", "id": 3},
        {"id": 3},
        {"id": "MDQ6VXNlcjE=", "login": "a"},
        {"login": 5, "id": 5},
    ],
)
def test_an_account_without_number_or_login_is_nobody(actor: Any) -> None:
    accounts = Accounts()
    assert accounts.seen(actor, NOW) is None
    assert accounts.rows() == []
