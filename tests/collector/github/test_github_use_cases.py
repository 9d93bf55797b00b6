"""Use cases are found whatever the cap of a search, and classified by readable rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.github import use_cases
from collector.github.client import GitHub
from collector.github.use_cases import Part
from collector.run import Progress
from collector.simulator.server import Simulator
from db.repositories import repository_id_for

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def crowded() -> Iterator[Simulator]:
    """A community with more use cases than one search shows."""
    with Simulator(scale=0.026, seed=3, now=NOW) as server:
        yield server


def named(server: Simulator) -> set[str]:
    """Use cases by the community's own list."""
    return {
        each.full_name
        for each in server.community.present_repositories()
        if "tensorflow" in each.specification.topics
    }


def test_use_cases_beyond_the_cap_of_a_search_are_all_found(
    sqlite_engine: Engine, crowded: Simulator, collect: Collect, rows_of: RowsOf
) -> None:
    github = GitHub(crowded.url, ["a-token"])
    ended = collect(sqlite_engine, github, "use_cases", None)
    assert ended.state == "done"
    assert ended.rejected == 0
    repositories = rows_of(sqlite_engine, "repositories")
    found = {row["full_name"] for row in repositories if row["role"] == "use_case"}
    tracked = {row["full_name"] for row in repositories if row["role"] != "use_case"}
    assert "keras-team/keras" in tracked & named(crowded)
    assert len(found) > 1000
    assert found == named(crowded) - tracked
    held = {row["repository_id"]: row for row in rows_of(sqlite_engine, "use_cases")}
    assert held.keys() == {repository_id_for(name) for name in found}
    assert all(row["found_at"] == NOW and row["found_by"] == "topic:tensorflow" for row in held.values())
    # A page of a hundred is one point; parts and a few cuts come on top.
    assert ended.points <= len(found) / 100 * 1.8
    github.close()


def test_searching_cut_off_after_every_page_ends_the_same(
    sqlite_engine: Engine,
    new_engine: Callable[[], Engine],
    crowded: Simulator,
    collect: Collect,
    everything: Callable[[Engine], Any],
) -> None:
    github = GitHub(crowded.url, ["a-token"])
    whole = new_engine()
    pages = collect(whole, github, "use_cases", None).pages
    for _ in range(pages):
        assert collect(sqlite_engine, github, "use_cases", None, pages=1).state == "stopped"
    assert everything(sqlite_engine) == everything(whole)
    github.close()


def test_a_later_run_asks_for_what_was_pushed_since(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    moment = [NOW - timedelta(days=400)]
    with Simulator(scale=0.02, seed=3, clock=lambda: int(moment[0].timestamp())) as server:
        github = GitHub(server.url, ["a-token"])
        first = collect(sqlite_engine, github, "use_cases", None, now=moment[0])
        before = {row["repository_id"]: row for row in rows_of(sqlite_engine, "use_cases")}
        moment[0] = NOW
        second = collect(sqlite_engine, github, "use_cases", None, now=moment[0])
        after = {row["repository_id"]: row for row in rows_of(sqlite_engine, "use_cases")}
        created = named(server)
        github.close()
    assert second.points < first.points
    assert after.keys() > before.keys()
    assert {row["full_name"] for row in rows_of(sqlite_engine, "repositories")} >= created
    assert all(after[number]["found_at"] == row["found_at"] for number, row in before.items())


@pytest.mark.parametrize("count", [1_001, 5_000, 100_000])
@pytest.mark.parametrize("seconds", [2, 3, 86_400, 10_000_000])
def test_pieces_of_a_part_cover_it_without_gap_or_overlap(count: int, seconds: int) -> None:
    start = datetime(2017, 1, 1, tzinfo=UTC)
    end = start + timedelta(seconds=seconds - 1)
    part = Part("tensorflow", "created", f"{start:{use_cases.STAMP}}", f"{end:{use_cases.STAMP}}")
    pieces = part.pieces(count)
    assert len(pieces) > 1
    assert (pieces[0].start, pieces[-1].end) == (part.start, part.end)
    for earlier, later in pairwise(pieces):
        gap = datetime.fromisoformat(later.start) - datetime.fromisoformat(earlier.end)
        assert gap == timedelta(seconds=1)
        assert earlier.start <= earlier.end
