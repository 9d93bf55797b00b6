"""TensorFlow's own benchmarks: TestResults, PerfZero, TensorFlow Models and tf_cnn_benchmarks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.benchmarks.ingest import recognise
from collector.benchmarks.tensorflow_names import machine, precision, rate, without_xla

WRITTEN = datetime(2019, 5, 4, 3, 2, 1, tzinfo=UTC)

TEST_RESULTS = {
    "target": "//acme/kernels:matmul_benchmark",
    "entries": {
        "entry": [
            {"name": "Bench.matmul_gpu", "iters": "40", "wall_time": 0.002, "cpu_time": 0.001},
            {"name": "Bench.xla_matmul_gpu", "iters": 60, "wall_time": 0.001, "throughput": 250.5},
            {"name": "Bench.matmul_cpu_fp16", "wall_time": 0.5, "cpu_time": -1},
        ]
    },
    "commit_id": {"hash": "a" * 40},
    "start_time": "1556900000",
    "run_mode": "opt",
    "tf_version": "2.3.0",
    "machine_configuration": {
        "hostname": "worker-17",
        "platform_info": {"machine": "x86_64", "system": "Linux", "release": "5.4"},
        "cpu_info": {"num_cores": 8, "cpu_info": "Intel(R) Xeon(R) CPU @ 2.20GHz"},
        "device_info": [{"@type": "GPUInfo", "model": "Tesla V100-SXM2-16GB", "uuid": "1"}] * 2,
    },
}

PERFZERO = {
    "execution_id": "2019-05-04-03-02-01",
    "execution_timestamp": 1_556_938_921.0,
    "ml_framework_info": {"name": "tensorflow", "version": "1.14.0", "build_version": "v1.13-500-gabc"},
    "benchmark_info": {"has_exception": False, "harness_name": "perfzero"},
    "system_info": {
        "system_name": "n1-standard-64",
        "accelerator_model": "Tesla V100-SXM2-16GB",
        "accelerator_count": 8,
        "cpu_model": "Intel(R) Xeon(R) CPU @ 2.20GHz",
        "cpu_socket_count": 2,
    },
    "benchmark_result": {
        "name": "official.acme.ResnetBenchmark.benchmark_xla_8_gpu_fp16",
        "wall_time": 120.5,
        "succeeded": True,
        "metrics": [{"name": "avg_exp_per_second", "value": 5000.5, "min_value": 4000, "max_value": 6000}],
    },
}

MODELS_RUN = {
    "model_name": "resnet50",
    "dataset": {"name": "imagenet"},
    "run_date": "2019-05-04T03:02:01.500000Z",
    "tensorflow_version": {"version": "1.14.0", "git_hash": "v1.13-500-gabc"},
    "machine_config": {
        "cpu_info": {"num_cores": 8, "cpu_info": "Intel(R) Xeon(R) CPU @ 2.20GHz"},
        "gpu_info": {"count": 8, "model": "Tesla P100-PCIE-16GB"},
    },
    "run_parameters": [
        {"name": "batch_size", "long_value": 256},
        {"name": "dtype", "string_value": "fp16"},
        {"name": "enable_xla", "bool_value": "True"},
    ],
}

CNN = """\
2019-05-04 03:02:01.0: I device.cc:1] Created TensorFlow device (/device:GPU:0 with 15022 MB memory) -> \
physical GPU (device: 0, name: Tesla V100-SXM2-16GB, pci bus id: 0000:00:04.0)
2019-05-04 03:02:01.1: I device.cc:1] Created TensorFlow device (/device:GPU:1 with 15022 MB memory) -> \
physical GPU (device: 1, name: Tesla V100-SXM2-16GB, pci bus id: 0000:00:05.0)
TensorFlow:  1.13
Model:       resnet50
Dataset:     imagenet (synthetic)
Mode:        BenchmarkMode.TRAIN
SingleSess:  False
Batch size:  128 global
             64 per device
