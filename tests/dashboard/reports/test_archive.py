"""Each issue is made exactly once, and its files follow its row."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, func, select

from dashboard.reports import archive
from dashboard.reports import files as report_files
from dashboard.reports.archive import issues, make_due
from dashboard.reports.digest import Digest, preview
from dashboard.reports.files import slug
from dashboard.site import Site
from db.schema import table

SCOPES = ("project", "tensorflow/tensorflow")


def held(engine: Engine, name: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table(name))).scalar_one())


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where reports go; the database lies elsewhere."""
    return tmp_path / "reports"


def test_each_scope_gets_one_issue_with_a_row_two_files_and_a_delivery(
    engine: Engine, made_weeks: ModuleType, folder: Path
) -> None:
    made_weeks.fill(engine, made_weeks.Story(simulated=True))
    settings = made_weeks.Settings(folder, scopes=SCOPES)
    lines = make_due(engine, [settings], Site(engine), made_weeks.NOW, force=False)
    assert len(lines) == 4
    assert lines[0].startswith("weekly of project for 2026-06-15: made, issue 1: Simulated data: The week")
    assert files(folder) == [
        "weekly/project/2026-06-15.html",
        "weekly/project/2026-06-15.txt",
        "weekly/tensorflow--tensorflow/2026-06-15.html",
        "weekly/tensorflow--tensorflow/2026-06-15.txt",
    ]
    with engine.connect() as connection:
        made = issues(connection)
        row = connection.execute(select(table("reports")).where(table("reports").c.scope == "project")).one()
        deliveries = connection.execute(select(table("deliveries"))).all()
    assert {issue.scope for issue in made} == set(SCOPES)
    assert all(issue.simulated and issue.made_at == made_weeks.NOW for issue in made)
    assert (folder / "weekly/project/2026-06-15.html").read_text("utf-8") == row.html
    assert (folder / "weekly/project/2026-06-15.txt").read_text("utf-8") == row.text
    assert [(d.channel, d.state, d.attempts, d.error) for d in deliveries] == [("file", "sent", 1, None)] * 2
    assert {d.recipient for d in deliveries} == {str(folder / "weekly" / slug(scope)) for scope in SCOPES}


def test_a_second_call_makes_nothing_and_changes_nothing(
    engine: Engine, made_weeks: ModuleType, folder: Path
) -> None:
    made_weeks.fill(engine)
    settings = made_weeks.Settings(folder)
    make_due(engine, [settings], Site(engine), made_weeks.NOW, force=False)
    path = folder / "weekly/project/2026-06-15.html"
    before = path.stat().st_mtime_ns
    later = made_weeks.NOW + timedelta(days=2)
    assert make_due(engine, [settings], Site(engine), later, force=False) == []
    assert make_due(engine, [settings], Site(engine), later, force=True) == [
        "weekly of project for 2026-06-15: skipped, it was made before (issue 1)"
    ]
    assert path.stat().st_mtime_ns == before
    assert (held(engine, "reports"), held(engine, "deliveries")) == (1, 1)


def test_the_next_week_is_an_issue_of_its_own_listed_first(
    engine: Engine, made_weeks: ModuleType, folder: Path
) -> None:
    made_weeks.fill(engine)
    settings = made_weeks.Settings(folder)
    for weeks in (1, 0):
        make_due(engine, [settings], Site(engine), made_weeks.NOW - timedelta(weeks=weeks), force=False)
    with engine.connect() as connection:
        assert [issue.period for issue in issues(connection)] == [date(2026, 6, 15), date(2026, 6, 8)]
    assert len(files(folder)) == 4


