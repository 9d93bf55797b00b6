"""MLPerf's tables of results: JSON of three suites, and the submission checker's CSV."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from collector.benchmarks.ingest import ingest
from db.benchmarks import questions, time_to_train

INFERENCE = {
    "Organization": "Acme",
    "Availability": "available",
    "Division": "closed",
    "SystemType": "edge",
    "SystemName": "Acme box",
    "Platform": "box",
    "Model": "resnet50",
    "MlperfModel": "resnet",
    "Scenario": "Offline",
    "Result": 1000.5,
    "Units": "Samples/s",
    "number_of_nodes": 2,
    "host_processor_model_name": "AMD EPYC 7742",
    "host_processors_per_node": 2,
    "accelerator_model_name": "NVIDIA A100-PCIe-80GB",
    "accelerators_per_node": 4,
    "framework": "TensorRT 8.6.0, CUDA 12.0",
    "operating_system": "Ubuntu 20.04.4",
    "errors": 0,
    "inferred": 0,
    "version": "v3.0",
}
TRAINING = {
    "Model_ID": "resnet",
    "Organization": "Acme",
    "Result": 20.5,
    "Result_Units": "min.",
    "accelerator_model_name": "TPU",
    "accelerators_count": 4096,
    "availability": "preview",
    "division": "closed",
    "framework": "TensorFlow",
    "host_processor_model_name": "AMD Rome",
    "host_processors_count": 1024,
    "submitter": "Acme",
    "system": "tpu-v4-8192",
    "version": "2.0",
}
TINY = {
    "Accelerator": "",
    "Benchmark": "kws",
    "Board Name": "Small Board",
    "Division": "closed",
    "Inference Framework": "TensorFlow Lite for Microcontrollers, see https://github.com/tensorflow/tflite-micro",
    "Organization": "Acme",
    "Processor(s) Name": "32-bit Arm® Cortex®-M4 (DSP + FPU)",
    "SoC Name": "Chip 7",
    "Status": "Available",
    "__System": "small",
    "median_throughput": 50.25,
    "median_throughput_metric": "inf./sec.",
    "median_energy_cost": 18.5,
    "median_energy_cost_metric": "uj/inf.",
    "version": "v1.1",
}


@pytest.fixture
def table(tmp_path: Path, ingested: Callable[..., Any]) -> Callable[..., Any]:
    """What a `cm-result.json` of these rows comes to."""

    def read(*rows: object) -> Any:
        (tmp_path / "cm-result.json").write_text(json.dumps(list(rows)))
        return ingested(tmp_path / "cm-result.json")

    return read


@pytest.fixture
def sheet(tmp_path: Path, ingested: Callable[..., Any]) -> Callable[..., Any]:
    """What the checker's CSV of these rows comes to; `tail` is written behind them."""

    def read(*rows: dict[str, Any], tail: str = "", folder: str = "inference_results_v3.0") -> Any:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "summary.csv").write_text(text.getvalue() + tail)
        return ingested(tmp_path / folder)

    return read


def test_a_row_of_inference_keeps_all_that_it_says(table: Callable[..., Any]) -> None:
    (one,) = table(INFERENCE).results
    assert (one["suite"], one["case"], one["division"], one["scenario"]) == (
        "mlperf-inference",
        "resnet",
        "closed",
        "Offline",
    )
    assert (one["metric"], one["unit"], one["direction"], one["value"]) == (
        "throughput",
        "sample/second",
        "higher",
        1000.5,
    )
    assert (one["hardware_class"], one["vendor"], one["family"]) == ("gpu", "NVIDIA", "A100")
    assert (one["count"], one["nodes"], one["host"]) == (8, 2, "AMD EPYC 7742")
    assert (one["framework"], one["version"], one["compiler"]) == ("TensorRT", "8.6.0", "tensorrt")
    assert (one["submitter"], one["system"], one["status"]) == ("Acme", "box", "available")
    assert (one["round"], one["measured_at"]) == ("v3.0", datetime(2023, 4, 5, tzinfo=UTC))
    assert (one["claim"], one["valid"]) == ("published", True)


def test_a_latency_is_in_seconds_and_power_stands_beside(table: Callable[..., Any]) -> None:
    row = INFERENCE | {"Scenario": "SingleStream", "Units": "Latency (ms)", "Result": 24.5}
    told = table(row | {"Result_Power": 13.5, "Result_Power_Units": "Watts"})
    assert told.values("metric", "unit", "direction", "value") == {
        ("latency", "second", "lower", 0.0245),
        ("power", "watt", "lower", 13.5),
    }


