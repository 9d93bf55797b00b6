"""A run from end to end: child processes, the results file, its ingest, and what a reader is told."""

from __future__ import annotations

import json
import os
import select
import socket
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from collector.benchmarks.ingest import ingest
from collector.benchmarks.measuring import run as running
from collector.benchmarks.measuring import workloads
from collector.benchmarks.measuring.run import Order, measure, order_for, sentence
from collector.benchmarks.measuring.workloads import Framework, Suite, Workload
from collector.errors import CollectorError
from db.benchmarks import xla_pairs
from db.benchmarks.questions import refresh_answers

BACKENDS = Path(__file__).with_name("backends")
MODELS = ("sums", "differs", "not-finite", "raises", "crashes", "hangs")
Dump = Callable[[Engine], dict[str, list[tuple[Any, ...]]]]


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Suite:
    """A suite over NumPy, in the place of those that need a framework."""
    made = Suite(
        "numpy",
        "sums",
        tuple(Workload(model, "inference", 4, "float64") for model in MODELS),
        (Framework("NumPy", "numpy", "numpy_backend"),),
        "pip install numpy",
    )
    monkeypatch.setattr(workloads, "SUITES", (made,))
    monkeypatch.setenv("PYTHONPATH", str(BACKENDS))
    monkeypatch.setenv("HANGING", str(tmp_path / "hanging"))
    monkeypatch.setenv("XLA_FLAGS", "--not-passed-on")
    monkeypatch.chdir(tmp_path)
    return made


def ordered(folder: Path, *only: str, timeout: float = 60) -> Order:
    return replace(order_for("numpy", only, pairs=8, seed=5), folder=folder, timeout=timeout)


def test_a_run_becomes_a_file_and_its_file_becomes_pairs(
    suite: Suite, engine: Engine, tmp_path: Path, write_pages: Callable[..., None], dump: Dump, now: datetime
) -> None:
    (outcome,) = measure(ordered(tmp_path / "runs", "sums"), now)
    written = outcome.path.read_text()
    told = json.loads(written)
    assert (told["seed"], told["pairs"], told["failures"]) == (5, 8, [])
    assert socket.gethostname() not in written
    assert told["machine"]["cores"] == len(os.sched_getaffinity(0))
    busy, idle = (replace(outcome, result={**told["cases"][0], "load_before": load}) for load in (1e6, 0.0))
    assert "others were at work (load 1000000.0 on" in sentence(busy)
    assert "others" not in sentence(idle)
    assert told["cases"][0]["settings"] == {"threads": 1, "XLA_FLAGS": None}
    write_pages(engine, ingest([str(outcome.path)], now=now))
    before = dump(engine)
    with engine.connect() as connection:
        (pair,) = xla_pairs(connection).to_dict("records")
    off, on = (next(m["median"] for m in side["metrics"]) for side in told["cases"][0]["sides"])
    assert (pair["off"], pair["on"]) == pytest.approx((off, on))
    assert pair["speed_up"] == pytest.approx(off / on)
    assert pair["speed_up"] > 3  # a loop in Python against one call
    assert (pair["metric"], pair["claim"], pair["on_samples"]) == ("step_time", "measured", 8)
    assert (pair["case"], pair["scenario"]) == ("sums", "inference, batch 4")
    assert pair["model"].endswith(f"{told['machine']['cores']} cores")
    # The page's answer is the median of the pairs' own ratios.
    refresh_answers(engine)
    with engine.connect() as connection:
        (answer,) = connection.execute(
            text("SELECT value, metric, before, after FROM benchmark_answers WHERE topic = 'xla_gain'")
        )
    timed = [side["metrics"][0]["samples"] for side in told["cases"][0]["sides"]]
    ratios = [plain / compiled for plain, compiled in zip(*timed, strict=True)]
    assert answer.value == pytest.approx(statistics.median(ratios))
    assert (answer.metric, answer.before, answer.after) == (
        "step_time",
        pytest.approx(off),
        pytest.approx(on),
    )
    # Again, later, and from another place: nothing changes.
    other = tmp_path / "elsewhere" / "copy.json"
    other.parent.mkdir()
    other.write_text(written)
    write_pages(engine, ingest([str(other.parent)], now=now + timedelta(days=1)))
    assert dump(engine) == before
    assert len(before["benchmark_series"]) == len(before["benchmark_results"]) >= 4


