"""A reconciliation ends with what GitHub itself lists, row for row, and costs little."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.github.client import GitHub
from collector.github.reconciliation import by_update, mending
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from collector.simulator.server import Simulator
from db.engine import writing
from db.schema import table
from db.upsert import upsert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CORE = "tensorflow/tensorflow"
OTHER = "tensorflow/serving"
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]
ISSUES = ("open issues", "closed issues")


@pytest.fixture
def server() -> Iterator[Simulator]:
    with Simulator(scale=0.003, seed=3, now=NOW) as running:
        yield running


@pytest.fixture
def client(server: Simulator) -> Iterator[GitHub]:
    github = GitHub(server.url, ["a-token"], now=lambda: NOW)
    yield github
    github.close()


def listed(github: GitHub, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """All items of a REST list: a second way to the same facts."""
    return [item for answer, _ in github.pages(path, parameters) for item in answer.data]


def first_collection(engine: Engine, github: GitHub, collect: Collect) -> None:
    for job in ("repositories", "issues", "pull_requests", "releases"):
        assert collect(engine, github, job).state == "done"


def compared(rows_of: RowsOf, engine: Engine) -> dict[str, dict[str, Any]]:
    return {row["subject"]: row for row in rows_of(engine, "reconciliations")}


def differences(rows: dict[str, dict[str, Any]], subjects: tuple[str, ...]) -> tuple[int, int, int]:
    return tuple(sum(rows[s][kind] for s in subjects) for kind in ("missing", "outdated", "gone"))  # type: ignore[return-value]


def check_against_lists(engine: Engine, github: GitHub, rows_of: RowsOf) -> None:
    """What is held as listed equals REST's own lists, row for row."""
    rest = listed(github, f"/repos/{CORE}/issues", state="all")
    for name, pulls in (("issues", False), ("pull_requests", True)):
        there = {item["number"]: item for item in rest if ("pull_request" in item) == pulls}
        held = {row["number"]: row for row in rows_of(engine, name) if row["gone_at"] is None}
        assert held.keys() == there.keys()
        for number, item in there.items():
            row = held[number]
            assert (row["title"], row["github_id"]) == (item["title"], row["github_id"])
            assert f"{row['updated_at']:%Y-%m-%dT%H:%M:%SZ}" == item["updated_at"]
            assert (row["state"] == "open") == (item["state"] == "open")
            assert row["comments"] == item["comments"]
    numbers = {item["number"] for item in rest}
    assert {row["number"] for row in rows_of(engine, "comments")} <= numbers
    assert {row["number"] for row in rows_of(engine, "labels")} == {
        item["number"] for item in rest if item["labels"] if not is_discussion(engine, rows_of, item)
    }
    comments = {item["id"] for item in listed(github, f"/repos/{CORE}/issues/comments")}
    conversation = {r["github_id"] for r in rows_of(engine, "comments") if r["kind"] == "conversation"}
    assert conversation <= comments


def is_discussion(engine: Engine, rows_of: RowsOf, item: dict[str, Any]) -> bool:
    return bool(item.get("locked"))


@dataclass
class Fates:
    """What was done to a community: the numbers by what became of them."""

    deleted: list[int] = field(default_factory=list)
    transferred: list[tuple[int, int]] = field(default_factory=list)
    converted: list[int] = field(default_factory=list)
    pulls: list[int] = field(default_factory=list)


def intervene(server: Simulator, github: GitHub, seed: int, each: int = 10, pulls: int = 6) -> Fates:
    """Delete, transfer and convert random issues, and delete random pull requests."""
    pick = random.Random(seed)
    rest = listed(github, f"/repos/{CORE}/issues", state="all")
    numbers = [item["number"] for item in rest if "pull_request" not in item]
    targets = [
        item["number"]
        for item in listed(github, f"/repos/{OTHER}/issues", state="all")
        if "pull_request" not in item
    ]
    chosen, arrivals = pick.sample(numbers, 3 * each), pick.sample(targets, each)
    done = Fates(chosen[:each], list(zip(chosen[each : 2 * each], arrivals, strict=True)), chosen[2 * each :])
    done.pulls = pick.sample([item["number"] for item in rest if "pull_request" in item], pulls)
    hands = server.interventions
    for number in [*done.deleted, *done.pulls]:
        hands.delete_issue(CORE, number)
    for number, new in done.transferred:
        hands.transfer_issue(CORE, number, OTHER, new)
    for number in done.converted:
        hands.convert_issue(CORE, number)
    return done