def test_what_was_inferred_says_so(table: Callable[..., Any]) -> None:
    assert table(INFERENCE | {"inferred": 1}).values("claim") == {("inferred",)}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"accelerator_model_name": "", "accelerators_per_node": ""}, ("unknown", "not stated", None)),
        ({"accelerator_model_name": "NVIDIA A30", "accelerators_per_node": ""}, ("gpu", "A30", None)),
        ({"accelerator_model_name": "N/A", "accelerators_per_node": "0"}, ("x86", "EPYC", 4)),
        (
            {
                "accelerator_model_name": "N/A",
                "accelerators_per_node": 0,
                "host_processor_model_name": "NVIDIA Grace CPU",
            },
            ("arm", "Grace", 4),
        ),
    ],
)
def test_only_a_stated_zero_of_accelerators_means_processors(
    changed: dict[str, Any], expected: tuple[Any, ...], table: Callable[..., Any]
) -> None:
    assert table(INFERENCE | changed).values("hardware_class", "family", "count") == {expected}


def test_in_the_open_division_a_model_keeps_its_own_name(table: Callable[..., Any]) -> None:
    row = INFERENCE | {"Division": "open", "Model": "obert-large-pruned", "MlperfModel": "bert-99"}
    assert table(row).values("case", "division") == {("obert-large-pruned", "open")}


def test_rows_of_training_and_tiny_are_known_by_their_columns(table: Callable[..., Any]) -> None:
    told = table(TRAINING, TINY)
    assert told.values("suite", "case", "metric", "unit", "value", "hardware_class", "family", "count") == {
        ("mlperf-training", "resnet", "time_to_train", "second", 1230.0, "tpu", "TPU v4", 4096),
        ("mlperf-tiny", "kws", "throughput", "inference/second", 50.25, "arm", "Cortex-M4", None),
        ("mlperf-tiny", "kws", "energy", "joule/inference", 1.85e-5, "arm", "Cortex-M4", None),
    }
    assert told.values("suite", "framework", "compiler", "host", "system", "round") == {
        ("mlperf-training", "TensorFlow", "xla", "AMD Rome", "tpu-v4-8192", "v2.0"),
        ("mlperf-tiny", "TensorFlow Lite", "unknown", "Chip 7", "small", "v1.1"),
    }


def test_a_round_that_nobody_knows_yet_is_dated_by_its_file(
    table: Callable[..., Any], tmp_path: Path
) -> None:
    (one,) = table(INFERENCE | {"version": "v99.0"}).results
    written = (tmp_path / "cm-result.json").stat().st_mtime
    assert (one["round"], one["measured_at"].timestamp()) == ("v99.0", pytest.approx(written, abs=1e-3))


def test_rows_that_stand_twice_or_again_in_a_later_round_are_one(table: Callable[..., Any]) -> None:
    told = table(INFERENCE, INFERENCE, INFERENCE | {"version": "v3.1"})
    assert told.values("round", "value") == {("v3.0", 1000.5)}
    assert len(told.results) == 1


def test_what_cannot_be_a_result_is_refused_by_name(table: Callable[..., Any]) -> None:
    told = table(
        INFERENCE | {"Result": -1},
        INFERENCE | {"Result": "fast"},
        INFERENCE | {"Result": float("nan")},
        INFERENCE | {"Units": "Furlongs"},
        INFERENCE | {"Scenario": "Sideways"},
        {"Result": 1},
        [],
    )
    assert told.results == []
    assert [why.partition(" (")[0] for _, why in sorted(told.refused.items())] == [
        "the value is -1, which stands for missing",
        "the value 'fast' is not a number",
        "the value is nan",
        "the unit 'Furlongs' is not known",
        "the scenario 'Sideways' is not known",
        "the row is of no known table of MLPerf",
        "the row is no object",
    ]


@pytest.mark.parametrize("text", ['{"Result": 1}', '[{"Result": 1', "", "[" * 100_000])
def test_what_is_no_list_of_rows_is_refused(text: str, tmp_path: Path, ingested: Callable[..., Any]) -> None:
    (tmp_path / "cm-result.json").write_text(text)
    told = ingested(tmp_path / "cm-result.json")
    assert told.results == []
    assert len(told.refused) == 1


