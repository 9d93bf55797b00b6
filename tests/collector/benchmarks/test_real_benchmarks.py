"""The real files of a development machine, against an independent reading and against the clock."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.benchmarks.files import found_in
from collector.benchmarks.ingest import ingest, recognise
from collector.benchmarks.readers.github_action_benchmark import FORMAT
from collector.benchmarks.readers.mlperf_training import read_log
from db.benchmarks import time_to_train, xla_pairs

pytestmark = pytest.mark.real


@pytest.fixture
def benchmarks(shared_data: Path) -> Path:
    return shared_data / "benchmarks"


def test_every_resnet_result_of_the_independent_reading_is_found(
    benchmarks: Path, sqlite_engine: Engine, write_pages: Callable[..., None], now: datetime
) -> None:
    paths = sorted(str(path) for path in benchmarks.glob("mlperf-training-*.tar.xz"))
    write_pages(sqlite_engine, ingest(paths, now=now))
    with sqlite_engine.connect() as connection:
        found = time_to_train(connection, division=None, available_only=False, valid_only=False)
    by_path = {(row.round, row.source.split("/", 2)[2]): row for row in found.itertuples()}
    with (benchmarks / "expected-mlperf-training-resnet.csv").open(newline="") as text:
        expected = list(csv.DictReader(text))
    assert len(expected) == len(by_path) == 112
    apart = []
    for row in expected:
        ours: Any = by_path["v" + row["round"], row["path"].removeprefix("v0.5.0/")]
        assert ours.samples == int(row["ok"])
        if abs(ours.minutes / float(row["minutes"]) - 1) > 0.001:
            apart.append(row)
    assert len(apart) == 7
    # All the others are systems of which one run missed the target. MLPerf drops such a run as the
    # slowest; the independent reading takes the plain mean of the four that are left.
    assert {row["ok"] for row in apart} == {"4"}


def test_real_histories_twice_are_the_same_rows(
    benchmarks: Path,
    sqlite_engine: Engine,
    write_pages: Callable[..., None],
    dump: Callable[[Engine], Any],
    now: datetime,
) -> None:
    paths = sorted(str(path) for path in benchmarks.glob("github-action-benchmark.*"))
    write_pages(sqlite_engine, ingest(paths, now=now))
    before = dump(sqlite_engine)
    assert len(before["benchmark_results"]) == 4_877 + 15_115
    write_pages(sqlite_engine, ingest(paths, now=now))
    assert dump(sqlite_engine) == before
    with sqlite_engine.connect() as connection:
        pairs = xla_pairs(connection)
    assert len(pairs) > 1_000
    assert (pairs["speed_up"] - pairs["off"] / pairs["on"]).abs().max() < 1e-9


def test_reading_is_as_fast_as_promised(benchmarks: Path) -> None:
    with found_in(benchmarks / "github-action-benchmark.reactant.data.js.gz", recognise) as found:
        began = time.perf_counter()
        results = len(list(FORMAT.read([found.files[0][0]]).outcomes))
        assert results / (time.perf_counter() - began) > 50_000
    with found_in(benchmarks / "mlperf-training-v2.0.tar.xz", recognise) as found:
        logs = [file for file, _ in found.files if file.path.endswith(".txt")]
        began = time.perf_counter()
        runs = [read_log(file) for file in logs]
        assert len(runs) / (time.perf_counter() - began) > 100
        assert all(run.start is not None for run in runs)
