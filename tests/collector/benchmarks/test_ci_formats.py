"""Formats of continuous benchmarks, each read from a small file written by hand from its documented shape."""

from __future__ import annotations

import io
import json
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.benchmarks.formats import File, Format, Result
from collector.benchmarks.readers.asv import FORMAT as ASV
from collector.benchmarks.readers.google_benchmark import FORMAT as GOOGLE
from collector.benchmarks.readers.lnt import FORMAT as LNT
from collector.benchmarks.readers.openxla import FORMAT as OPENXLA
from collector.benchmarks.readers.pytest_benchmark import FORMAT as PYTEST
from collector.jobs import Rejection

WRITTEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def file(path: str, content: Any, modified: datetime | None = None) -> File:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return File(path, len(data), lambda: io.BytesIO(data), modified)


def read(format: Format, *files: File) -> tuple[list[Result], dict[str, str]]:
    """Results and refusals of files that the format itself has recognised and grouped."""
    results: list[Result] = []
    refused: dict[str, str] = {}
    for one in files:
        head = one.open().read(65536)
        beside = format.beside is not None and format.beside.search(one.path)
        assert beside or format.recognise(one.path, head), one.path
    for group in format.groups(files):
        for outcome in format.read(group).outcomes:
            if isinstance(outcome, Rejection):
                refused[outcome.what] = outcome.why
            else:
                results.append(outcome)
    return results, refused


def canonical(results: Sequence[Result]) -> dict[tuple[str, str], float]:
    """Value by case and metric, in the canonical unit."""
    return {
        (one.series.case.name, one.series.metric.name): one.value * one.series.metric.scale for one in results
    }


# Google Benchmark


def gbench(*entries: dict[str, Any], **context: Any) -> dict[str, Any]:
    told = {"date": "2024-05-06T07:08:09+02:00", "executable": "./bin/sort_bench", "num_cpus": 8}
    return {"context": told | context, "benchmarks": list(entries)}


def entry(name: str = "BM_Sort/8", **more: Any) -> dict[str, Any]:
    times = {"iterations": 100, "real_time": 2.0, "cpu_time": 1.5, "time_unit": "us"}
    return {"name": name, "run_name": name, "run_type": "iteration"} | times | more


def test_google_benchmark_gives_times_and_rates_with_their_units() -> None:
    content = gbench(entry(items_per_second=5e6, bytes_per_second=8e9, max_bytes_used=4096))
    results, refused = read(GOOGLE, file("a.json", content))
    assert canonical(results) == {
        ("BM_Sort/8", "time"): pytest.approx(2e-6),
        ("BM_Sort/8", "cpu_time"): pytest.approx(1.5e-6),
        ("BM_Sort/8", "items_per_second"): 5e6,
        ("BM_Sort/8", "bytes_per_second"): 8e9,
        ("BM_Sort/8", "max_bytes_used"): 4096,
    }
    rates = [one.series.metric for one in results if one.series.metric.dimension == "rate"]
    assert {rate.canonical_unit for rate in rates} == {"item/second", "byte/second"}
    assert {rate.direction for rate in rates} == {"higher"}
    assert {one.series.metric.direction for one in results if "time" in one.series.metric.name} == {"lower"}
    assert {one.measured_at for one in results} == {datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)}
    assert {one.series.case.suite for one in results} == {"sort_bench"}
    assert {one.series.hardware.model for one in results} == {"machine with 8 CPUs"}
    assert not refused


def test_google_benchmarks_host_and_clock_make_no_other_series() -> None:
    one, other = (
        read(GOOGLE, file("a.json", gbench(entry(), host_name=host, mhz_per_cpu=clock)))[0]
        for host, clock in (("alpha", 2400), ("beta", 2399))
    )
    assert [each.series for each in one] == [each.series for each in other]
    assert len({each.natural_key for each in (*one, *other)}) == 2  # two runs, not one


