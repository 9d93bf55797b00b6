"""Whatever stands in a file, reading it ends in results and refusals that any database takes."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from collector.benchmarks.formats import File, Format, Reading, Result
from collector.benchmarks.ingest import ingest
from collector.benchmarks.readers.bench_run import FORMAT as BENCH_RUN
from collector.benchmarks.readers.github_action_benchmark import FORMAT as HISTORY
from collector.benchmarks.readers.mlperf_inference import FORMAT as INFERENCE
from collector.benchmarks.readers.mlperf_mobile import FORMAT as MOBILE
from collector.benchmarks.readers.mlperf_result_json import FORMAT as TABLE
from collector.benchmarks.readers.mlperf_submission_csv import FORMAT as CSV
from collector.benchmarks.readers.mlperf_training import FORMAT as TRAINING
from collector.benchmarks.readers.perfzero import FORMAT as PERFZERO
from collector.benchmarks.readers.tensorflow_models import FORMAT as MODELS
from collector.benchmarks.readers.tensorflow_test_results import FORMAT as TEST_RESULTS
from collector.benchmarks.readers.tf_cnn_benchmarks import FORMAT as CNN
from collector.benchmarks.rows import Pages

LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(10**400)
JSON = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
BENCH = st.fixed_dictionaries(
    {
        "name": st.text(max_size=5) | JSON,
        "value": st.floats() | JSON,
        "unit": st.sampled_from(["s", "ops/s", "?"]),
    },
    optional={"range": st.text(max_size=9) | st.just("± 1e999") | JSON, "extra": JSON},
)
RUN = st.fixed_dictionaries(
    {
        "commit": st.fixed_dictionaries({"id": st.text(max_size=4)}) | JSON,
        "tool": st.sampled_from(["pytest", "cargo", "go"]) | JSON,
        "date": st.integers() | JSON,
        "benches": st.lists(BENCH | JSON, max_size=4) | JSON,
    }
)
LINE = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["run_start", "run_stop", "submission_org"]) | JSON,
        "time_ms": st.integers(min_value=0, max_value=10**20) | JSON,
        "value": JSON,
        "metadata": st.just({"status": "success"}) | JSON,
    }
)


def spoiled(value: Any) -> st.SearchStrategy[Any]:
    """The value, or one of the same form in which any part may be any other JSON."""
    if isinstance(value, dict):
        parts = {key: spoiled(one) for key, one in value.items()}
        inside: st.SearchStrategy[Any] = st.fixed_dictionaries(parts)
    elif isinstance(value, list):
        inside = st.tuples(*map(spoiled, value)).map(list)
    else:
        inside = st.just(value)
    return st.just(value) | inside | inside | JSON


#: A file of each format that is one JSON document, of every field that its reader looks at.
MEASURED = {
    "metric": "step_time",
    "unit": "s",
    "direction": "lower",
    "median": 2.0,
    "low": 1.0,
    "high": 3.0,
    "deviation": 0.5,
    "samples": [1.0, 2.0, 3.0],
}
DOCUMENTS: list[tuple[Format, str, Any]] = [
    (
        TABLE,
        "cm-result.json",
        [
            {"Scenario": "Offline", "Model": "m", "Platform": "p", "Result": 1, "Units": "Samples/s"}
            | {"version": "v3.0", "errors": 0, "accelerators_per_node": "8", "Division": "open"}
            | {"Result_Power": 1, "Result_Power_Units": "Watts", "framework": "f", "Organization": "o"},
            {"median_throughput": 1, "median_throughput_metric": "inf./sec.", "__System": "s"}
            | {"Benchmark": "b", "Accelerator": "a", "version": "v1.0"},
            {"Model_ID": "m", "Result": 1, "Result_Units": "min.", "system": "s", "version": "1.0"}
            | {"accelerators_count": 8, "accelerator_model_name": "TPU", "availability": "cloud"},
        ],
    ),
    (
        MOBILE,
        "a/mobile_v2.1/closed/b/results/c/results.json",
        [
            {
                "environment_info": {"os_name": "android", "model": "m"},
                "results": [
                    {
                        "benchmark_id": "LU_int8",
                        "loadgen_scenario": "SingleStream",
                        "backend_settings": {"accelerator_code": "dsp", "accelerator_desc": "HTP"},
                        "backend_info": {"backend_name": "snpe", "vendor_name": "v"},
                        "performance_run": {
                            "throughput": 1.5,
                            "start_datetime": "2022-01-01T00:00:00",
                            "loadgen_validity": True,
                        },
                    }
                ],
            }
        ],
    ),
    (
        TEST_RESULTS,
        "t.json",
        {
            "target": "t",
            "start_time": "1600000000",
            "commit_id": {"hash": "h"},
            "entries": {
                "entry": [
                    {"name": "n", "iters": "1", "wall_time": 1.5}
                    | {"extras": {"steps_per_sec": {"double_value": 1}}}
                    | {"metrics": [{"name": "images_per_sec", "value": 1, "min_value": {"value": 1}}]}
                ]
            },
            "run_configuration": {"argument": ["a"]},
            "machine_configuration": {
                "cpu_info": {"cpu_info": "c"},
                "device_info": [{"model": "m"}],
                "available_device_info": [{"type": "GPU", "physical_description": "name: T4,"}],
                "platform_info": {"machine": "x86_64", "system": "Linux"},
            },
        },
    ),
    (
        PERFZERO,
        "p.json",
        {
            "execution_timestamp": 1_600_000_000.5,
            "execution_id": "e",
            "ml_framework_info": {"version": "2", "build_version": "b"},
            "benchmark_info": {"flags": {"a": 1}, "has_exception": False},
            "system_info": {"accelerator_model": "m", "accelerator_count": 1, "cpu_model": "c"},
            "benchmark_result": {
                "name": "a.b",
                "wall_time": 1,
                "metrics": [{"name": "exp_per_second", "value": 1, "max_value": 2, "succeeded": True}],
                "extras": [{"name": "exp_per_second", "string_value": '{"value": 1}'}],
            },
        },
    ),
    (
        BENCH_RUN,
        "x.json",
        {
            "flowmeter_bench_run": 1,
            "run": "r",
            "suite": "s",
            "measured_at": "2026-01-01T00:00:00Z",
            "machine": {"model": "m", "architecture": "a", "processors": 1, "cores": 2, "os": "o"},
            "failures": [{"case": "c", "scenario": "s", "framework": "f", "reason": "r"}],
            "cases": [
                {"case": "c", "scenario": "s", "framework": "f", "version": "v", "precision": "p"}
                | {"revision": None, "agreement": {"reason": None}}
                | {
                    "sides": [
                        {"compiler": "xla", "metrics": [MEASURED]},
                    ]
                }
            ],
        },
    ),
]
RUN_INFO = {
    "model_name": "m",
    "dataset": {"name": "d"},
    "run_date": "2019-01-01T00:00:00Z",
    "tensorflow_version": {"version": "1.14", "git_hash": "g"},
    "machine_config": {"cpu_info": {"cpu_info": "c"}, "gpu_info": {"count": 1, "model": "m"}},
    "run_parameters": [{"name": "enable_xla", "bool_value": "True"}, {"name": "dtype", "string_value": "x"}],
}
METRIC = {"name": "images_per_sec", "value": 1.5, "unit": None, "global_step": 1, "timestamp": "t"}


def read(format: Format, path: str, text: str) -> None:
    """Reads a text as a file, makes rows of it, and looks at what came of it."""
    look(format, format.read([opened(path, text)]))


def opened(path: str, text: str) -> File:
    """A text as a file of a certain date."""
    content = text.encode("utf-8", "surrogatepass")
    return File(path, len(content), lambda: io.BytesIO(content), datetime(2026, 1, 1, tzinfo=UTC))


def look(format: Format, reading: Reading) -> None:
    """Makes rows of a reading: every value can be one, and every text goes into a database."""
    outcomes = list(reading.outcomes)
    assert all(math.isfinite(one.value) and one.value > 0 for one in outcomes if isinstance(one, Result))
    pages = Pages(datetime(2026, 1, 1, tzinfo=UTC))
    made = list(
        pages.source(
            format=format.name,
            location=reading.location,
            revision=None,
            checksum="",
            license=None,
            outcomes=outcomes,
        )
    ) + list(pages.rest())
    for page in made:
        for rows in page.rows.values():
            for text in (value for row in rows for value in row.values() if isinstance(value, str)):
                assert "\0" not in text
                text.encode()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=4), st.lists(RUN | JSON, max_size=3) | JSON, max_size=2), JSON)
def test_no_history_breaks_the_reader(entries: dict[str, Any], repository: Any) -> None:
    read(
        HISTORY,
        "data.js",
        "window.BENCHMARK_DATA = " + json.dumps({"repoUrl": repository, "entries": entries}),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINE | JSON, max_size=6))
def test_no_log_breaks_the_reader(entries: list[Any]) -> None:
    lines = [":::MLLOG " + json.dumps(entry) for entry in entries]
    lines += [":::MLL 1e999 run_start: {}", ':::MLPv0.5.0 resnet 1 (a:1) run_stop: {"success": true}']
    read(TRAINING, "a/results/b/resnet/result_0.txt", "\n".join(lines))


@pytest.mark.parametrize(("format", "path", "template"), DOCUMENTS, ids=lambda one: getattr(one, "name", ""))
def test_no_document_breaks_its_reader(format: Format, path: str, template: Any) -> None:
    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(spoiled(template))
    def hold(content: Any) -> None:
        read(format, path, json.dumps(content))

    hold()


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(spoiled(RUN_INFO), st.lists(spoiled(METRIC), max_size=3))
def test_no_run_of_a_model_breaks_its_reader(run: Any, metrics: list[Any]) -> None:
    lines = "\n".join(map(json.dumps, metrics))
    files = [opened("a/benchmark_run.log", json.dumps(run)), opened("a/metric.log", lines)]
    look(MODELS, MODELS.read(files))


SUMMARY_LINES = """\
Scenario : Server
Scenario : Offline
Mode : PerformanceOnly
Result is : VALID
Samples per second: 1
Samples per second: 1e999
90th percentile latency (ns) : 5
99.00 percentile latency (ns) : -1
Scheduled samples per second : nan
Samples per query : 0
:
a : \0""".splitlines()
CNN_LINES = """\
python tf_cnn_benchmarks.py --xla='
Model:  m
Devices:  ['/gpu:0']
Devices:  x
Mode:  train
total images/sec: 5
total images/sec: 1e999
1	images/sec: 1 +/- 1 (jitter = 1..2)
99999999999999999999 images/sec: 1.5 +/- 0.1 (jitter = 0.2)
  4 per device
