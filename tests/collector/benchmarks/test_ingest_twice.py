"""Ingesting into real databases: the same again changes nothing; the scheduled job reads what changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.benchmarks import rows as paging
from collector.benchmarks.ingest import collect, ingest
from collector.benchmarks.reference import reference_pages
from collector.errors import CollectorError

Dump = Callable[[Engine], dict[str, list[tuple[Any, ...]]]]


@pytest.fixture
def folder(tmp_path: Path, submission: Callable[..., Path], history: Callable[..., str]) -> Path:
    """Two rounds, one of which repeats a result, and a history."""
    root = tmp_path / "benchmarks"
    submission(root, "v2.0")
    submission(root, "v2.1")
    submission(root, "v2.1", (20, 21, 22, 23, 24), system="other")
    benches = [
        [{"name": f"bench {n}", "value": n + day, "unit": "ms"} for n in range(1, 4)] for day in range(5)
    ]
    (root / "data.js").write_text(history(benches))
    return root


def test_the_same_twice_is_the_same_rows(
    engine: Engine, folder: Path, write_pages: Callable[..., None], dump: Dump, now: datetime
) -> None:
    write_pages(engine, ingest([str(folder)], now=now))
    write_pages(engine, reference_pages(now))
    before = dump(engine)
    write_pages(engine, ingest([str(folder)], now=now + timedelta(days=3)))
    write_pages(engine, reference_pages(now + timedelta(days=3)))
    assert dump(engine) == before
    assert len(before["benchmark_results"]) > 2 + 15
    assert all(before.values())


def test_pages_may_be_small_and_give_the_same_rows(
    sqlite_engine: Engine,
    folder: Path,
    write_pages: Callable[..., None],
    dump: Dump,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_pages(sqlite_engine, ingest([str(folder)], now=now))
    before = dump(sqlite_engine)
    monkeypatch.setattr(paging, "PAGE", 2)
    pages = list(ingest([str(folder)], now=now))
    assert len(pages) > 5
    write_pages(sqlite_engine, pages)
    assert dump(sqlite_engine) == before


def test_small_pages_alone_hold_what_they_refer_to(
    sqlite_engine: Engine,
    folder: Path,
    write_pages: Callable[..., None],
    dump: Dump,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paging, "PAGE", 1)
    write_pages(sqlite_engine, ingest([str(folder)], now=now))
    assert len(dump(sqlite_engine)["benchmark_results"]) == 2 + 15


def test_the_scheduled_job_reads_facts_and_what_changed_and_reports_what_is_missing(
    folder: Path, tmp_path: Path, now: datetime
) -> None:
    wanted = (str(tmp_path / "nowhere"), str(folder))
    configuration = SimpleNamespace(benchmarks=SimpleNamespace(sources=wanted))
    source: Any = SimpleNamespace(configuration=configuration, now=now)

    def run(cursor: Any) -> tuple[int, Any, str]:
        taken, missing = 0, ""
        try:
            for page in collect(source, cursor):
                taken += len(page.rows.get("benchmark_results", ()))
                cursor = page.cursor
        except CollectorError as error:
            missing = error.to
        return taken, cursor, missing

    facts = sum(len(page.rows["benchmark_results"]) for page in reference_pages(now))
    taken, cursor, missing = run({})
    assert (taken, missing) == (2 + 15 + facts, str(tmp_path / "nowhere"))
    assert run(cursor)[0] == 0
    state = (folder / "data.js").stat()
    os.utime(folder / "data.js", ns=(state.st_atime_ns, state.st_mtime_ns + 1_000_000_000))
    assert run(cursor)[0] == 2 + 15