def test_repetitions_are_one_result_and_aggregates_of_them_are_no_more() -> None:
    times = [2.0, 3.0, 7.0]
    runs = [entry(real_time=t, repetition_index=n, repetitions=3) for n, t in enumerate(times)]
    told = {"run_type": "aggregate", "repetitions": 3}
    means = [
        entry("BM_Sort/8_mean", run_name="BM_Sort/8", aggregate_name="mean", real_time=4.0, **told),
        entry("BM_Sort/8_stddev", run_name="BM_Sort/8", aggregate_name="stddev", real_time=2.6, **told),
    ]
    both = [
        {one.series.metric.name: one for one in read(GOOGLE, file("a.json", gbench(*entries)))[0]}
        for entries in ([*runs, *means], means)
    ]
    for found, spread in zip(both, (statistics.stdev(times), 2.6), strict=True):
        assert (found["time"].value, found["time"].samples) == (4.0, 3)
        assert found["time"].spread == pytest.approx(spread)
        assert set(found) == {"time", "cpu_time"}
    assert (both[0]["time"].low, both[0]["time"].high) == (2.0, 7.0)


def test_what_google_benchmark_cannot_say_is_refused_by_name() -> None:
    entries = [
        entry("BM_Two", family_index=0),
        entry("BM_Two", family_index=1),
        entry("BM_Failed", error_occurred=True, error_message="no memory"),
        entry("BM_Unit", time_unit="fortnight"),
        entry("BM_Zero", real_time=0),
        entry("BM_Counter", dogs=3, cats=4, cats_per_second=9.0),
        entry("BM_BigO", run_type="aggregate", aggregate_name="BigO", big_o="N"),
        entry("BM_Odd", run_type="aggregate", aggregate_name="zz"),
        entry("BM_Only", run_type="aggregate", aggregate_name="cv"),
        {"real_time": 1},
    ]
    results, refused = read(GOOGLE, file("a.json", gbench(*entries)))
    assert {one.series.case.name for one in results} == {"BM_Counter", "BM_Zero"}
    assert "several benchmarks" in refused["a.json: BM_Two"]
    assert refused["a.json: BM_Failed"] == "failed or was skipped: no memory"
    assert refused["a.json: BM_Unit, real_time"] == "the unit 'fortnight' is not known"
    assert "is 0" in refused["a.json: BM_Zero, real_time"]
    assert refused["a.json: dogs"] == "the counter 'dogs' has no unit (it stands 1 times)"
    assert refused["a.json: BM_Counter, cats_per_second"] == "the unit 'cats/s' is not known"
    assert "is a fit" in refused["a.json: BM_BigO"]
    assert refused["a.json: BM_Odd"] == "the aggregate 'zz' is not known"
    assert "neither runs nor their mean" in refused["a.json: BM_Only"]
    assert refused["a.json: entry 10"] == "has no name"


def test_a_file_without_a_date_has_its_own_or_is_refused() -> None:
    content = gbench(entry(), date=None)
    assert {one.measured_at for one in read(GOOGLE, file("a.json", content, WRITTEN))[0]} == {WRITTEN}
    results, refused = read(GOOGLE, file("a.json", content))
    assert (results, refused) == ([], {"a.json": "states no date, and the file has none of its own"})


# pytest-benchmark


def pytest_file(**stats: Any) -> dict[str, Any]:
    return {
        "machine_info": {
            "node": "secret-host",
            "machine": "x86_64",
            "python_implementation": "CPython",
            "python_version": "3.12.1",
            "system": "Linux",
            "release": "6.1",
            "cpu": {"brand_raw": "AMD EPYC 7763 64-Core Processor", "count": 4},
        },
        "commit_info": {"id": "c0ffee", "dirty": False, "project": "rockets"},
        "datetime": "2024-05-06T07:08:09.123456+00:00",
        "benchmarks": [{"name": "test_load", "fullname": "tests/test_io.py::test_load", "stats": stats}],
    }


