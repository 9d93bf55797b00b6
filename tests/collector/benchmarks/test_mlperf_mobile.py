"""MLPerf mobile: the app's results and the summaries of a phone's runs, read together."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

SUMMARY = """================================================
MLPerf Results Summary
================================================
SUT name : {backend}
Scenario : {scenario}
Mode     : PerformanceOnly
{result}
Result is : VALID

================================================
Additional Stats
================================================
Min latency (ns)                : 1000000
Max latency (ns)                : 9000000
"""


def run(**changed: Any) -> dict[str, Any]:
    """One benchmark of the app."""
    return {
        "benchmark_id": "IC_tpu_uint8",
        "benchmark_name": "Image Classification",
        "loadgen_scenario": "SingleStream",
        "backend_settings": {"accelerator_code": "snpe_dsp", "accelerator_desc": "HTP"},
        "performance_run": {
            "throughput": 1234.5,
            "start_datetime": "2022-08-17T06:10:36.5Z",
            "loadgen_validity": True,
        },
        "backend_info": {"vendor_name": "QTI", "backend_name": "snpe", "accelerator_name": "HTP"},
    } | changed


@pytest.fixture
def phone(tmp_path: Path) -> Callable[..., Path]:
    """A round's folder with one phone: what the app wrote, a summary, and the description."""

    def write(*runs: Any, summaries: dict[str, str] | None = None, **described: str) -> Path:
        root = tmp_path / "mobile_results_v2.1" / "closed" / "Acme"
        (root / "systems").mkdir(parents=True)
        told = {
            "Processor Name": "Qualcomm Snapdragon 8+ Gen 1",
            "Graphics": "Qualcomm Adreno(TM) GPU",
            "Accelerator_type_1": "Qualcomm Hexagon Processor: Hexagon Tensor Processor (HTP)",
            "TFlite Version": "2.8.0",
            "vendor SDK": "Qualcomm Neural Processing SDK v1.65.0",
        } | described
        (root / "systems" / "fine.json").write_text(json.dumps(told))
        folder = root / "results" / "fine"
        folder.mkdir(parents=True)
        session = {"environment_info": {"manufacturer": "Fine", "os_name": "android"}, "results": list(runs)}
        if runs:
            (folder / "results.json").write_text(json.dumps([session]))
        for place, text in (summaries or {}).items():
            (folder / place / "log_performance").mkdir(parents=True)
            (folder / place / "log_performance" / "mlperf_log_summary.txt").write_text(text)
        return tmp_path / "mobile_results_v2.1"

    return write


def summary(result: str, scenario: str = "SingleStream", backend: str = "snpe") -> str:
    return SUMMARY.format(result=result, scenario=scenario, backend=backend)