device: 0, name: T4, x""".splitlines()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(SUMMARY_LINES) | st.text(max_size=9), max_size=9))
def test_no_summary_breaks_its_readers(written: list[str]) -> None:
    text = "\n".join(written)
    read(INFERENCE, "v3.0/closed/a/results/b/c/Offline/performance/run_1/mlperf_log_summary.txt", text)
    read(MOBILE, "mobile_v2.1/closed/a/results/b/c/d/log_performance/mlperf_log_summary.txt", text)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(CNN_LINES) | st.text(max_size=9), max_size=9))
def test_no_printed_output_breaks_its_reader(written: list[str]) -> None:
    read(CNN, "a.txt", "\n".join(written))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(["a", ",", '"', "\n", "\0", "Samples/s", "1", "Offline"]), max_size=40))
def test_no_sheet_breaks_its_reader(parts: list[str]) -> None:
    header = "Organization,Division,Platform,Model,Scenario,Result,Units\n"
    read(CSV, "v3.0/summary.csv", header + "a,closed,p,m,Offline,1,Samples/s\n" + "".join(parts))


def test_halves_of_characters_and_nul_go_into_either_database(
    engine: Engine,
    tmp_path: Path,
    history: Callable[..., str],
    write_pages: Callable[..., None],
    dump: Callable[[Engine], dict[str, list[tuple[Any, ...]]]],
    now: datetime,
) -> None:
    bench = {"name": "half \ud83d and \0", "value": 1, "unit": "s"}
    (tmp_path / "data.js").write_text(history([[bench]], suite="\0\udc00"))
    write_pages(engine, ingest([str(tmp_path)], now=now))
    ((_, suite, name, *_),) = dump(engine)["benchmark_cases"]
    assert (suite, name) == ("acme/rockets: �?", "half ? and �")


@pytest.mark.parametrize("start", [0, 1e14])
def test_a_clock_that_was_never_set_gives_way_to_the_rounds_date(
    start: float, submission: Callable[..., Path], log: Callable[..., str], tmp_path: Path, now: datetime
) -> None:
    root = submission(tmp_path, "v2.0")
    for path in root.rglob("result_*.txt"):
        path.write_text(log(30, start=start))
    (page,) = ingest([str(root)], now=now)
    (result,) = page.rows["benchmark_results"]
    assert (result["measured_at"], result["value"]) == (datetime(2022, 6, 29, tzinfo=UTC), 1800)