def test_pytest_benchmark_gives_seconds_and_calls_a_second() -> None:
    samples = [0.5, 0.25, 0.75]
    mean, spread = statistics.fmean(samples), statistics.stdev(samples)
    stats = {"min": 0.25, "max": 0.75, "mean": mean, "stddev": spread, "rounds": 3, "ops": 1 / mean}
    results, refused = read(PYTEST, file("a.json", pytest_file(**stats)))
    assert not refused
    seconds, calls = results
    assert (seconds.value, seconds.low, seconds.high, seconds.samples) == (0.5, 0.25, 0.75, 3)
    assert (seconds.spread, seconds.series.metric.direction) == (spread, "lower")
    assert (calls.value, calls.low, calls.high) == (2.0, pytest.approx(1 / 0.75), 4.0)
    assert (calls.series.metric.canonical_unit, calls.series.metric.direction) == (
        "operation/second",
        "higher",
    )
    assert calls.spread == pytest.approx(spread * 4)
    assert (seconds.series.case.suite, seconds.series.case.name) == ("rockets", "tests/test_io.py::test_load")
    assert (seconds.series.hardware.hardware_class, seconds.series.hardware.family) == ("x86", "EPYC")
    assert seconds.series.software.key == "cpython|unknown|-|linux"
    assert seconds.series.software.version == "3.12.1"
    assert "secret-host" not in repr(seconds)
    # The samples alone say the same.
    (alone,) = read(PYTEST, file("a.json", pytest_file(data=samples)))[0]
    assert (alone.value, alone.spread, alone.samples) == (mean, spread, 3)


def test_a_change_that_was_not_committed_is_not_the_commit() -> None:
    content = pytest_file(mean=1.0)
    content["commit_info"]["dirty"] = True
    assert read(PYTEST, file("a.json", content))[0][0].revision == "c0ffee-dirty"


def test_what_pytest_benchmark_cannot_say_is_refused_by_name() -> None:
    content = pytest_file(mean=-1)
    content["benchmarks"] += [
        {"fullname": "t::twice", "stats": {"mean": 1}},
        {"fullname": "t::twice", "stats": {"mean": 2}},
        {"fullname": "t::failed", "stats": None},
        {"stats": {"mean": 1}},
        {"fullname": "t::text", "stats": {"mean": "fast"}},
    ]
    results, refused = read(PYTEST, file("a.json", content))
    assert not results
    assert "-1, which stands for missing" in refused["a.json: tests/test_io.py::test_load"]
    assert "more than once" in refused["a.json: t::twice"]
    assert "has no statistics" in refused["a.json: t::failed"]
    assert refused["a.json: entry 5"] == "has no name"
    assert refused["a.json: t::text"] == "the value 'fast' is not a number"


# asv

DESCRIBED = {
    "sort.time_sort": {"type": "time", "unit": "seconds", "params": [], "param_names": [], "version": "v1"},
    "sort.time_matrix": {
        "type": "time",
        "unit": "seconds",
        "params": [["10", "20"], ["'a'", "'b'", "'c'"]],
        "param_names": ["n", "kind"],
    },
    "sort.mem_list": {"type": "memory", "unit": "bytes", "params": []},
    "sort.track_speed": {"type": "track", "unit": "MB/s", "params": []},
    "sort.track_things": {"type": "track", "unit": "unit", "params": []},
}
MACHINE = {"machine": "cheetah", "cpu": "Intel(R) Core(TM) i5-2520M CPU @ 2.50GHz (4 cores)", "os": "Linux"}


def asv_file(results: dict[str, Any], **more: Any) -> list[File]:
    content = {
        "commit_hash": "beef",
        "date": 1_700_000_000_000,
        "params": MACHINE,
        "python": "3.11",
        "requirements": {"numpy": "1.26"},
        "results": results,
    }
    return [
        file("asv/results/benchmarks.json", DESCRIBED),
        file("asv/results/cheetah/machine.json", MACHINE),
        file("asv/results/cheetah/beef-py3.11.json", content | more),
    ]