def test_a_case_that_crashes_fails_or_hangs_is_lost_alone_and_named(
    suite: Suite, tmp_path: Path, now: datetime
) -> None:
    # The time-out of the hanging one is long enough for the others on a machine that is busy.
    outcomes = list(measure(ordered(tmp_path / "runs", "raises", "crashes", "sums"), now))
    (hanging,) = measure(ordered(tmp_path / "runs", "hangs", timeout=5), now)
    told = {
        each.measurement.workload.model: getattr(each.result, "reason", "measured")
        for each in [*outcomes, hanging]
    }
    assert told == {
        "sums": "measured",
        "raises": "failed: ValueError: the model is too large",
        "crashes": "was ended by SIGSEGV: it said nothing",
        "hangs": "was not over after 5 s and was ended",
    }
    assert is_over(int((tmp_path / "hanging").read_text()))
    pages = list(ingest([str(outcomes[-1].path)], now=now))
    refused = [rejection for page in pages for rejection in page.rejections]
    assert [each.what.rpartition(": ")[2] for each in refused] == [
        "raises, inference, batch 4, NumPy",
        "crashes, inference, batch 4, NumPy",
    ]
    assert "SIGSEGV" in refused[1].why


def is_over(process: int) -> bool:
    """Whether a process ends within ten seconds, or has ended."""
    try:
        watched = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    over, _, _ = select.select([watched], [], [], 10)
    os.close(watched)
    return bool(over)


def test_numbers_that_disagree_make_both_sides_invalid_and_no_pair(
    suite: Suite, sqlite_engine: Engine, tmp_path: Path, write_pages: Callable[..., None], now: datetime
) -> None:
    outcomes = list(measure(ordered(tmp_path / "runs", "differs", "not-finite"), now))
    pages = list(ingest([str(outcomes[-1].path)], now=now))
    write_pages(sqlite_engine, pages)
    rows = [row for page in pages for row in page.rows["benchmark_results"]]
    assert {row["valid"] for row in rows} == {False}
    reasons = {row["invalid_reason"] for row in rows}
    assert any("sum differs by 0.001 of its largest value" in reason for reason in reasons)
    assert "sum is not finite with XLA" in reasons
    with sqlite_engine.connect() as connection:
        assert xla_pairs(connection).empty