def test_two_at_once_make_one_issue(
    engine: Engine, made_weeks: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_weeks.fill(engine)
    both_have_looked = threading.Barrier(2, timeout=60)

    def after_both_looked(*arguments: object) -> Digest:
        both_have_looked.wait()
        return preview(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(archive, "preview", after_both_looked)
    told: list[list[str]] = []
    settings = made_weeks.Settings(folder)

    def make() -> None:
        told.append(make_due(engine, [settings], Site(engine), made_weeks.NOW, force=True))

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(told) == 2
    lines = [line for lines in told for line in lines]
    assert sum(": made, issue" in line for line in lines) == 1
    assert sum("another process made it meanwhile" in line for line in lines) == 1
    assert held(engine, "reports") == 1
    assert files(folder) == ["weekly/project/2026-06-15.html", "weekly/project/2026-06-15.txt"]


@pytest.mark.parametrize("written", [0, 1])
def test_killed_between_row_and_file_the_next_call_writes_the_file(
    engine: Engine,
    made_weeks: ModuleType,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: int,
) -> None:
    made_weeks.fill(engine)
    settings = made_weeks.Settings(folder)
    write, calls = report_files._write, []

    def killed(path: Path, words: bytes) -> None:
        if len(calls) == written:
            raise KeyboardInterrupt
        calls.append(path)
        write(path, words)

    with monkeypatch.context() as patched:
        patched.setattr(report_files, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            make_due(engine, [settings], Site(engine), made_weeks.NOW, force=False)
    assert held(engine, "reports") == 1
    assert len(files(folder)) == written
    assert held(engine, "deliveries") == 0
    # The week after, when another issue is due too.
    lines = make_due(engine, [settings], Site(engine), made_weeks.NOW + timedelta(days=3), force=False)
    assert len(lines) == 1
    assert lines[0].startswith("weekly of project for 2026-06-15: wrote ")
    assert files(folder) == ["weekly/project/2026-06-15.html", "weekly/project/2026-06-15.txt"]
    assert (held(engine, "reports"), held(engine, "deliveries")) == (1, 1)


def test_a_deleted_file_is_written_again_as_it_was(
    sqlite_engine: Engine, made_weeks: ModuleType, folder: Path
) -> None:
    made_weeks.fill(sqlite_engine)
    settings = made_weeks.Settings(folder)
    make_due(sqlite_engine, [settings], Site(sqlite_engine), made_weeks.NOW, force=False)
    path = folder / "weekly/project/2026-06-15.txt"
    before = path.read_bytes()
    path.unlink()
    made_weeks.fill(sqlite_engine, made_weeks.Story(newcomers=41.0))  # the numbers have changed since
    lines = make_due(sqlite_engine, [settings], Site(sqlite_engine), made_weeks.NOW, force=False)
    assert lines == [f"weekly of project for 2026-06-15: wrote {path}"]
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_keeps_no_other_report_back_and_is_tried_again(
    sqlite_engine: Engine, made_weeks: ModuleType, folder: Path
) -> None:
    made_weeks.fill(sqlite_engine)
    folder.mkdir()
    blocked = folder / "blocked"
    blocked.write_text("a file where a folder should be")
    reports = [made_weeks.Settings(blocked), made_weeks.Settings(folder / "good", name="other")]
    lines = make_due(sqlite_engine, reports, Site(sqlite_engine), made_weeks.NOW, force=False)
    assert any("its files could not be written (" in line and str(blocked) in line for line in lines)
    assert len(files(folder / "good")) == 2
    sent = table("deliveries")
    with sqlite_engine.connect() as connection:
        failed = connection.execute(select(sent).where(sent.c.state == "failed")).one()
    assert str(blocked) in failed.error
    blocked.unlink()
    make_due(sqlite_engine, reports, Site(sqlite_engine), made_weeks.NOW, force=False)
    assert len(files(blocked)) == 2
    with sqlite_engine.connect() as connection:
        repaired = connection.execute(select(sent).where(sent.c.report_id == failed.report_id)).one()
    assert (repaired.state, repaired.attempts, repaired.error) == ("sent", 2, None)


def test_without_any_value_nothing_is_made_and_force_says_why(
    engine: Engine, made_weeks: ModuleType, folder: Path
) -> None:
    made_weeks.fill(engine, made_weeks.Story(stop=date(2000, 1, 1)))
    settings = made_weeks.Settings(folder, scopes=("project", "no/where"))
    assert make_due(engine, [settings], Site(engine), made_weeks.NOW, force=False) == []
    assert make_due(engine, [settings], Site(engine), made_weeks.NOW, force=True) == [
        "weekly of project for 2026-06-15: skipped, no metric has a value there yet",
        "weekly of no/where for 2026-06-15: skipped, there is no such scope",
    ]
    assert held(engine, "reports") == 0
    assert files(folder) == []


def test_a_scope_never_leaves_its_folder() -> None:
    assert slug("role:core") == "role=core"
    assert slug("..") == "%.."
    assert "/" not in slug("../../etc/passwd")
    assert slug("a b") == "a%20b"