OLD = {
    "sort.time_sort": 0.5,
    "sort.time_matrix": {"params": [["10", "20"], ["'a'", "'b'", "'c'"]], "result": [1, 2, 3, 4, None, 6]},
    "sort.mem_list": 344,
    "sort.track_speed": 12.5,
}
COLUMNS = ["result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b"]
NEW = {
    "sort.time_sort": [[0.5], [], "v1", 1_700_000_100_000, 1.0, [0.4], [0.6]],
    "sort.time_matrix": [[1, 2, 3, 4, None, 6], [["10", "20"], ["'a'", "'b'", "'c'"]]],
    "sort.mem_list": [[344]],
    "sort.track_speed": [[12.5], []],
}


@pytest.mark.parametrize(
    ("results", "more"), [(OLD, {}), (NEW, {"result_columns": COLUMNS, "version": 2})], ids=["v1", "v2"]
)
def test_asv_gives_the_same_from_both_shapes_in_which_it_keeps_results(
    results: dict[str, Any], more: dict[str, Any]
) -> None:
    found, refused = read(ASV, *asv_file(results, **more))
    values = {
        (one.series.case.name.rpartition("_")[2], str(one.series.case.scenario).partition(";")[0]): one
        for one in found
    }
    # The last parameter moves fastest.
    for value, (n, kind) in zip(
        (1, 2, 3, 4, 6), ((10, "a"), (10, "b"), (10, "c"), (20, "a"), (20, "c")), strict=True
    ):
        assert values["matrix", f"n={n}, kind='{kind}'"].value == value
    speed, memory = (
        next(one for (name, _), one in values.items() if name == each) for each in ("speed", "list")
    )
    assert (speed.value * speed.series.metric.scale, speed.series.metric.direction) == (12.5e6, "higher")
    assert (memory.value, memory.series.metric.direction) == (344, "lower")
    assert list(refused) == ["asv/results/cheetah/beef-py3.11.json: sort.time_matrix (n=20, kind='b')"]
    assert {one.measured_at.timestamp() for one in found} == {1_700_000_000}
    assert {one.revision for one in found} == {"beef"}
    assert {one.series.hardware.model for one in found} == {"Intel(R) Core(TM) i5-2520M CPU @ 2.50GHz"}
    assert all("python 3.11, numpy 1.26" in str(one.series.case.scenario) for one in found)


def test_asvs_confidence_interval_and_samples_are_kept() -> None:
    (found,), _ = read(ASV, *asv_file({"sort.time_sort": NEW["sort.time_sort"]}, result_columns=COLUMNS))
    assert (found.value, found.low, found.high) == (0.5, 0.4, 0.6)
    row = [[0.5], [], None, [[0.4, 0.5, 0.6]]]
    columns = ["result", "params", "version", "samples"]
    (found,), _ = read(ASV, *asv_file({"sort.time_sort": row}, result_columns=columns))
    assert (found.samples, found.spread) == (3, pytest.approx(statistics.stdev([0.4, 0.5, 0.6])))


def test_without_a_description_asvs_own_names_say_what_is_measured() -> None:
    results = {"a.time_x": 1.0, "a.TimeSuite.peakmem_y": 2048, "a.track_z": 3, "a.other": 4}
    found, refused = read(ASV, *asv_file(results)[2:])
    assert canonical(found) == {("a.time_x", "time"): 1.0, ("a.TimeSuite.peakmem_y", "peak_memory"): 2048}
    assert sorted(what.rpartition(" ")[2] for what in refused) == ["a.other", "a.track_z"]


def test_what_asv_cannot_say_is_refused_by_name() -> None:
    results = {
        "sort.time_sort": float("nan"),
        "sort.track_things": 3,
        "sort.time_matrix": {"params": [["10"]], "result": [1, 2]},
        "sort.mem_list": -1,
    }
    found, refused = read(ASV, *asv_file(results))
    assert not found
    assert sorted(why.partition(":")[0] for why in refused.values()) == [
        "has 2 values, which is not what its parameters make",
        "the unit 'unit' is not known",
        "the value is -1, which stands for missing",
        "the value is nan",
    ]
    other = {"sort.time_sort": [[0.5], [], "v0"]}
    assert "another version" in str(read(ASV, *asv_file(other, result_columns=COLUMNS))[1])
    assert "another one" in str(read(ASV, *asv_file(OLD, params={"machine": "lion"}))[1])
    assert "lacks a readable commit or date" in str(read(ASV, *asv_file(OLD, date="yesterday"))[1])