Num batches: 100
Devices:     ['/gpu:0', '/gpu:1']
Optimizer:   sgd
==========
Step\tImg/sec\ttotal_loss
1\timages/sec: 650.0 +/- 0.0 (jitter = 0.0)\t8.108
100\timages/sec: 655.5 +/- 0.4 (jitter = 2.5)\t7.9
----------------------------------------------------------------
total images/sec: {total}
----------------------------------------------------------------
"""


@pytest.fixture
def told(tmp_path: Path, ingested: Callable[..., Any]) -> Callable[..., Any]:
    """What files of these names and contents come to; a dictionary is written as JSON."""

    def read(**files: Any) -> Any:
        for name, content in files.items():
            stem, _, suffix = name.rpartition("_")
            path = tmp_path / "in" / f"{stem}.{suffix}"
            path.parent.mkdir(exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
            os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))
        return ingested(tmp_path / "in")

    return read


def changed(told: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return told | parts


# ---- TestResults ------------------------------------------------------------------------------------


def test_each_entry_of_a_target_has_its_times_on_its_device(told: Callable[..., Any]) -> None:
    found = told(a_json=TEST_RESULTS)
    assert found.values("case", "compiler", "metric", "unit", "value", "samples", "family", "count") == {
        ("Bench.matmul_gpu", "none", "time", "second", 0.002, 40, "V100", 2),
        ("Bench.matmul_gpu", "none", "cpu_time", "second", 0.001, 40, "V100", 2),
        ("Bench.matmul_gpu", "xla", "time", "second", 0.001, 60, "V100", 2),
        ("Bench.matmul_gpu", "xla", "throughput", "byte/second", 250.5e6, 60, "V100", 2),
        ("Bench.matmul_cpu_fp16", "unknown", "time", "second", 0.5, 1, "Xeon", None),
    }
    assert found.values("suite", "scenario", "framework", "version", "os", "revision", "measured_at") == {
        (
            "//acme/kernels:matmul_benchmark",
            "opt",
            "TensorFlow",
            "2.3.0",
            "Linux 5.4",
            "a" * 40,
            datetime.fromtimestamp(1_556_900_000, UTC),
        )
    }
    assert found.values("precision", "case") == {
        (None, "Bench.matmul_gpu"),
        ("float16", "Bench.matmul_cpu_fp16"),
    }
    assert found.refused == {}


def test_protobufs_camel_case_says_the_same(told: Callable[..., Any], tmp_path: Path) -> None:
    text = json.dumps(TEST_RESULTS)
    for name in ("wall_time", "cpu_time", "commit_id", "start_time", "run_mode", "tf_version"):
        text = text.replace(name, name.split("_")[0] + name.split("_")[1].capitalize())
    text = text.replace("machine_configuration", "machineConfiguration").replace("device_info", "deviceInfo")
    text = text.replace("platform_info", "platformInfo").replace("cpu_info", "cpuInfo")
    plain = {one["result_id"]: one["value"] for one in told(a_json=TEST_RESULTS).results}
    assert {one["result_id"]: one["value"] for one in told(a_json=text).results} == plain


def test_metrics_bring_bounds_and_units_only_in_their_names(told: Callable[..., Any]) -> None:
    entry = {
        "name": "Bench.train",
        "wall_time": -1,
        "extras": {"steps_per_sec": {"double_value": 3.5}, "top_1_accuracy": {"double_value": 0.7}},
        "metrics": [{"name": "examples_per_second", "value": 90, "min_value": {"value": 100}}],
    }
    found = told(a_json=changed(TEST_RESULTS, entries={"entry": [entry]}))
    assert found.values("metric", "unit", "value", "valid") == {
        ("throughput", "step/second", 3.5, True),
        ("throughput", "example/second", 90.0, False),
    }
    (reason,) = {one["invalid_reason"] for one in found.results} - {None}
    assert reason == "90 is below the bound 100 that the benchmark sets itself"
    assert list(found.refused.values()) == ["the metric states no unit"]


def test_entries_that_cannot_be_taken_are_named(told: Callable[..., Any]) -> None:
    entries = [
        {"name": "a", "wall_time": float("nan")},
        {"name": "b", "wall_time": "fast"},
        {"name": "c", "wall_time": -3},
        {"name": "d", "wall_time": -1},
        {"name": "e", "wall_time": 1},
        {"name": "e", "wall_time": 2},
        {"wall_time": 1},
        "f",
    ]
    found = told(a_json=changed(TEST_RESULTS, entries={"entry": entries}))
    assert found.results == []
    assert [why.partition(" (")[0] for why in found.refused.values()] == [
        "time: the value is nan",
        "time: the value 'fast' is not a number",
        "time: the value -3 is negative, which no time can be",
        "holds no value: what is not measured is 0 or -1 there",
        "the name stands more than once in one run: which is meant is unknown",
        "has no name",
        "has no name",
    ]


# ---- PerfZero ---------------------------------------------------------------------------------------


def test_a_summary_of_perfzero_keeps_machine_framework_and_compiler(told: Callable[..., Any]) -> None:
    found = told(perfzero_summary_json=PERFZERO)
    assert found.values("metric", "unit", "value") == {
        ("time", "second", 120.5),
        ("average_throughput", "example/second", 5000.5),
    }
    assert found.values("suite", "case", "compiler", "precision") == {
        ("official.acme.ResnetBenchmark", "benchmark_8_gpu_fp16", "xla", "float16")
    }
    assert found.values("version", "revision") == {("1.14.0", "v1.13-500-gabc")}
    assert found.values("hardware_class", "family", "count", "host", "system", "measured_at", "valid") == {
        ("gpu", "V100", 8, "Intel(R) Xeon(R) CPU @ 2.20GHz", "n1-standard-64", WRITTEN, True)
    }


def test_with_xla_and_without_are_two_series_of_one_case(told: Callable[..., Any]) -> None:
    without = PERFZERO["benchmark_result"] | {"name": "official.acme.ResnetBenchmark.benchmark_8_gpu_fp16"}  # type: ignore[operator]
    found = told(a_json=PERFZERO, b_json=changed(PERFZERO, benchmark_result=without))
    assert found.values("case", "compiler") == {
        ("benchmark_8_gpu_fp16", "xla"),
        ("benchmark_8_gpu_fp16", "none"),
    }
    assert len(found.values("series_id")) == 4


def test_an_unset_wall_time_is_no_result_and_a_failure_no_valid_one(told: Callable[..., Any]) -> None:
    result: Any = PERFZERO["benchmark_result"]
    failed = result | {"succeeded": False, "metrics": []}
    metrics = [{"name": "accuracy", "value": 1}, {"name": "exp_per_second", "value": 9000}]
    unset = result | {"wall_time": -1, "metrics": metrics}
    found = told(
        a_json=changed(PERFZERO, benchmark_result=result | {"wall_time": -1, "metrics": []}),
        b_json=changed(PERFZERO, execution_id="b", benchmark_result=failed),
        c_json=changed(PERFZERO, execution_id="c", benchmark_result=unset),
    )
    assert found.values("metric", "value", "valid") == {
        ("time", 120.5, False),
        ("throughput", 9000.0, True),
    }
    assert sorted(found.refused.values()) == [
        "holds no value: the wall time is -1, which stands for unset",
        "the metric states no unit",
    ]


# ---- TensorFlow Models -----------------------------------------------------------------------------


WHEN = "2019-05-04T03:03:00.0Z"


def metric_lines(*values: tuple[str, object, str | None]) -> str:
    return "".join(
        json.dumps({"name": name, "value": value, "unit": unit, "global_step": step, "timestamp": WHEN})
        + "\n"
        for step, (name, value, unit) in enumerate(values)
    )


def test_a_run_of_a_model_is_its_metrics_with_what_ran(told: Callable[..., Any]) -> None:
    lines = metric_lines(
        ("current_examples_per_sec", 90.0, None),
        ("current_examples_per_sec", 110.0, None),
        ("current_examples_per_sec", 104.0, None),
        ("average_examples_per_sec", 80.0, None),
        ("average_examples_per_sec", 101.0, None),
        ("step_time", 250.0, "ms"),
        ("accuracy_top_1", 0.7, None),
        ("accuracy_top_1", 0.8, None),
    )
    found = told(metric_log=lines, benchmark_run_log=MODELS_RUN)
    # The median of three steps; the last of a running average; a unit that the line states.
    assert found.values("metric", "unit", "value", "samples", "low", "high") == {
        ("throughput", "example/second", 104.0, 3, 90.0, 110.0),
        ("average_throughput", "example/second", 101.0, 2, None, None),
        ("step_time", "second", 0.25, 1, None, None),
    }
    spread = next(one["spread"] for one in found.results if one["samples"] == 3)
    # Differences from 101.33 squared: 128.44, 75.11 and 7.11.
    assert spread == pytest.approx((210.6667 / 2) ** 0.5, rel=1e-4)
    assert found.values("suite", "case", "scenario", "framework", "version", "compiler", "precision") == {
        ("tensorflow-models", "resnet50", "imagenet, batch 256", "TensorFlow", "1.14.0", "xla", "float16")
    }
    assert found.values("hardware_class", "family", "count", "measured_at", "revision") == {
        ("gpu", "P100", 8, datetime(2019, 5, 4, 3, 2, 1, 500_000, UTC), "v1.13-500-gabc")
    }
    assert list(found.refused.values()) == ["the metric states no unit"]


@pytest.mark.parametrize(
    ("parameters", "variables", "compiler"),
    [
        ([{"name": "enable_xla", "bool_value": "False"}], [], "none"),
        ([], [], "unknown"),
        ([], [{"name": "TF_XLA_FLAGS", "value": "--tf_xla_auto_jit=2"}], "xla"),
    ],
)
def test_only_a_stated_switch_says_whether_xla_was_on(
    parameters: list[Any], variables: list[Any], compiler: str, told: Callable[..., Any]
) -> None:
    run = changed(MODELS_RUN, run_parameters=parameters, tensorflow_environment_variables=variables)
    found = told(metric_log=metric_lines(("images_per_sec", 9.0, None)), benchmark_run_log=run)
    assert found.values("compiler") == {(compiler,)}


def test_lines_that_hold_no_measurement_are_named(told: Callable[..., Any]) -> None:
    speeds = (("speed", 1.0, "furlongs"), ("speed", 2.0, "furlongs"))
    lines = metric_lines(("images_per_sec", -1, None), ("images_per_sec", 5.0, None), *speeds)
    found = told(metric_log=lines + "{ cut", benchmark_run_log=MODELS_RUN)
    assert found.values("value", "samples") == {(5.0, 1)}
    assert list(found.refused.values()) == [
        "images_per_sec: the value is -1, which stands for missing",
        "the unit 'furlongs' is not known",
        "the line holds no metric (JSONDecodeError)",
    ]


def test_metrics_without_a_run_do_not_say_what_ran(told: Callable[..., Any]) -> None:
    found = told(metric_log=metric_lines(("images_per_sec", 5.0, None)))
    assert found.results == []
    assert list(found.refused.values()) == ["no benchmark_run.log beside it: what ran is unknown"]


# ---- tf_cnn_benchmarks -----------------------------------------------------------------------------


def test_the_printed_total_is_one_result_with_its_steps(told: Callable[..., Any]) -> None:
    command = "python tf_cnn_benchmarks.py --num_gpus=2 --model=resnet50 --use_fp16 --xla\n"
    found = told(out_txt=command + CNN.format(total="655.12"))
    (one,) = found.results
    assert (one["metric"], one["unit"], one["value"]) == ("throughput", "image/second", 655.12)
    assert (one["samples"], one["spread"]) == (100, 2.5)
    assert (one["suite"], one["case"]) == ("tf_cnn_benchmarks", "resnet50")
    assert one["scenario"] == "training, imagenet (synthetic), batch 64 a device"
    assert (one["hardware_class"], one["family"], one["count"]) == ("gpu", "V100", 2)
    assert (one["framework"], one["version"], one["compiler"], one["precision"]) == (
        "TensorFlow",
        "1.13",
        "xla",
        "float16",
    )
    assert one["measured_at"] == WRITTEN
    assert found.refused == {}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", ("unknown", None)),
        ("python tf_cnn_benchmarks.py --model=resnet50\n", ("none", "float32")),
        ("$ python3 tf_cnn_benchmarks.py --xla=True\n", ("xla", "float32")),
        ("python tf_cnn_benchmarks.py --xla_compile=true --use_fp16=True\n", ("xla:compile", "float16")),
        ("python tf_cnn_benchmarks.py --noxla --xla_compile False\n", ("none", "float32")),
    ],
)
def test_xla_is_known_from_the_command_line_alone(
    command: str, expected: tuple[str, str | None], told: Callable[..., Any]
) -> None:
    found = told(out_txt=command + CNN.format(total="655.12"))
    assert found.values("compiler", "precision") == {expected}


def test_several_starts_in_one_file_are_several_results(told: Callable[..., Any]) -> None:
    first = "python tf_cnn_benchmarks.py --xla\n" + CNN.format(total="700.5")
    found = told(out_log=first + "python tf_cnn_benchmarks.py\n" + CNN.format(total="600.5"))
    assert found.values("value", "compiler") == {(700.5, "xla"), (600.5, "none")}


def test_an_mlperf_log_of_such_a_run_is_mlperfs() -> None:
    head = b":::MLPv0.5.0 resnet 1541000000.5 (a.py:1) run_start\n" + CNN.format(total="5").encode()
    assert recognise("v0.5.0/acme/results/box/resnet/result_0.txt", head) == ("mlperf_training",)


def test_totals_that_cannot_be_taken_are_named(told: Callable[..., Any]) -> None:
    cut = CNN.format(total="1").partition("total images")[0]
    found = told(
        a_txt=CNN.format(total="nan"),
        b_txt=CNN.format(total="-1"),
        c_txt=CNN.format(total="1.2.3"),
        d_txt=cut,
        e_txt=CNN.format(total="5") + "total images/sec: 6.00\n",
    )
    assert found.values("value") == {(5.0,)}
    assert list(found.refused.values()) == [
        "the value is nan",
        "the value is -1, which stands for missing",
        "the value '1.2.3' is not a number",
        "no total images/sec: the output is cut off, or the run never ended",
        "a total stands more than once in one run; the first counts",
    ]


# ---- names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A.benchmark_xla_8_gpu", ("A.benchmark_8_gpu", True)),
        ("A.benchmark_8_gpu_xla", ("A.benchmark_8_gpu", True)),
        ("A.benchmarkXlaTrain", ("A.benchmarkTrain", True)),
        ("A.benchmark_relaxlabel", ("A.benchmark_relaxlabel", False)),
    ],
)
def test_xla_is_a_word_of_a_name(name: str, expected: tuple[str, bool]) -> None:
    assert without_xla(name) == expected


def test_names_state_rates_precision_and_devices() -> None:
    average = rate("avg_exp_per_second")
    assert average is not None
    assert (average.name, average.canonical_unit) == ("average_throughput", "example/second")
    assert rate("loss_per_sec") is None
    assert rate("examples") is None
    assert precision("benchmark_1_gpu_amp") == "mixed"
    one = machine("benchmark_1_gpu", gpu="Tesla V100", gpus=8, processor="Intel(R) Xeon(R) CPU")
    assert (one.family, one.count) == ("V100", 1)
    none = machine("benchmark_1_gpu", gpu=None, gpus=None, processor=None)
    assert none.hardware_class == "unknown"