def test_the_checkers_sheet_says_the_same_as_the_json(
    sheet: Callable[..., Any], table: Callable[..., Any]
) -> None:
    rows = [
        INFERENCE | {"weight_data_types": "int8"},
        INFERENCE
        | {"Scenario": "SingleStream", "Units": "Latency (ms)", "Result": 24.5, "weight_data_types": ""},
        INFERENCE | {"Result": 700.5, "Units": "Watts", "weight_data_types": "int8", "errors": 2},
    ]
    told = sheet(*rows)
    assert told.values("metric", "unit", "value", "precision", "valid", "round") == {
        ("throughput", "sample/second", 1000.5, "int8", True, "v3.0"),
        ("latency", "second", 0.0245, None, True, "v3.0"),
        ("power", "watt", 700.5, "int8", False, "v3.0"),
    }
    same = {key: one for one in table(*rows).results if (key := one["result_id"])}
    assert {one["result_id"] for one in told.results} == set(same)


def test_a_sheet_of_an_old_round_without_versions_is_of_its_folders_round_and_states_its_unit(
    sheet: Callable[..., Any],
) -> None:
    row = {key: value for key, value in INFERENCE.items() if key not in ("version", "MlperfModel")}
    told = sheet(row, row | {"Units": ""}, folder="inference_results_v0.7")
    assert told.values("case", "round") == {("resnet", "v0.7")}
    assert list(told.refused.values()) == ["the unit '' is not known"]


def test_rows_that_are_cut_off_or_too_long_are_refused_and_the_rest_is_read(
    sheet: Callable[..., Any],
) -> None:
    told = sheet(INFERENCE, tail="Acme,available\n" + "x" * 200_000 + ",\n" + "y," * 40 + "\n")
    assert len(told.results) == 1
    assert len(told.refused) == 3
    assert "no CSV" in " ".join(told.refused.values())


def test_a_table_gives_way_to_the_logs_that_it_copies(
    engine: Engine,
    tmp_path: Path,
    submission: Callable[..., Path],
    write_pages: Callable[..., None],
    now: datetime,
) -> None:
    address = "https://example.org/training_results_v2.0/blob/main/Acme/systems/{}.json"
    copy = TRAINING | {"Result": 32.0, "system": "Acme's box", "details_url": address.format("box")}
    other = TRAINING | {"Result": 50.0, "system": "Acme's tower", "details_url": address.format("tower")}
    (tmp_path / "cm-result.json").write_text(json.dumps([copy, other]))
    paths = [str(submission(tmp_path, "v2.0")), str(tmp_path / "cm-result.json")]
    write_pages(engine, ingest(paths, now=now))
    with engine.connect() as connection:
        found = time_to_train(connection, available_only=False)
        facts = connection.execute(text((Path(questions.__file__).parent / "answers/facts.sql").read_text()))
        asked = {(row.system, row.value) for row in facts}
    rows = {(row.system, row.minutes, row.source_format) for row in found.itertuples()}
    assert rows == {("box", 32.0, "mlperf_training"), ("tower", 50.0, "mlperf_result_json")}
    assert asked == {("box", 1920.0), ("tower", 3000.0)}


@pytest.mark.real
def test_the_real_tables_are_taken_whole(shared_data: Path, ingested: Callable[..., Any]) -> None:
    archive = shared_data / "benchmarks" / "cm-results.tar.xz"
    told = ingested(archive)
    expected, watts, joules = set(), set(), set()
    with tarfile.open(archive) as members:
        for member in members:
            content = members.extractfile(member) if member.name.endswith(".json") else None
            for row in json.load(content) if content else []:
                who = row["Organization"].lower(), row.get("Platform") or row.get("system") or row["__System"]
                what = row.get("Model") or row.get("Model_ID") or row["Benchmark"]
                expected.add((*who, what, row.get("Scenario"), f"{row['Result']:.5g}"))
                if "Result_Power" in row:
                    watts.add((*who, what, row.get("Scenario"), f"{row['Result_Power']:.5g}"))
                if "median_energy_cost" in row:
                    joules.add((*who, what, f"{row['median_energy_cost']:.5g}"))
    by_metric: dict[str, int] = {}
    for one in told.results:
        by_metric[one["metric"]] = by_metric.get(one["metric"], 0) + 1
    main = sum(by_metric.get(name, 0) for name in ("throughput", "latency", "time_to_train"))
    assert (main, by_metric["power"], by_metric["energy"]) == (len(expected), len(watts), len(joules))
    assert told.refused == {}
    assert told.values("claim") == {("published",), ("inferred",)}
    # Only what no list of processors or accelerators knows: FPGAs, RISC-V, one coprocessor of a small board.
    unknown = {one["model"] for one in told.results if one["hardware_class"] == "unknown"}
    assert len(unknown) == 7