def test_the_app_says_on_which_part_of_the_phone_and_the_summary_how_long(
    phone: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    latency = summary("90th percentile latency (ns) : 837292")
    told = ingested(phone(run(), summaries={"mobilenetEdgeTPU/SingleStream": latency}))
    assert told.values("metric", "unit", "value") == {
        ("throughput", "sample/second", 1234.5),
        ("latency", "second", 0.000837292),
    }
    assert told.values("suite", "case", "division", "scenario", "round") == {
        ("mlperf-mobile", "mobilenetEdgeTPU", "closed", "SingleStream", "v2.1")
    }
    assert told.values("hardware_class", "vendor", "family", "host") == {
        ("dsp", "Qualcomm", "Hexagon (Snapdragon 8+ Gen 1)", "Qualcomm Snapdragon 8+ Gen 1")
    }
    assert told.values("framework", "version", "precision", "os", "submitter", "system") == {
        ("SNPE", "1.65.0", "uint8", "android", "Acme", "fine")
    }
    assert told.values("measured_at") == {(datetime(2022, 8, 17, 6, 10, 36, 500_000, UTC),)}
    assert [one["location"] for one in told.sources] == ["mlperf-mobile/v2.1/closed/Acme/results/fine"]
    assert told.refused == {}


def test_what_app_and_summary_both_state_is_one_result(
    phone: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    offline = run(
        benchmark_id="IC_tpu_uint8_offline",
        loadgen_scenario="Offline",
        performance_run=run()["performance_run"] | {"throughput": 1793.3060957833532},
    )
    rounded = summary("Samples per second: 1793.31", "Offline")
    told = ingested(phone(offline, summaries={"mobilenetEdgeTPU/Offline": rounded}))
    assert len(told.results) == 1


@pytest.mark.parametrize(
    ("settings", "described", "expected"),
    [
        (("snpe_gpu", "GPU"), {}, ("gpu", "Adreno (Snapdragon 8+ Gen 1)")),
        (("cpu", "CPU"), {}, ("arm", "Snapdragon 8")),
        (
            ("samsung_npu", "NPU"),
            {"Processor Name": "Samsung Exynos 2200", "Accelerator_type_1": "Samsung Exynos 2200 NPU"},
            ("npu", "Exynos NPU (Exynos 2200)"),
        ),
        (
            ("neuron", "MediaTek NN"),
            {"Processor Name": "MediaTek Dimensity 9000", "Accelerator_type_1": "MediaTek Dimensity APU 590"},
            ("npu", "APU (Dimensity 9000)"),
        ),
    ],
)
def test_the_part_that_did_the_work_has_its_class(
    settings: tuple[str, str],
    described: dict[str, str],
    expected: tuple[str, str],
    phone: Callable[..., Path],
    ingested: Callable[..., Any],
) -> None:
    code, name = settings
    one = run(backend_settings={"accelerator_code": code, "accelerator_desc": name})
    assert ingested(phone(one, **described)).values("hardware_class", "family") == {expected}


def test_a_summary_alone_does_not_say_which_part_did_the_work(
    phone: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    latency = summary("90th percentile latency (ns) : 837292", backend="tflite")
    told = ingested(phone(summaries={"mosaic/SingleStream": latency}))
    assert told.values("hardware_class", "host", "framework", "version") == {
        ("unknown", "Qualcomm Snapdragon 8+ Gen 1", "TensorFlow Lite", "2.8.0")
    }
    # Only the round is known of its time.
    assert told.values("measured_at") == {(datetime(2022, 9, 8, tzinfo=UTC),)}


def test_what_cannot_be_a_result_is_refused_by_name(
    phone: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    measured = run()["performance_run"]
    told = ingested(
        phone(
            "no object",
            run(benchmark_id="a", loadgen_scenario="Sideways"),
            run(benchmark_id="b", performance_run=measured | {"throughput": None}),
            run(benchmark_id="c", performance_run=measured | {"throughput": -1}),
            run(benchmark_id="d", performance_run=measured | {"start_datetime": "yesterday"}),
            run(benchmark_id="e", performance_run=measured | {"loadgen_validity": False}),
        )
    )
    assert told.values("case", "valid", "invalid_reason") == {
        ("e", False, "the load generator does not call it valid")
    }
    pages = " ".join(told.refused.values())
    assert all(part in pages for part in ("is not a number", "stands for missing", "cannot be read"))


@pytest.mark.real
def test_the_real_phones_reach_what_their_files_say(shared_data: Path, ingested: Callable[..., Any]) -> None:
    told = ingested(shared_data / "benchmarks" / "mlperf-mobile-v2.1.tar.xz")
    # Two phones: five throughputs of the app, and four latencies of summaries; one throughput is in both.
    assert len(told.results) == 18
    assert {one["hardware_class"] for one in told.results} == {"dsp"}
    milliseconds = {
        (one["family"], one["case"]): round(one["value"] * 1e3, 6)
        for one in told.results
        if one["metric"] == "latency"
    }
    assert milliseconds["Hexagon (Snapdragon 8+ Gen 1)", "mobilenetEdgeTPU"] == 0.32375
    assert milliseconds["Hexagon (Snapdragon 7 Gen 1)", "mobileBERT"] == 9.737917
    assert told.refused == {}
