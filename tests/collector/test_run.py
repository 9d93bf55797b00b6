"""A run commits a page and its cursor together, so that a kill loses nothing and repeats at most a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from collector.configuration import load
from collector.errors import CollectorError
from collector.jobs import Cursor, Page, Rejection, Source, Target, job_named
from collector.run import Progress, run
from db import leases
from db.engine import writing
from db.repositories import register
from db.schema import table

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
JOB = job_named("history_counts")
PAGES = 5


class Killed(BaseException):
    """Stands for kill -9: nothing in the program catches it."""


@pytest.fixture
def source(engine: Engine) -> Source:
    with writing(engine).begin() as connection:
        ids = register(connection, {"owner/name": "core"})
    return Source(Target("owner/name", ids["owner/name"], "core"), load(), None, NOW)


def months(source: Source, cursor: Cursor) -> Iterator[Page]:
    for month in range(cursor.get("month", 1), PAGES + 1):
        row = {
            "repository_id": source.target.repository_id,
            "day": date(2026, month, 1),
            "commits": month * 10,
            "counted_at": source.now,
        }
        yield Page({"history_counts": [row]}, {"month": month + 1}, expected_rows=PAGES)


def held(engine: Engine, name: str) -> list[dict[str, object]]:
    chosen = table(name)
    with engine.connect() as connection:
        return [
            dict(row) for row in connection.execute(select(chosen).order_by(*chosen.primary_key)).mappings()
        ]


def clock() -> datetime:
    return NOW


def test_a_run_writes_its_rows_its_cursor_and_its_line(engine: Engine, source: Source) -> None:
    heard: list[Progress] = []
    ended = run(engine, JOB, source, function=months, clock=clock, report=heard.append)
    assert (ended.state, ended.rows, ended.pages, ended.expected_rows) == ("done", 5, 5, 5)
    assert [row["commits"] for row in held(engine, "history_counts")] == [10, 20, 30, 40, 50]
    (cursor,) = held(engine, "cursors")
    assert json.loads(str(cursor["cursor"])) == {"month": 6}
    assert cursor["finished_at"] == NOW
    (line,) = held(engine, "collector_runs")
    assert (line["state"], line["rows"], line["ended_at"], line["error"]) == ("done", 5, NOW, None)
    assert [progress.rows for progress in heard] == [1, 2, 3, 4, 5, 5]


def test_a_run_that_finds_nothing_has_come_to_its_end_too(engine: Engine, source: Source) -> None:
    for _ in range(2):
        assert run(engine, JOB, source, function=lambda *_: iter(()), clock=clock).state == "done"
        (cursor,) = held(engine, "cursors")
        assert (cursor["cursor"], cursor["finished_at"]) == ("{}", NOW)


@pytest.mark.parametrize("page", range(PAGES + 1))
def test_a_run_that_is_killed_at_any_page_goes_on_from_there(
    engine: Engine, source: Source, page: int
) -> None:
    def dying(source: Source, cursor: Cursor) -> Iterator[Page]:
        for number, made in enumerate(months(source, cursor)):
            if number == page:
                raise Killed
            yield made
        raise Killed

    with pytest.raises(Killed):
        run(engine, JOB, source, function=dying, clock=clock)
    asked: list[Cursor] = []

    def going_on(source: Source, cursor: Cursor) -> Iterator[Page]:
        asked.append(cursor)
        yield from months(source, cursor)

    # The killed process is this one and lives, so its lease is waited out.
    later = NOW + leases.DURATION + timedelta(seconds=1)
    ended = run(engine, JOB, source, function=going_on, clock=lambda: later)
    assert ended.state == "done"
    assert asked == [{"month": page + 1} if page else {}]
    assert [row["commits"] for row in held(engine, "history_counts")] == [10, 20, 30, 40, 50]
    lines = held(engine, "collector_runs")
    assert [line["state"] for line in lines] == ["stopped", "done"]
    assert lines[0]["error"] == "its process ended without saying so"


def test_two_processes_never_run_the_same_job_at_once(engine: Engine, source: Source) -> None:
    inner: list[Progress] = []

    def while_running(source: Source, cursor: Cursor) -> Iterator[Page]:
        for page in months(source, cursor):
            yield page
            inner.append(run(engine, JOB, source, function=months, clock=clock))

    assert run(engine, JOB, source, function=while_running, clock=clock).state == "done"
    assert [progress.state for progress in inner] == ["busy"] * PAGES
    assert len(held(engine, "collector_runs")) == 1


def test_a_run_whose_lease_was_taken_over_writes_nothing_more(engine: Engine, source: Source) -> None:
    moment = NOW

    def slow(source: Source, cursor: Cursor) -> Iterator[Page]:
        nonlocal moment
        pages = months(source, cursor)
        yield next(pages)
        moment = NOW + leases.DURATION * 2
        with writing(engine).begin() as connection:
            assert leases.take(connection, f"{JOB.name} owner/name", moment) is not None
        yield next(pages)

    ended = run(engine, JOB, source, function=slow, clock=lambda: moment)
    assert ended.state == "failed"
    assert "another process took over" in (ended.error or "")
    assert [row["commits"] for row in held(engine, "history_counts")] == [10]


def test_an_error_leaves_the_last_good_cursor_and_its_cure(engine: Engine, source: Source) -> None:
    def failing(source: Source, cursor: Cursor) -> Iterator[Page]:
        yield next(months(source, cursor))
        raise CollectorError("is on fire", to="the source", next_step="Put it out")

    ended = run(engine, JOB, source, function=failing, clock=clock)
    assert (ended.state, ended.error, ended.next_step) == ("failed", "the source: is on fire", "Put it out")
    (cursor,) = held(engine, "cursors")
    assert (json.loads(str(cursor["cursor"])), cursor["finished_at"]) == ({"month": 2}, None)


def test_neither_error_nor_refusal_holds_a_token_or_an_address_of_whoever_it_is_of(
    engine: Engine, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "opaque-token-of-this-server")
    words = (
        "403 no: opaque-token-of-this-server, ghp_0123456789abcdef0123, https://me:hidden@host/x, "
        "ada.l+work@mail.example.org; git@github.com: denied"
    )

    def failing(source: Source, cursor: Cursor) -> Iterator[Page]:
        yield replace(next(months(source, cursor)), rejections=[Rejection(words, words)])
        raise CollectorError(words, to="GitHub", next_step="Ask why")

    run(engine, JOB, source, function=failing, clock=clock)
    (line,) = held(engine, "collector_runs")
    kept = "403 no: ***, ***, https://***@host/x, ***; git@github.com: denied"
    assert line["error"] == f"GitHub: {kept}"
    assert json.loads(str(line["rejections"])) == [{"what": kept, "why": kept}]


def test_a_defect_is_in_the_ledger_and_is_raised(engine: Engine, source: Source) -> None:
    def broken(source: Source, cursor: Cursor) -> Iterator[Page]:
        yield Page({"history_counts": [{"no such column": 1}]}, {})

    with pytest.raises(KeyError):
        run(engine, JOB, source, function=broken, clock=clock)
    (line,) = held(engine, "collector_runs")
    assert line["state"] == "failed"
    assert "no such column" in str(line["error"])
    assert held(engine, "cursors") == []


def test_a_bad_row_is_counted_and_named_and_the_rest_goes_in(engine: Engine, source: Source) -> None:
    def with_refusals(source: Source, cursor: Cursor) -> Iterator[Page]:
        for page in months(source, cursor):
            yield replace(page, rejections=[Rejection("month 13", "there is no such month")])

    ended = run(engine, JOB, source, function=with_refusals, clock=clock)
    assert (ended.state, ended.rows, ended.rejected) == ("done", 5, 5)
    (line,) = held(engine, "collector_runs")
    assert json.loads(str(line["rejections"]))[0] == {"what": "month 13", "why": "there is no such month"}


def test_a_run_that_is_asked_to_stop_does_so_between_pages(engine: Engine, source: Source) -> None:
    answers = iter([False, True])
    ended = run(engine, JOB, source, function=months, clock=clock, stop=lambda: next(answers))
    assert (ended.state, ended.rows) == ("stopped", 2)
    assert run(engine, JOB, source, function=months, clock=clock).state == "done"
    assert len(held(engine, "history_counts")) == 5


def test_rows_are_removed_and_written_in_the_same_page(engine: Engine, source: Source) -> None:
    run(engine, JOB, source, function=months, clock=clock)

    def replacing(source: Source, cursor: Cursor) -> Iterator[Page]:
        key = {"repository_id": source.target.repository_id}
        row = key | {"day": date(2020, 1, 1), "commits": 1, "counted_at": NOW}
        yield Page({"history_counts": [row]}, {}, removals={"history_counts": [key]})

    run(engine, JOB, source, function=replacing, clock=clock)
    assert [row["day"] for row in held(engine, "history_counts")] == [date(2020, 1, 1)]


def test_repositories_of_a_simulated_run_say_so(engine: Engine, source: Source) -> None:
    def found(source: Source, cursor: Cursor) -> Iterator[Page]:
        yield Page({"repositories": [{"repository_id": 5, "full_name": "made/up", "role": "use_case"}]}, {})

    run(engine, JOB, source, function=found, clock=clock, simulated=True)
    assert {row["full_name"]: row["simulated"] for row in held(engine, "repositories")} == {
        "made/up": True,
        "owner/name": False,
    }


def test_a_run_that_finds_nothing_at_all_has_finished_too(engine: Engine, source: Source) -> None:
    for later in (timedelta(0), timedelta(days=1)):
        ended = run(engine, JOB, source, function=lambda *_: iter(()), clock=lambda at=later: NOW + at)
        assert (ended.state, ended.pages) == ("done", 0)
        (cursor,) = held(engine, "cursors")
        assert (cursor["cursor"], cursor["finished_at"]) == ("{}", NOW + later)