def test_what_was_deleted_transferred_and_converted_gets_its_state_and_the_rest_equals_githubs_lists(
    engine: Engine, server: Simulator, client: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    first_collection(engine, client, collect)
    done = intervene(server, client, seed=11)
    ended = collect(engine, client, "reconciliation")
    assert (ended.state, ended.error) == ("done", None)
    check_against_lists(engine, client, rows_of)
    issues = {row["number"]: row for row in rows_of(engine, "issues")}
    pulls = {row["number"]: row for row in rows_of(engine, "pull_requests")}
    for number in done.deleted:
        assert (issues[number]["state"], issues[number]["moved_to"]) == ("deleted", None)
        assert issues[number]["gone_at"] == NOW
    for number, new in done.transferred:
        assert (issues[number]["state"], issues[number]["moved_to"]) == ("transferred", f"{OTHER}#{new}")
        assert issues[number]["gone_at"] == NOW
    for number in done.converted:
        assert (issues[number]["state"], issues[number]["gone_at"]) == ("converted", None)
        assert issues[number]["moved_to"].endswith(f"/discussions/{number}")
    for number in done.pulls:
        assert (pulls[number]["state"], pulls[number]["gone_at"]) == ("deleted", NOW)
    states = Counter(row["state"] for row in issues.values())
    assert (states["deleted"], states["transferred"], states["converted"]) == (10, 10, 10)
    rows = compared(rows_of, engine)
    assert {row["state"] for row in rows.values()} <= {"equal", "mended"}
    assert all(row["held"] == row["counted"] for row in rows.values())
    assert differences(rows, ISSUES)[2] == 20
    pull_subjects = tuple(subject for subject in rows if "pull" in subject)
    assert differences(rows, pull_subjects) == (0, 0, 6)
    again = collect(engine, client, "reconciliation")
    assert (again.points, again.requests, again.pages) == (1, 0, 1)
    assert {row["state"] for row in compared(rows_of, engine).values()} == {"equal"}


def lose_and_age(engine: Engine, seed: int, count: int = 8) -> None:
    """Some items vanish from the tables, and others are as they were before their last change."""
    pick = random.Random(seed)
    with writing(engine).begin() as connection:
        for name in ("issues", "pull_requests"):
            chosen = table(name)
            everything = connection.execute(chosen.select().order_by(chosen.c.number)).mappings()
            rows = [dict(row) for row in everything]
            newest = max(row["updated_at"] for row in rows)
            settled = [row for row in rows if row["state"] == "closed" and row["updated_at"] < newest]
            picked = pick.sample(settled, 2 * count)
            for row in picked[:count]:
                connection.execute(chosen.delete().where(chosen.c.number == row["number"]))
            aged = [
                row
                | {
                    "updated_at": row["created_at"] + timedelta(seconds=5),
                    "title": "Before",
                    "state": "open",
                    "closed_at": None,
                    "closed_day": None,
                }
                for row in picked[count:]
            ]
            upsert(connection, chosen, aged)


def test_what_was_lost_or_is_out_of_date_is_fetched_whole(
    engine: Engine,
    server: Simulator,
    client: GitHub,
    collect: Collect,
    rows_of: RowsOf,
    everything: Callable[[Engine], dict[str, list[Any]]],
) -> None:
    first_collection(engine, client, collect)
    before = everything(engine)
    lose_and_age(engine, seed=5)
    assert everything(engine) != before
    ended = collect(engine, client, "reconciliation")
    after = everything(engine)
    del after["reconciliations"], before["reconciliations"]
    assert [row for row in after["issues"] if row not in before["issues"]] == []
    assert after == before
    rows = compared(rows_of, engine)
    assert differences(rows, ISSUES) == (8, 8, 0)
    pull_subjects = tuple(subject for subject in rows if "pull" in subject)
    assert differences(rows, pull_subjects) == (8, 8, 0)
    assert {row["state"] for row in rows.values()} == {"equal", "mended"}
    assert ended.requests <= 16  # those that seemed open, each looked up
    assert ended.points < 40


def test_issues_out_of_date_are_found_though_all_totals_agree(
    sqlite_engine: Engine, client: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    first_collection(sqlite_engine, client, collect)
    issues = table("issues")
    with writing(sqlite_engine).begin() as connection:
        closed = connection.execute(issues.select().where(issues.c.state == "closed")).mappings()
        row = dict(sorted(closed, key=lambda each: each["updated_at"])[20])
        old = row | {"updated_at": row["updated_at"] - timedelta(days=700), "title": "Before"}
        upsert(connection, issues, [old])
    collect(sqlite_engine, client, "reconciliation")
    (now,) = [each for each in rows_of(sqlite_engine, "issues") if each["number"] == row["number"]]
    assert now == row
    assert differences(compared(rows_of, sqlite_engine), ISSUES) == (0, 1, 0)


def test_a_reconciliation_that_is_cut_off_after_every_page_ends_as_an_undisturbed_one(
    engine: Engine,
    new_engine: Callable[[], Engine],
    server: Simulator,
    client: GitHub,
    collect: Collect,
    rows_of: RowsOf,
    everything: Callable[[Engine], dict[str, list[Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(by_update, "LISTED", 4)
    monkeypatch.setattr(mending, "LOOKED_UP", 2)
    for name in ("ISSUE", "PULL_REQUEST"):
        what = getattr(mending, name)
        small = replace(what, listing=replace(what.listing, most=3))
        monkeypatch.setattr(f"collector.github.reconciliation.job.{name}", small)
    other = new_engine()
    for each in (engine, other):
        first_collection(each, client, collect)
        lose_and_age(each, seed=6, count=4)
    intervene(server, client, seed=12, each=3, pulls=4)
    assert collect(other, client, "reconciliation").state == "done"
    turns, left = 0, "more"
    while left != "{}" and turns < 100:
        assert collect(engine, client, "reconciliation", pages=1).state == "stopped"
        turns += 1
        cursors = {row["job"]: row["cursor"] for row in rows_of(engine, "cursors")}
        left = cursors["reconciliation"]
    assert 10 < turns < 100
    assert everything(engine) == everything(other)


def test_nothing_is_compared_before_the_first_collection_is_over(
    sqlite_engine: Engine, server: Simulator, client: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, client, "repositories")
    collect(sqlite_engine, client, "issues", pages=1)
    held = len(rows_of(sqlite_engine, "issues"))
    ended = collect(sqlite_engine, client, "reconciliation")
    assert (ended.state, ended.points) == ("done", 1)
    assert len(rows_of(sqlite_engine, "issues")) == held
    assert {row["state"] for row in compared(rows_of, sqlite_engine).values()} == {"incomplete"}


def test_what_is_new_since_the_last_collection_is_fetched_and_is_no_difference(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    moment = [NOW - timedelta(days=400)]
    with Simulator(scale=0.006, seed=3, clock=lambda: int(moment[0].timestamp())) as running:
        github = GitHub(running.url, ["a-token"])
        first_collection(sqlite_engine, github, collect)
        moment[0] += timedelta(days=60)
        collect(sqlite_engine, github, "reconciliation")
        check_against_lists(sqlite_engine, github, rows_of)
        github.close()
    rows = compared(rows_of, sqlite_engine)
    assert rows["open issues"]["held"] + rows["closed issues"]["held"] > sum(
        rows[subject]["held_before"] for subject in ISSUES
    )
    everywhere = tuple(subject for subject in rows if subject != "releases")
    assert differences(rows, everywhere) == (0, 0, 0)
    assert {rows[subject]["state"] for subject in everywhere} == {"equal"}


def test_one_that_is_listed_again_is_held_again(
    sqlite_engine: Engine, server: Simulator, client: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    first_collection(sqlite_engine, client, collect)
    before = {row["number"]: row for row in rows_of(sqlite_engine, "pull_requests")}
    number = min(before)
    server.interventions.delete_issue(CORE, number)
    collect(sqlite_engine, client, "reconciliation")
    held = {row["number"]: row for row in rows_of(sqlite_engine, "pull_requests")}
    assert held[number] == before[number] | {"state": "deleted", "gone_at": NOW}
    repository = server.community.any_repository(CORE)
    assert repository is not None
    repository.altered.fates.clear()
    server.community.changed(repository)
    collect(sqlite_engine, client, "reconciliation")
    assert {row["number"]: row for row in rows_of(sqlite_engine, "pull_requests")} == before


def test_a_github_that_cannot_count_so_much_at_once_is_asked_about_less(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    widths: list[int] = []

    def slow(request: Request, handler: Handler) -> Response:
        if request.path == "/graphql" and b"query Reconciliation" in request.body:
            variables = json.loads(request.body)["variables"]
            widths.append(sum(not variables[f"mark{place}"].startswith("2999") for place in range(40)))
            if widths[-1] > 12:
                return Response(502, b"<html>", {"Content-Type": "text/html"})
        return handler(request)

    with Simulator(scale=0.006, seed=3, now=NOW, middleware=[slow]) as running:
        github = GitHub(running.url, ["a-token"], sleep=lambda _: None)
        first_collection(sqlite_engine, github, collect)
        intervene(running, github, seed=4)
        assert collect(sqlite_engine, github, "reconciliation").state == "done"
        check_against_lists(sqlite_engine, github, rows_of)
        github.close()
    assert widths[:3] == [40, 20, 10]
    assert max(widths[3:]) <= 10


def test_a_release_that_is_gone_is_taken_out_and_a_lost_one_is_read_again(
    sqlite_engine: Engine, client: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    first_collection(sqlite_engine, client, collect)
    before = rows_of(sqlite_engine, "releases")
    releases = table("releases")
    with writing(sqlite_engine).begin() as connection:
        connection.execute(releases.delete().where(releases.c.tag == before[0]["tag"]))
        upsert(connection, releases, [before[1] | {"tag": "never"}, before[1] | {"tag": "nowhere"}])
    collect(sqlite_engine, client, "reconciliation")
    by_tag = {row["tag"]: row for row in rows_of(sqlite_engine, "releases")}
    assert by_tag == {row["tag"]: row for row in before}
    row = compared(rows_of, sqlite_engine)["releases"]
    assert (row["state"], row["missing"], row["gone"]) == ("mended", 1, 2)


def test_commits_are_counted_up_to_the_commit_read_last_and_read_anew_when_some_are_lost(
    sqlite_engine: Engine, server: Simulator, client: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    oids = [item["sha"] for item in listed(client, f"/repos/{OTHER}/commits")]
    collect(sqlite_engine, client, "repositories", OTHER)
    repository = next(row for row in rows_of(sqlite_engine, "repositories") if row["full_name"] == OTHER)
    head = oids[7]
    rows = [
        {
            "repository_id": repository["repository_id"], "sha": oid, "author_id": 1, "committer_id": 1,
            "authored_at": NOW, "author_offset": 0, "committed_at": NOW, "date_repaired": False,
            "day": NOW.date(), "parents": 1, "files": 1, "additions": 1, "deletions": 0,
            "subject": "A change", "pull_request": None,
        }
        for oid in oids[7:]
    ]  # fmt: skip
    cursor = {"job": "commits", "target": OTHER, "cursor": json.dumps({"head": head}), "updated_at": NOW}

    def reconciled(held: list[dict[str, Any]]) -> tuple[str, int, int, Any]:
        with writing(sqlite_engine).begin() as connection:
            connection.execute(table("commits").delete())
            upsert(connection, table("commits"), held)
            upsert(connection, table("cursors"), [cursor | {"finished_at": NOW}])
        collect(sqlite_engine, client, "reconciliation", OTHER)
        row = compared(rows_of, sqlite_engine)["commits"]
        (left,) = [each for each in rows_of(sqlite_engine, "cursors") if each["job"] == "commits"]
        return row["state"], row["held"], row["counted"], json.loads(left["cursor"])

    count = len(rows)
    assert reconciled(rows) == ("equal", count, count, {"head": head})
    assert reconciled(rows[:-2]) == ("differs", count - 2, count, {})
    more = [*rows, rows[0] | {"sha": "f" * 40}]
    assert reconciled(more) == ("differs", count + 1, count, {"head": head, "boundary": "counts differ"})
