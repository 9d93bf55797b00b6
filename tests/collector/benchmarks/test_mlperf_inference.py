"""MLPerf inference's summaries of early and late rounds, and what is refused of them."""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.benchmarks.ingest import ingest, recognise
from collector.benchmarks.mlperf_rounds import round_of
from collector.benchmarks.mlperf_summary import of_a_phone

RULE = "=" * 48


def summary(scenario: str, results: str, statistics: str = "", verdict: str = "VALID", **more: str) -> str:
    """A summary as a load generator prints it."""
    checks = "".join(f"  {key.replace('_', ' ')} satisfied : {value}\n" for key, value in more.items())
    return (
        f"{RULE}\nMLPerf Results Summary\n{RULE}\nSUT name : box\nScenario : {scenario}\n"
        f"Mode     : PerformanceOnly\n{results}\nResult is : {verdict}\n{checks}\n"
        f"{RULE}\nAdditional Stats\n{RULE}\n{statistics}\n"
        f"{RULE}\nTest Parameters Used\n{RULE}\nsamples_per_query : 1\ntarget_latency (ns): 15000000\n"
    )


@pytest.fixture
def round_folder(tmp_path: Path, description: Callable[..., str]) -> Callable[..., Path]:
    """A round's folder with one summary a run, and the description of its system."""

    def write(
        *runs: str,
        round_name: str = "inference_results_v4.0",
        division: str = "closed",
        model: str = "resnet50",
        scenario: str = "Server",
        kind: str = "results",
        **changed: object,
    ) -> Path:
        root = tmp_path / round_name / division / "Acme"
        (root / "systems").mkdir(parents=True, exist_ok=True)
        (root / "systems" / "box.json").write_text(description(framework="TensorRT 9.3.0", **changed))
        for number, text in enumerate(runs, start=1):
            run = root / kind / "box" / model / scenario / "performance" / f"run_{number}"
            run.mkdir(parents=True)
            (run / "mlperf_log_summary.txt").write_text(text)
        return tmp_path / round_name

    return write


LATENCIES = (
    "Min latency (ns)                : 4000000\nMax latency (ns)                : 20000000\n"
    "Mean latency (ns)               : 6500000\n50.00 percentile latency (ns)   : 6000000\n"
    "99.00 percentile latency (ns)   : 10000000\n"
)


