"""A reconciliation ends with what GitHub itself lists, row for row, and costs little."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.github.client import GitHub
from collector.run import Progress
from collector.simulator.server import Simulator

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CORE = "tensorflow/tensorflow"
OTHER = "tensorflow/serving"
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]
ISSUES = ("open issues", "closed issues")


@pytest.fixture
def server() -> Iterator[Simulator]:
    with Simulator(scale=0.006, seed=3, now=NOW) as running:
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
