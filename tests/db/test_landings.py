"""A closed pull request landed by a commit that names it, in whatever order the two are read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.configuration import load
from collector.jobs import Cursor, Page, Source, Target, job_named
from collector.run import run
from db import landings
from db.engine import writing
from db.repositories import register
from db.schema import table

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CLOSED = datetime(2024, 5, 10, 9, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def repository(engine: Engine) -> int:
    with writing(engine).begin() as connection:
        return register(connection, {"owner/name": "core"})["owner/name"]


def pull(repository: int, number: int, state: str = "closed", **other: Any) -> dict[str, Any]:
    closed = None if state == "open" else CLOSED
    merged = closed if state == "merged" else None
    row = {
        "repository_id": repository, "number": number, "github_id": number, "title": "A change",
        "author_id": None,
        "author_association": "NONE", "state": state, "merge_evidence": "github" if merged else None,
        "merge_commit": None, "created_at": CLOSED - timedelta(days=30), "updated_at": CLOSED,
        "closed_at": closed,
        "merged_at": merged, "day": (CLOSED - timedelta(days=30)).date(),
        "closed_day": closed.date() if closed else None, "merged_day": merged.date() if merged else None,
        "additions": 1, "deletions": 1, "changed_files": 1, "comments": 0, "reviews": 0, "gone_at": None,
    }  # fmt: skip
    return row | other


def commit(repository: int, sha: str, names: int | None, after: timedelta) -> dict[str, Any]:
    at = CLOSED + after
    return {
        "repository_id": repository, "sha": sha, "author_id": 1, "committer_id": 1, "authored_at": at,
        "author_offset": 0, "committed_at": at, "date_repaired": False, "day": at.date(), "parents": 1,
        "files": 1, "additions": 1, "deletions": 0, "subject": f"PR #{names}: A change",
        "pull_request": names,
    }  # fmt: skip


def write(engine: Engine, repository: int, *pages: Page) -> None:
    """Written as a run of a job writes its pages."""

    def pages_of(_source: Source, _cursor: Cursor) -> Iterator[Page]:
        yield from pages

    source = Source(Target("owner/name", repository, "core"), load(), None, NOW)
    assert run(engine, job_named("pull_requests"), source, function=pages_of).state == "done"


def held(engine: Engine) -> dict[int, Mapping[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(select(table("pull_requests"))).mappings()
        return {row["number"]: {name: row[name] for name in pull(0, 0)} for row in rows}


def landed(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("state", "merge_evidence", "merge_commit", "merged_at"))


NOTHING = ("closed", None, None, None)


def test_a_commit_that_names_it_about_when_it_was_closed_lands_it(engine: Engine, repository: int) -> None:
    cases = {
        1: [("a1", timedelta(hours=2))],
        2: [("b1", timedelta(days=-6))],
        3: [("c1", timedelta(days=8))],
        4: [("d1", timedelta(days=-900)), ("d2", timedelta(days=900))],
        5: [],
        6: [("f1", timedelta(days=3)), ("f2", timedelta(hours=-5)), ("f3", timedelta(days=-4))],
        7: [("g2", timedelta(hours=1)), ("g1", timedelta(hours=-1))],
    }
    commits = [commit(repository, s, n, after) for n, them in cases.items() for s, after in them]
    pulls = [pull(repository, number) for number in cases]
    write(engine, repository, Page({"pull_requests": pulls}, {}), Page({"commits": commits}, {}))
    found = {number: landed(row) for number, row in held(engine).items()}
    assert found == {
        1: ("merged", "subject", "a1", CLOSED + timedelta(hours=2)),
        2: ("merged", "subject", "b1", CLOSED - timedelta(days=6)),
        3: NOTHING,
        4: NOTHING,
        5: NOTHING,
        6: ("merged", "subject", "f2", CLOSED - timedelta(hours=5)),
        7: ("merged", "subject", "g1", CLOSED - timedelta(hours=1)),
    }
    assert held(engine)[2]["merged_day"] == (CLOSED - timedelta(days=6)).date()


def test_githubs_own_flag_its_timeline_and_what_is_open_or_deleted_are_left_alone(
    engine: Engine, repository: int
) -> None:
    pulls = [
        pull(repository, 1, "merged"),
        pull(repository, 2, "merged", merge_evidence="commit", merge_commit="else"),
        pull(repository, 3, "open"),
        pull(repository, 4, "deleted"),
    ]
    commits = [commit(repository, f"c{n}", n, timedelta()) for n in range(1, 5)]
    write(engine, repository, Page({"pull_requests": pulls, "commits": commits}, {}))
    assert [held(engine)[row["number"]] for row in pulls] == pulls


def test_the_order_of_reading_changes_nothing(engine: Engine, repository: int) -> None:
    far, near = commit(repository, "a", 1, timedelta(days=1)), commit(repository, "b", 1, timedelta(hours=1))
    unnamed, other = commit(repository, "x", None, timedelta()), commit(repository, "c", 2, timedelta())
    steps: Sequence[Page] = [
        Page({"pull_requests": [pull(repository, n) for n in (1, 2, 3)]}, {}),
        Page({"commits": [far, unnamed]}, {}),
        Page({"commits": [near, other]}, {}),
    ]
    outcomes = []
    for order in itertools.permutations([*steps, steps[0]]):
        write(engine, repository, *order)
        outcomes.append({number: landed(row) for number, row in held(engine).items()})
        everything = {"repository_id": repository}
        write(engine, repository, Page({}, {}, {"commits": [everything], "pull_requests": [everything]}))
    assert outcomes[0][1] == ("merged", "subject", "b", CLOSED + timedelta(hours=1))
    assert outcomes[0][3] == NOTHING
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_a_commit_that_is_gone_lands_nothing_any_more(engine: Engine, repository: int) -> None:
    commits = [commit(repository, "a", 1, timedelta()), commit(repository, "b", 1, timedelta(days=2))]
    write(engine, repository, Page({"commits": commits, "pull_requests": [pull(repository, 1)]}, {}))
    gone = [{"repository_id": repository, "sha": "a"}]
    write(engine, repository, Page({}, {}, {"commits": gone}))
    assert landed(held(engine)[1]) == ("merged", "subject", "b", CLOSED + timedelta(days=2))
    write(engine, repository, Page({}, {}, {"commits": [{"repository_id": repository}]}))
    assert held(engine)[1] == pull(repository, 1)


def test_one_that_is_opened_again_is_open_and_lands_only_by_a_commit_near_its_last_closing(
    engine: Engine, repository: int
) -> None:
    commits = [commit(repository, "a", 1, timedelta())]
    write(engine, repository, Page({"commits": commits, "pull_requests": [pull(repository, 1)]}, {}))
    write(engine, repository, Page({"pull_requests": [pull(repository, 1, "open")]}, {}))
    assert held(engine)[1] == pull(repository, 1, "open")
    later = CLOSED + timedelta(days=400)
    write(engine, repository, Page({"pull_requests": [pull(repository, 1, closed_at=later)]}, {}))
    assert landed(held(engine)[1]) == NOTHING


def test_settling_a_whole_repository_by_hand_finds_what_the_pages_found(
    engine: Engine, repository: int
) -> None:
    commits = [commit(repository, f"c{n}", n, timedelta(minutes=n)) for n in range(1, 1200)]
    pulls = [pull(repository, n) for n in range(1, 1200)]
    write(engine, repository, Page({"pull_requests": pulls}, {}), Page({"commits": commits}, {}))
    before = held(engine)
    assert {row["merge_evidence"] for row in before.values()} == {"subject"}
    with writing(engine).begin() as connection:
        assert landings.settle(connection, repository) == 0
        connection.execute(table("commits").delete())
        assert landings.settle(connection, repository) == 1199
    assert {row["state"] for row in held(engine).values()} == {"closed"}


def test_a_refresh_is_told_of_the_days_that_change(engine: Engine, repository: int) -> None:
    write(engine, repository, Page({"pull_requests": [pull(repository, 1), pull(repository, 2)]}, {}))
    with writing(engine).begin() as connection:
        connection.execute(table("fact_changes").delete())
    write(engine, repository, Page({"commits": [commit(repository, "a", 1, timedelta())]}, {}))
    with engine.connect() as connection:
        notes = {row.table_name: row.days for row in connection.execute(table("fact_changes").select())}
    assert notes["pull_requests"] == (CLOSED - timedelta(days=30)).date().isoformat()