# LNT


def report(*tests: dict[str, Any], **run: Any) -> dict[str, Any]:
    return {
        "format_version": "2",
        "machine": {"name": "secret-host", "hardware": "AMD EPYC 7763", "os": "Ubuntu 22.04"},
        "run": {"start_time": "2024-05-06 07:08:09", "llvm_project_revision": "deadbeef"} | run,
        "tests": list(tests),
    }


def test_lnt_gives_units_and_directions_of_its_schemas() -> None:
    test = {
        "name": "nts.sort",
        "compile_time": 1.5,
        "execution_time": [2.0, 4.0],
        "code_size": 2048,
        "hash": "ab",
    }
    results, refused = read(LNT, file("report.json", report(test)))
    assert not refused
    assert canonical(results) == {
        ("nts.sort", "compile_time"): 1.5,
        ("nts.sort", "execution_time"): 3.0,
        ("nts.sort", "code_size"): 2048,
    }
    several = next(one for one in results if one.samples == 2)
    assert (several.low, several.high, several.spread) == (2.0, 4.0, pytest.approx(statistics.stdev([2, 4])))
    assert {one.series.metric.direction for one in results} == {"lower"}
    assert {one.measured_at for one in results} == {datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)}
    assert {one.series.hardware.family for one in results} == {"EPYC"}
    assert "secret-host" not in repr(results)


def test_a_schema_beside_says_what_lnt_does_not_know_and_which_way_is_better() -> None:
    metrics = [
        {"name": "speed", "type": "Real", "unit": "items/s", "bigger_is_better": True},
        {"name": "latency", "type": "Real", "unit": "ms"},
        {"name": "upside_down", "type": "Real", "unit": "ms", "bigger_is_better": True},
    ]
    schema = file("lnt/schema.json", {"format_version": "2", "name": "rockets", "metrics": metrics})
    test = {"name": "fly", "speed": 5, "latency": 3, "upside_down": 1}
    results, refused = read(LNT, schema, file("lnt/runs/one.json", report(test)))
    assert {one.series.metric.name: one.series.metric.direction for one in results} == {
        "speed": "higher",
        "latency": "lower",
    }
    assert {one.series.case.suite for one in results} == {"rockets"}
    assert list(refused.values()) == ["in 'ms' lower is better, but the source says higher"]


def test_what_lnt_cannot_say_is_refused_by_name() -> None:
    tests = [
        {"name": "a", "shininess": 3, "score": 4, "execution_time": 1.0, "execution_status": 1},
        {"name": "twice", "compile_time": 1},
        {"name": "twice", "compile_time": 2},
        {"compile_time": 2},
        {"name": "b", "compile_time": [1.0, -1]},
        {"name": "c", "compile_time": []},
    ]
    results, refused = read(LNT, file("r.json", report(*tests)))
    assert not results
    assert "is in no schema that is known" in refused["r.json: a, shininess"]
    assert refused["r.json: a, score"] == "the schema says no unit of the metric 'score'"
    assert refused["r.json: a, execution_time"] == "the test failed (its status is 1)"
    assert "more than once" in refused["r.json: twice"]
    assert refused["r.json: test 4"] == "has no name"
    assert "-1, which stands for missing" in refused["r.json: b, compile_time"]
    assert refused["r.json: c, compile_time"] == "has no samples"


# OpenXLA


def xla_run(**more: Any) -> dict[str, Any]:
    told = {
        "benchmark_name": "gemma3_1b_flax_call",
        "config_id": "gemma3_1b_flax_call_l4_1h2d_postsubmit",
        "hardware_category": "GPU_L4",
        "workflow_type": "POSTSUBMIT",
        "commit_sha": "abc123",
        "run_timestamp": "2025-06-01T10:00:00Z",
        "run_status": "SUCCESS",
        "metrics": {
            "GPU_DEVICE_TIME": {"value": 12.5, "unit": "ms"},
            "PEAK_GPU_MEMORY": {"value": 1.5, "unit": "GB"},
        },
    }
    return told | more


