"""Metrics are computed by two threads: both give values, and what goes wrong in either is told."""

from __future__ import annotations

import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, text

import db.metrics.refresh
from db.changes import held_mark
from db.errors import Stopped
from db.metrics import compute
from db.metrics.catalogue import Definition, read_catalogue
from db.metrics.compute import Columns
from db.metrics.parts import Turns
from db.metrics.refresh import refresh

BESIDE = "computing"


class Watched:
    """Computes as always, and notes in which thread; in a thread of the name that it breaks for it fails."""

    def __init__(self, *, breaks: str | None = None) -> None:
        self.real, self.breaks = compute.compute, breaks
        self.threads: set[str] = set()
        self.both = threading.Barrier(2)

    def __call__(self, copy: Columns, definition: Definition) -> float:
        name = threading.current_thread().name
        if name not in self.threads:
            # Neither thread is done before the other has begun.
            self.threads.add(name)
            self.both.wait(60)
        if self.breaks is not None and name.startswith(self.breaks):
            raise RuntimeError("the disk is full")
        return self.real(copy, definition)


def values(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM metric_values ORDER BY 1, 2, 3, 4, 5"))
        return [tuple(row) for row in found]


def test_two_threads_give_what_one_gives(
    sqlite_engine: Engine, community: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    community.made_up(seed=20170213, commits=60, requests=30).write(sqlite_engine)
    watched = Watched()
    monkeypatch.setattr(compute, "compute", watched)
    refresh(sqlite_engine, now=community.NOW)
    by_two = values(sqlite_engine)
    assert {name.startswith(BESIDE) for name in watched.threads} == {True, False}
    monkeypatch.undo()
    # By one alone: the other finds nothing left.
    monkeypatch.setattr("db.metrics.side_by_side.SideBySide._compute", only_in_the_main_thread())
    found = refresh(sqlite_engine, now=community.NOW)
    assert {result.metric: result.changed for result in found if result.changed} == {}
    assert values(sqlite_engine) == by_two


def only_in_the_main_thread() -> object:
    from db.metrics.side_by_side import SideBySide

    real = SideBySide._compute

    def run(self: SideBySide, columns: Columns, done: object) -> None:
        if threading.current_thread() is threading.main_thread():
            real(self, columns, done)  # type: ignore[arg-type]

    return run


def test_what_goes_wrong_beside_is_told_and_leaves_no_copy_that_is_trusted(
    sqlite_engine: Engine, community: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    community.made_up(seed=20170213, commits=60, requests=30).write(sqlite_engine)
    copy = tmp_path / "facts.columns.duckdb"
    refresh(sqlite_engine, now=community.NOW, copy=copy)
    whole = values(sqlite_engine)
    with sqlite_engine.begin() as connection:
        mark = held_mark(connection)
        connection.execute(text("UPDATE people SET kind = 'bot' WHERE kind = 'proxy'"))
    monkeypatch.setattr(compute, "compute", Watched(breaks=BESIDE))
    with pytest.raises(RuntimeError, match="the disk is full"):
        refresh(sqlite_engine, now=community.NOW, copy=copy)
    monkeypatch.undo()
    with sqlite_engine.begin() as connection:
        # As if the power had gone before the database's last transactions were on the disk.
        connection.execute(text("UPDATE refresh_marks SET mark = :mark"), {"mark": mark})
    found = refresh(sqlite_engine, now=community.NOW, copy=copy)
    assert all(result.computed for result in found)
    assert values(sqlite_engine) == whole


def test_a_refresh_that_is_to_end_ends_in_both_threads(sqlite_engine: Engine, community: ModuleType) -> None:
    community.made_up(seed=20170213, commits=60, requests=30).write(sqlite_engine)
    told: list[str] = []
    with pytest.raises(Stopped):
        refresh(
            sqlite_engine,
            now=community.NOW,
            progress=lambda what, _done, _of: told.append(what),
            stop=lambda: len(told) > 10,
        )
    assert not [each.name for each in threading.enumerate() if each.name.startswith(BESIDE)]


def test_what_tells_nobody_apart_is_computed_while_it_is_found_out_who_is_who(
    sqlite_engine: Engine, community: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    community.made_up(seed=20170213, commits=60, requests=30).write(sqlite_engine)
    real, known = compute.compute, db.metrics.refresh.refresh_people
    computed: list[str] = []
    begun = threading.Event()
    before: list[str] = []

    def watched(copy: Columns, definition: Definition) -> float:
        computed.append(definition.metric)
        begun.set()
        return real(copy, definition)

    def who_is_who(*given: Any, **named: Any) -> Any:
        assert begun.wait(60)
        found = known(*given, **named)
        before.extend(computed)
        return found

    monkeypatch.setattr(compute, "compute", watched)
    monkeypatch.setattr(db.metrics.refresh, "refresh_people", who_is_who)
    refresh(sqlite_engine, now=community.NOW)
    assert before
    turns = Turns.of(read_catalogue(), at_once=False)
    early = {each.metric for each in turns.before_people}
    assert set(before) <= early
    assert {"open_issues", "stars"} <= early & set(computed)
    assert "newcomer_first_merge_rate" in {each.metric for each in turns.before_contributions}
    assert "commits" in {each.metric for each in turns.before_sums}
    assert "inactive_contributors" in {each.metric for each in turns.after_sums}
    assert sorted(computed) == sorted({each.metric for each in read_catalogue()})


def test_facts_that_have_to_be_read_again_are_computed_again(
    sqlite_engine: Engine, community: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    community.made_up(seed=20170213, commits=60, requests=30).write(sqlite_engine)
    copy = tmp_path / "facts.columns.duckdb"
    refresh(sqlite_engine, now=community.NOW, copy=copy)
    whole = values(sqlite_engine)
    marks: list[str | None] = ["as if somebody had been forgotten meanwhile"]
    held = db.metrics.refresh.hold_mark
    monkeypatch.setattr(
        db.metrics.refresh, "hold_mark", lambda connection: marks.pop() if marks else held(connection)
    )
    found = refresh(sqlite_engine, now=community.NOW, copy=copy)
    assert not marks
    assert all(result.computed for result in found)
    assert not any(result.changed for result in found)
    assert values(sqlite_engine) == whole
    assert not any(result.computed for result in refresh(sqlite_engine, now=community.NOW, copy=copy))