def test_the_scheduled_job_measures_what_is_configured_and_takes_up_a_run_that_was_cut_short(
    suite: Suite, sqlite_engine: Engine, write_pages: Callable[..., None], now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def two_cases(name: str) -> Order:
        return replace(order_for(name, ("sums", "differs"), pairs=6), folder=Path("runs"))

    monkeypatch.setattr(running, "order_for", two_cases)

    def source(*suites: str) -> Any:
        return SimpleNamespace(configuration=SimpleNamespace(benchmarks=SimpleNamespace(run=suites)), now=now)

    assert list(running.collect(source(), {})) == []
    work = running.collect(source("numpy"), {})
    first = next(work)
    assert not first.rows
    work.close()
    (kept,) = Path("runs").glob("*.json")
    assert first.cursor == {"file": str(kept)}
    pages = list(running.collect(source("numpy"), first.cursor))
    write_pages(sqlite_engine, pages)
    taken = [row["natural_key"] for page in pages for row in page.rows.get("benchmark_results", ())]
    assert {key.split("/")[0] for key in taken} == {
        json.loads(path.read_text())["run"] for path in Path("runs").glob("*.json")
    }
    assert len(list(Path("runs").iterdir())) == 2
    assert pages[-1].cursor == {}


def test_broken_results_files_are_refused_by_name_and_the_rest_is_taken(
    suite: Suite, tmp_path: Path, now: datetime
) -> None:
    (outcome,) = measure(ordered(tmp_path / "runs", "sums"), now)
    whole = json.loads(outcome.path.read_text())
    metrics = len([m for side in whole["cases"][0]["sides"] for m in side["metrics"]])

    def outcomes(change: Callable[[Any], object]) -> tuple[int, str]:
        told = json.loads(json.dumps(whole))
        change(told)
        path = tmp_path / "broken.json"
        path.write_text(json.dumps(told))
        pages = list(ingest([str(path)], now=now))
        taken = sum(len(page.rows.get("benchmark_results", ())) for page in pages)
        return taken, "; ".join(each.why for page in pages for each in page.rejections)

    def first(told: Any) -> Any:
        return told["cases"][0]["sides"][0]["metrics"][0]

    assert outcomes(lambda _told: None) == (metrics, "")
    for change, kept, why in (
        (lambda told: first(told).update(median=float("nan")), metrics - 1, "the value is nan"),
        (lambda told: first(told).update(median=-1), metrics - 1, "-1, which stands for missing"),
        (lambda told: first(told).update(unit="parsec"), metrics - 1, "'parsec' is not known"),
        (lambda told: first(told).update(direction="higher"), metrics - 1, "lower is better"),
        (lambda told: first(told).update(low=9e9, high=9e9), metrics - 1, "does not lie between"),
        (lambda told: first(told).update(deviation="wide"), 0, "not as it should be"),
        (lambda told: first(told).update(deviation=float("inf")), 0, "not as it should be"),
        (lambda told: first(told).update(samples="many"), 0, "not as it should be"),
        (lambda told: told.update(cases=3), 0, "no list of cases"),
        (lambda told: told["cases"].append(None), metrics, "cases"),
        (lambda told: told["machine"].update(cores=-2), 0, "lacks a readable run"),
        (lambda told: told["machine"].update(processors="two"), 0, "lacks a readable run"),
        (lambda told: told["machine"].update(processors=10**30), 0, "lacks a readable run"),
        (lambda told: told.update(measured_at="yesterday"), 0, "lacks a readable run"),
        (lambda told: told.update(flowmeter_bench_run=99), 0, "version 99 of these files"),
    ):
        taken, told = outcomes(change)
        assert taken == kept, why
        assert why in told or (why == "cases" and "not as it should be" in told)
    (tmp_path / "broken.json").write_text(outcome.path.read_text()[:900])
    (page,) = ingest([str(tmp_path / "broken.json")], now=now)
    assert "not whole JSON" in page.rejections[0].why


def test_too_few_pairs_are_refused(suite: Suite) -> None:
    with pytest.raises(CollectorError, match=r"--repeat 5: is too few .* at least 6"):
        order_for("numpy", pairs=5)


@pytest.mark.parametrize(
    ("package", "framework", "against", "metrics"),
    [
        ("jax", "JAX", "xla:per-operation", {"step_time", "compile_time", "speed_up_over_single_operations"}),
        ("tensorflow", "TensorFlow", "none", {"step_time", "compile_time", "speed_up"}),
    ],
)
def test_the_command_measures_with_a_real_framework(
    tmp_path: Path, now: datetime, package: str, framework: str, against: str, metrics: set[str]
) -> None:
    if find_spec(package) is None:
        pytest.skip(f"SKIPPED LOUDLY: {framework} is not installed (make install-bench)")
    chosen = ("--only", "mlp/inference/1", "--repeat", "6", "--no-ingest", "--folder", str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-m", "flowmeter", "bench", "run", *chosen, "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    (row,) = [each for each in json.loads(ended.stdout) if each["framework"] == framework]
    assert (row["against"], row["disagreement"]) == (against, None)
    assert row["difference"] <= 1e-3
    assert 0 < row["low"] <= row["speed_up"] <= row["high"]
    assert row["compile_s"] > 0
    (page,) = ingest([str(tmp_path)], now=now)
    assert not page.rejections
    assert {each["name"] for each in page.rows["benchmark_metrics"]} >= metrics
    assert {(each["valid"], each["claim"]) for each in page.rows["benchmark_results"]} == {(True, "measured")}