def test_openxla_gives_times_and_memory_on_a_device() -> None:
    results, refused = read(OPENXLA, file("results.json", xla_run()))
    assert not refused
    assert canonical(results) == {
        ("gemma3_1b_flax_call", "gpu_device_time"): pytest.approx(0.0125),
        ("gemma3_1b_flax_call", "peak_gpu_memory"): 1.5e9,
    }
    assert {one.series.metric.direction for one in results} == {"lower"}
    (hardware,) = {one.series.hardware for one in results}
    assert (hardware.hardware_class, hardware.family, hardware.count, hardware.nodes) == ("gpu", "L4", 2, 1)
    assert {one.series.case.scenario for one in results} == {"postsubmit"}
    assert {one.series.software.compiler for one in results} == {"xla"}
    assert {(one.revision, one.measured_at) for one in results} == {
        ("abc123", datetime(2025, 6, 1, 10, tzinfo=UTC))
    }


def test_openxlas_configuration_says_what_no_field_does() -> None:
    bare = dict.fromkeys(("benchmark_name", "hardware_category", "workflow_type"))
    metrics = {"CPU_TIME": {"value": 3, "unit": "ms"}}
    runs = [
        xla_run(config_id=f"gemma2_2b_keras_jax_{device}_1h1d_presubmit", metrics=metrics, **bare)
        for device in ("x86", "b200")
    ]
    results, _ = read(OPENXLA, file("results.json", runs))
    assert {one.series.case.name for one in results} == {"gemma2_2b_keras_jax"}
    assert [one.series.hardware.hardware_class for one in results] == ["x86", "gpu"]
    assert len({one.natural_key for one in results}) == 2


def test_what_openxla_cannot_say_is_refused_by_name() -> None:
    metrics = {
        "GPU_DEVICE_TIME": {"value": None, "unit": "ms"},
        "CPU_TIME": {"value": 3},
        "WALL_TIME": {"value": 3, "unit": "parsecs"},
        "SHININESS": {"value": 3, "unit": "%"},
    }
    results, refused = read(
        OPENXLA, file("r.json", [xla_run(metrics=metrics), xla_run(run_status="FAILED"), 3])
    )
    assert not results
    assert refused["r.json: run 1: GPU_DEVICE_TIME"] == "the value 'None' is not a number"
    assert refused["r.json: run 1: CPU_TIME"] == "has no unit"
    assert refused["r.json: run 1: WALL_TIME"] == "the unit 'parsecs' is not known"
    assert refused["r.json: run 1: SHININESS"] == "nothing says whether more or less of '%' is better"
    assert refused["r.json: run 2"] == "the run's status is 'FAILED'"
    assert refused["r.json: run 3"] == "holds no metrics"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"context": {}, "benchmarks": [{"name": "a", "real_time": 1, ', "is not whole JSON"),
        (
            b'{"context": {"date": "2024-01-01"}, "benchmarks": 3, "real_time": 1}',
            "holds no list of benchmarks",
        ),
        (b'{"benchmarks": [{"real_time": 1, "real_time": 2}]}', "the key 'real_time' stands twice"),
        (b'{"benchmarks": [{"name": "caf\xe9", "real_time": 1}]}', "is not UTF-8"),
        (b'{"benchmarks": [{"real_time": 1' + b"0" * 5000 + b"}]}", "is not whole JSON"),
        (b'{"real_time": 1, "benchmarks": ' + b"[" * 200_000, "is not whole JSON"),
    ],
)
def test_a_document_that_cannot_be_read_is_one_refusal(content: bytes, why: str) -> None:
    results, refused = read(GOOGLE, file("a.json", content))
    assert not results
    assert list(refused) == ["a.json"]
    assert refused["a.json"].startswith(why)