def test_a_single_stream_is_judged_by_its_90th_percentile(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    text = summary("SingleStream", "90th percentile latency (ns) : 8951407", LATENCIES)
    told = ingested(round_folder(text, scenario="SingleStream"))
    (one,) = told.results
    assert (one["metric"], one["unit"], one["direction"]) == ("latency", "second", "lower")
    assert one["value"] == pytest.approx(0.008951407)
    assert (one["low"], one["high"]) == (pytest.approx(0.004), pytest.approx(0.02))
    assert (one["suite"], one["case"], one["division"]) == ("mlperf-inference", "resnet", "closed")
    assert (one["scenario"], one["round"], one["claim"]) == ("SingleStream", "v4.0", "published")
    assert one["measured_at"] == datetime(2024, 3, 27, tzinfo=UTC)
    assert (one["hardware_class"], one["family"], one["count"], one["nodes"]) == ("gpu", "A100", 16, 2)
    assert (one["framework"], one["version"], one["compiler"]) == ("TensorRT", "9.3.0", "tensorrt")
    assert (one["submitter"], one["system"], one["status"]) == ("Acme", "box", "available")
    (source,) = told.sources
    assert source["location"] == "mlperf-inference/v4.0/closed/Acme/results/box/resnet50"
    assert (source["revision"], len(source["checksum"])) == ("v4.0", 64)
    assert told.refused == {}


def test_the_scenario_is_what_the_log_states_and_not_its_folder(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    text = summary("Single Stream", "90th percentile latency (ns) : 5000000")
    told = ingested(round_folder(text, round_name="inference_results_v0.7", scenario="offline"))
    assert told.values("scenario", "metric", "value") == {("SingleStream", "latency", 0.005)}


def test_a_server_has_its_throughput_and_the_latency_that_it_keeps(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    told = ingested(round_folder(summary("Server", "Scheduled samples per second : 41546.64", LATENCIES)))
    assert told.values("metric", "unit", "value") == {
        ("throughput", "sample/second", 41546.64),
        ("latency", "second", 0.01),
    }


def test_of_several_runs_the_worst_counts(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    runs = [summary("Server", f"Scheduled samples per second : {rate}") for rate in (50.0, 40.0, 60.0)]
    (one,) = ingested(round_folder(*runs)).results
    assert (one["value"], one["low"], one["high"], one["samples"]) == (40, 40, 60, 3)
    assert one["spread"] == pytest.approx(10)


def test_language_models_count_tokens_and_the_time_to_the_first(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    text = summary(
        "Server",
        "Completed samples per second    : 80.5\nCompleted tokens per second: 24000.25",
        LATENCIES
        + "99.00 percentile first token latency (ns)   : 1900000000\n"
        + "99.00 percentile time to output token (ns)   : 190000000\n",
    )
    folder = round_folder(text, round_name="inference_results_v5.1", model="llama", scenario="Interactive")
    told = ingested(folder)
    assert told.values("scenario") == {("Interactive",)}
    assert told.values("metric", "unit", "value") == {
        ("throughput", "sample/second", 80.5),
        ("token_throughput", "token/second", 24000.25),
        ("latency", "second", 0.01),
        ("first_token_latency", "second", 1.9),
        ("time_per_output_token", "second", 0.19),
    }


def test_early_rounds_count_how_many_streams_fit(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    per_query = (
        'Per-query latency:  "target_ns" : 50000000\n99.00 percentile latency (ns)   : 46000000\n\n'
        "Per-sample latency:\n99.00 percentile latency (ns)   : 41000000\n"
    )
    text = summary("Multi Stream", "Samples per query : 1920", per_query)
    told = ingested(round_folder(text, round_name="inference_results_v0.5"))
    assert told.values("metric", "unit", "direction", "value") == {
        ("streams", "stream", "higher", 1920),
        ("latency", "second", "lower", 0.046),
    }


def test_what_the_load_generator_does_not_call_valid_is_kept_as_such(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    text = summary(
        "Offline", "Samples per second: 12.5", verdict="INVALID", Min_duration="NO", Min_queries="Yes"
    )
    (one,) = ingested(round_folder(text)).results
    assert (one["value"], one["valid"]) == (12.5, False)
    assert one["invalid_reason"] == "the load generator says INVALID: not met: min duration"


def test_a_result_that_a_later_round_repeats_is_one_of_the_first(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    text = summary("Offline", "Samples per second: 12.5")
    folders = [round_folder(text, round_name=f"inference_results_v{one}") for one in ("2.0", "2.1")]
    told = ingested(*folders)
    assert told.values("round", "value") == {("v2.0", 12.5)}
    assert len(told.sources) == 2


def test_processors_of_a_known_board_are_known_by_the_board(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    board: dict[str, object] = {
        "accelerator_model_name": "-",
        "accelerators_per_node": "0",
        "number_of_nodes": 1,
    }
    board |= {"host_processor_model_name": "Arm Cortex-A72 MP4", "system_name": "Raspberry Pi 4 (rpi4)"}
    told = ingested(round_folder(summary("Offline", "Samples per second: 1.5"), **board))
    assert told.values("hardware_class", "family", "model") == {
        ("arm", "Raspberry Pi 4", "Arm Cortex-A72 MP4")
    }


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        (summary("Sideways", "Samples per second: 1"), "results", "the scenario 'Sideways' is not known"),
        (summary("Offline", "Samples per second: -1"), "results", "which stands for missing"),
        (summary("Offline", "Samples per second: nan"), "results", "the value is nan"),
        (summary("Offline", "Samples per second: fast"), "results", "holds no result of the scenario"),
        (summary("Offline", "Samples per second: 1").partition("Result is")[0], "results", "is cut off"),
        (summary("Offline", "x : 1").replace("PerformanceOnly", "AccuracyOnly"), "results", "accuracy run"),
        (summary("Offline", "Samples per second: 1"), "compliance", "audits a result"),
    ],
)
def test_what_is_no_result_is_refused_by_name(
    text: str, kind: str, why: str, round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    told = ingested(round_folder(text, kind=kind))
    assert told.results == []
    assert any(why in reason for reason in told.refused.values()), told.refused


@pytest.mark.parametrize(
    ("folder", "why"),
    [("performance/ranging", "ranging run"), ("TEST01/performance/run_1", "audits a result")],
)
def test_runs_beside_the_result_are_told_from_it(
    folder: str, why: str, round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    root = round_folder(summary("Server", "Scheduled samples per second : 40.0"))
    beside = root / "closed" / "Acme" / "results" / "box" / "resnet50" / "Server" / folder
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "mlperf_log_summary.txt").write_text(summary("Server", "Scheduled samples per second : 10.0"))
    told = ingested(root)
    assert told.values("value", "samples") == {(40.0, 1)}
    assert [why in reason for reason in told.refused.values()] == [True]


def test_without_a_round_the_files_own_date_counts(
    round_folder: Callable[..., Path], ingested: Callable[..., Any]
) -> None:
    folder = round_folder(summary("Offline", "Samples per second: 1"), round_name="mine")
    for path in folder.rglob("*.txt"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert ingested(folder).values("measured_at", "round") == {
        (datetime.fromtimestamp(1_700_000_000, UTC), None)
    }


def test_the_details_beside_a_summary_are_no_training_log() -> None:
    head = b':::MLLOG {"key": "loadgen_version", "value": "4.0"}\n'
    assert recognise("v4.0/closed/a/results/b/c/Offline/performance/run_1/mlperf_log_detail.txt", head) == ()


@pytest.mark.parametrize(
    ("path", "phone"),
    [
        ("mobile_results_v1.1/closed/a/results/b/c/SingleStream/performance/run_1/x.txt", True),
        ("closed/a/results/b/mosaic/SingleStream/log_performance/x.txt", True),
        ("inference_results_v0.5/closed/a/results/b/mobilenet-v1.0/offline/performance/run_1/x.txt", False),
    ],
)
def test_phones_are_told_from_models_that_are_named_after_them(path: str, phone: bool) -> None:
    assert of_a_phone(path) is phone


@pytest.mark.parametrize(
    "path", ["submissions_inference_v4.1/closed/a", "inference_results_v4.1-main/closed/a"]
)
def test_a_round_is_read_from_its_repository(path: str) -> None:
    assert round_of(path) == "v4.1"


@pytest.mark.real
def test_every_summary_of_the_first_round_is_taken_as_another_reading_has_it(
    shared_data: Path, ingested: Callable[..., Any]
) -> None:
    archive = shared_data / "benchmarks" / "mlperf-inference-v0.5.tar.xz"
    told = ingested(archive)
    wanted = {
        "Single Stream": (r"90th percentile latency \(ns\) : (\d+)", "latency", 1e-9),
        "Multi Stream": (r"Samples per query : (\d+)", "streams", 1),
        "Server": (r"Scheduled samples per second : ([\d.]+)", "throughput", 1),
        "Offline": (r"Samples per second: ([\d.e+]+)", "throughput", 1),
    }
    expected = set()
    with tarfile.open(archive) as members:
        for member in members:
            if not member.name.endswith("mlperf_log_summary.txt"):
                continue
            content = members.extractfile(member)
            assert content is not None
            text = content.read().decode("utf-8", "replace")
            scenario = re.search(r"Scenario : ([A-Za-z ]+)", text)
            assert scenario is not None
            pattern, metric, scale = wanted[scenario[1].strip()]
            value = re.search(pattern, text)
            assert value is not None
            _, _, _, _, system, model, *_ = member.name.split("/")
            said = scenario[1].replace(" ", "").strip()
            expected.add((system, model, said, metric, f"{float(value[1]) * scale:.6g}"))
    found = {
        (one["system"], one["case"], one["scenario"], one["metric"], f"{one['value']:.6g}")
        for one in told.results
    }
    assert len(expected) == 63
    assert expected <= found
    # Beside them stand the latencies of nine servers and of seven times several streams.
    assert len(found - expected) == 16
    assert {key[3] for key in found - expected} == {"latency"}
    assert {key[2] for key in found - expected} == {"Server", "MultiStream"}
    assert told.values("valid", "round", "suite") == {(True, "v0.5", "mlperf-inference")}
    assert {"gpu", "tpu", "dsp", "npu", "arm", "x86"} <= {one["hardware_class"] for one in told.results}
    (snapdragon,) = [one for one in told.results if one["system"] == "SDM855" and one["case"] == "resnet"]
    assert (snapdragon["value"], snapdragon["family"]) == (pytest.approx(8.95e-3, rel=1e-3), "Hexagon 690")
    # One system's description has another name than the folder of its results; others have no results.
    assert {what.rpartition("/")[2] for what in told.refused} == {
        "ICL-I3-1005G1_OpenVINO-Windows",
        "mlperf-inference-v0.5.tar.xz",
    }


def test_the_same_twice_gives_the_same_rows(round_folder: Callable[..., Path], now: datetime) -> None:
    folder = round_folder(summary("Server", "Scheduled samples per second : 41546.64", LATENCIES))
    assert [page.rows for page in ingest([str(folder)], now=now)] == [
        page.rows for page in ingest([str(folder)], now=now)
    ]
