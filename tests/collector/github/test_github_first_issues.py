"""Issues for newcomers are known by when they were offered, taken up and solved, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from collector.github.client import GitHub
from collector.run import Progress
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from db.metrics.labels import read_labels

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CORE = "tensorflow/tensorflow"
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]
#: Offered, taken, by whom, and the state.
Told = tuple[str, str | None, int | None, str]


@pytest.fixture(scope="module")
def busy() -> Iterator[GitHub]:
    """A community with enough issues for newcomers."""
    with Simulator(scale=0.02, seed=5, now=NOW) as server:
        server.budgets.restrict(Limits(core=10**6, graphql=10**6))
        github = GitHub(server.url, ["a-token"], now=lambda: NOW)
        yield github
        github.close()


def by_rest(github: GitHub) -> dict[int, Told]:
    """What REST's timelines say: offered, taken and by whom, solved and by which pull request's author."""
    meant = set(read_labels())
    found: dict[int, Told] = {}
    for answer, _ in github.pages(f"/repos/{CORE}/issues", {"state": "all"}):
        for issue in answer.data:
            if "pull_request" in issue or not meant & {label["name"] for label in issue["labels"]}:
                continue
            path = f"/repos/{CORE}/issues/{issue['number']}/timeline"
            events = [event for page, _ in github.pages(path) for event in page.data]
            offered = min(
                event["created_at"]
                for event in events
                if event["event"] == "labeled" and event["label"]["name"] in meant
            )
            taken = [
                (event["created_at"], event["assignee"])
                if event["event"] == "assigned"
                else (event["created_at"], event["source"]["issue"]["user"])
                for event in events
                if event["event"] in ("assigned", "cross-referenced")
            ]
            first = min(taken, key=lambda act: act[0], default=(None, None))
            found[issue["number"]] = (offered, first[0], (first[1] or {}).get("id"), issue["state"])
    return found


def test_what_timelines_say_is_held_of_every_issue_for_newcomers(
    engine: Engine, busy: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(engine, busy, "issues")
    ended = collect(engine, busy, "first_issues")
    wanted = by_rest(busy)
    rows = {row["number"]: row for row in rows_of(engine, "first_issues")}
    assert rows.keys() == wanted.keys()
    assert (ended.state, ended.rejected) == ("done", 0)
    assert ended.points <= 2 * (len(rows) // 100 + 1)
    numbers = {row["identity_id"]: row["github_user_id"] for row in rows_of(engine, "identities")}

    def written(moment: datetime | None) -> str | None:
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None

    solved = 0
    for number, (offered, taken, taker, state) in wanted.items():
        row = rows[number]
        assert written(row["labelled_at"]) == offered
        assert (written(row["taken_at"]), numbers.get(row["taken_by"])) == (taken, taker)
        assert state == "closed" or row["solved_day"] is None
        if row["solved_day"]:
            solved += 1
            assert row["solved_by"] == row["taken_by"], "who took it up has solved it"
    assert 0 < solved < len(rows)
    assert sum(row["taken_at"] is None for row in rows.values()) > 0


def test_a_second_run_costs_a_point_a_label_and_one_that_is_stopped_ends_the_same(
    sqlite_engine: Engine,
    busy: GitHub,
    collect: Collect,
    rows_of: RowsOf,
) -> None:
    collect(sqlite_engine, busy, "issues")
    collect(sqlite_engine, busy, "first_issues")
    whole = rows_of(sqlite_engine, "first_issues")
    again = collect(sqlite_engine, busy, "first_issues", now=NOW + timedelta(days=1))
    in_use = {row["name"] for row in rows_of(sqlite_engine, "labels") if row["name"].lower() in read_labels()}
    assert (again.rows, again.points) == (0, len(in_use))
    with sqlite_engine.begin() as connection:
        for name in ("first_issues", "cursors"):
            connection.execute(text(f"DELETE FROM {name}"))
    for _ in range(20):
        ended = collect(sqlite_engine, busy, "first_issues", pages=1, now=NOW + timedelta(days=1))
        if ended.state == "done":
            break
    assert ended.state == "done"
    assert sorted(rows_of(sqlite_engine, "first_issues"), key=repr) == sorted(whole, key=repr)
