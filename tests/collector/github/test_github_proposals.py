"""Requests for comments are known by the pull requests that propose them and by what they say themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.github.client import GitHub
from collector.github.proposals import DOCUMENT, stated_status
from collector.run import Progress
from collector.simulator.contents import document_of
from collector.simulator.server import Simulator

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
COMMUNITY = "tensorflow/community"
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]


def proposed(github: GitHub) -> dict[str, list[dict[str, Any]]]:
    """Document → the pull requests that add it, by REST and file by file."""
    found: dict[str, list[dict[str, Any]]] = {}
    for answer, _ in github.pages(f"/repos/{COMMUNITY}/pulls", {"state": "all"}):
        for pull in answer.data:
            for file in github.get(f"/repos/{COMMUNITY}/pulls/{pull['number']}/files").data:
                if file["status"] == "added" and file["filename"].startswith("rfcs/2"):
                    found.setdefault(file["filename"], []).append(pull)
    return found


def state(pull: dict[str, Any]) -> str:
    return "accepted" if pull["merged_at"] else "rejected" if pull["state"] == "closed" else "proposed"


def test_every_proposal_is_held_with_its_author_state_and_stated_status(
    engine: Engine, simulator: Simulator, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    ended = collect(engine, github, "proposals", COMMUNITY)
    assert (ended.state, ended.rejected) == ("done", 0)
    assert ended.points <= 4, "a point for a hundred pull requests, one for the folder, one for twenty texts"
    wanted = proposed(github)
    held = {row["path"]: row for row in rows_of(engine, "proposals")}
    assert held.keys() == wanted.keys()
    assert {row["status"] for row in held.values()} >= {"accepted", "rejected"}
    people = {row["identity_id"]: row["github_user_id"] for row in rows_of(engine, "identities")}
    snapshot = simulator.community.snapshot(simulator.community.repository(COMMUNITY))
    stated = set()
    for path, row in held.items():
        pull = max(wanted[path], key=lambda each: (bool(each["merged_at"]), each["number"]))
        assert (row["number"], row["title"], row["status"]) == (pull["number"], pull["title"], state(pull))
        assert people.get(row["author_id"]) == (pull["user"] or {"id": None})["id"]
        assert f"{row['day']}" == pull["created_at"][:10]
        assert (row["decided_day"] and f"{row['decided_day']}") == (pull["closed_at"] or "")[:10] or None
        text = document_of(snapshot, snapshot.repository.place_of_number(pull["number"]))
        assert row["stated"] == (stated_status(text) if text else None)
        stated.add(row["stated"])
    assert stated >= {None, "accepted", "implemented"}


def test_a_second_run_costs_two_points_and_a_killed_one_ends_the_same(
    sqlite_engine: Engine,
    github: GitHub,
    collect: Collect,
    everything: Callable[[Engine], Any],
    new_engine: Callable[[], Engine],
) -> None:
    collect(sqlite_engine, github, "proposals", COMMUNITY)
    whole = everything(sqlite_engine)
    again = collect(sqlite_engine, github, "proposals", COMMUNITY, now=NOW + timedelta(days=1))
    assert (again.rows, again.points) == (0, 2)
    other = new_engine()
    for _ in range(9):
        if collect(other, github, "proposals", COMMUNITY, pages=1).state == "done":
            break
    assert everything(other)["proposals"] == whole["proposals"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("# Cond v2\n\n| Status        | Accepted      |\n:---|:---|\n", "accepted"),
        ("| **Status** | **Implemented** |", "implemented"),
        ("# T\n\nStatus: Proposed\n", "proposed"),
        ("**Status**: obsolete", "obsolete"),
        ("| Status        | (Proposed / Accepted / Implemented / Obsolete)       |", None),
        ("The status of this is unclear: we ask for comments", None),
        ("", None),
    ],
)
def test_the_status_is_read_as_documents_write_it(text: str, status: str | None) -> None:
    assert stated_status(text) == status


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("rfcs/20180507-cond-v2.md", True),
        ("rfcs/yyyymmdd-rfc-template.md", False),
        ("rfcs/20180507-cond-v2/picture.png", False),
        ("rfcs/20180507-cond-v2/notes.md", False),
        ("rfcs/README.md", False),
        ("sigs/20180507-x.md", False),
    ],
)
def test_a_document_is_told_by_its_path(path: str, is_one: bool) -> None:
    assert bool(DOCUMENT.fullmatch(path)) == is_one
