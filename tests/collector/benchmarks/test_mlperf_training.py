"""MLPerf training logs in their three dialects, with descriptions, and what is refused of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.benchmarks.ingest import ingest
from collector.jobs import Page


def rows(pages: Iterable[Page]) -> dict[str, list[dict[str, Any]]]:
    """All rows by table, and rejections as rows of "rejections"."""
    found: dict[str, list[dict[str, Any]]] = {"rejections": [], "benchmark_results": []}
    for page in pages:
        for name, held in page.rows.items():
            found.setdefault(name, []).extend(map(dict, held))
        found["rejections"].extend({"what": one.what, "why": one.why} for one in page.rejections)
    return found


def test_a_submission_becomes_one_result_with_all_that_is_known_of_it(
    submission: Callable[..., Path], tmp_path: Path, now: datetime
) -> None:
    found = rows(ingest([str(submission(tmp_path))], now=now))
    (result,) = found["benchmark_results"]
    assert result["value"] == pytest.approx((31 + 32 + 33) * 60 / 3)
    assert (result["low"], result["high"], result["samples"]) == (30 * 60, 40 * 60, 5)
    # Standard deviation of 30, 31, 32, 33, 40 minutes: squares of the differences from 33.2 sum to 62.8.
    assert result["spread"] == pytest.approx((62.8 / 4) ** 0.5 * 60)
    assert result["measured_at"] == datetime.fromtimestamp(1_600_000_000, UTC)
    assert (result["valid"], result["status"], result["round"]) == (True, "available", "v2.0")
    assert (result["submitter"], result["system"], result["claim"]) == ("Acme", "box", "published")
    (hardware,) = found["hardware"]
    assert (hardware["hardware_class"], hardware["family"], hardware["count"]) == ("gpu", "A100", 16)
    (metric,) = found["benchmark_metrics"]
    assert (metric["unit"], metric["canonical_unit"], metric["direction"]) == ("minute", "second", "lower")
    (case,) = found["benchmark_cases"]
    assert (case["suite"], case["name"], case["division"]) == ("mlperf-training", "resnet", "closed")
    (source,) = found["benchmark_sources"]
    assert source["location"] == "mlperf-training/v2.0/Acme/results/box/resnet"
    assert (source["revision"], source["results"], len(source["checksum"])) == ("v2.0", 1, 64)
    assert found["rejections"] == []


def test_the_oldest_dialects_are_read_too(tmp_path: Path, now: datetime) -> None:
    old = tmp_path / "v0.5.0" / "acme" / "cloud_v3.8" / "results" / "tpu" / "resnet"
    old.mkdir(parents=True)
    node = {"num_nodes": 32, "cpu": "Intel Skylake", "accelerator": "tpuv3-512", "num_accelerators": 512}
    entry = {"division": "closed", "status": "research", "framework": "TensorFlow 1.12", "nodes": [node]}
    (old.parent / "entry.json").write_text(json.dumps(entry))
    for number in range(5):
        outcome = "" if number else ': {"success": "true"}'
        start = 1_541_000_000.5 + number
        (old / f"result_{number}.txt").write_text(
            f":::MLPv0.5.0 resnet {start} (main.py:1) run_start\n"
            f":::MLPv0.5.0 resnet {start + 600} (main.py:2) run_stop{outcome}\n"
        )
    newer = tmp_path / "mlperf-training-v0.6" / "Acme" / "results" / "pair" / "resnet"
    newer.mkdir(parents=True)
    (newer.parents[2] / "systems").mkdir()
    node = {"num_nodes": "1", "cpu": "2x AMD EPYC 7742", "accelerator": "Tesla V100", "num_accelerators": "8"}
    written = {"framework": "MXNet NVIDIA Release 19.05", "os": "Ubuntu 18.04", "nodes": repr(node)}
    lines = {"org": "Acme", "division": "closed", "status": "onprem", "entry": repr(written)}
    (newer.parents[2] / "systems" / "pair.json").write_text(
        "\n".join(f"{key}: {json.dumps({'value': value})}" for key, value in lines.items())
    )
    for number in range(5):
        start = 1_560_000_000.0 + number
        (newer / f"result_{number}.txt").write_text(
            f'[1,0]<stdout>::::MLL {start} run_start: {{"value": null, "metadata": {{}}}}\n'
            f':::MLL {start + 300} run_stop: {{"value": null, "metadata": {{"status": "success"}}}}\n'
        )
    found = rows(ingest([str(tmp_path)], now=now))
    assert sorted((one["round"], one["value"], one["status"]) for one in found["benchmark_results"]) == [
        ("v0.5", pytest.approx(600), "research"),
        ("v0.6", pytest.approx(300), "available"),
    ]
    assert {(one["family"], one["count"], one["nodes"]) for one in found["hardware"]} == {
        ("TPU v3", 512, 32),
        ("V100", 8, 1),
    }
    assert {one["compiler"] for one in found["environments"]} == {"xla", "unknown"}
    assert {one["location"] for one in found["benchmark_sources"]} == {
        "mlperf-training/v0.5/acme/cloud_v3.8/results/tpu/resnet",
        "mlperf-training/v0.6/Acme/results/pair/resnet",
    }
    assert found["rejections"] == []


def test_runs_that_missed_the_target_and_broken_logs_are_named(
    submission: Callable[..., Path], log: Callable[..., str], tmp_path: Path, now: datetime
) -> None:
    root = submission(tmp_path)
    runs = root / "Acme" / "results" / "box" / "resnet"
    (runs / "result_0.txt").write_text(log(5, status="aborted"))
    (runs / "result_1.txt").write_text(log(30).split(":::MLLOG", 5)[0])
    (runs / "result_2.txt").write_text(log(31).rpartition(":::MLLOG")[0])
    (runs / "result_3.txt").write_text(log(32).replace('"time_ms": 1600', '"time_ms": 1600x'))
    found = rows(ingest([str(root)], now=now))
    (result,) = found["benchmark_results"]
    assert result["value"] == pytest.approx(40 * 60)
    assert (result["valid"], result["samples"]) == (False, 1)
    assert "did not reach the target" in result["invalid_reason"]
    reasons = {(one["what"].rpartition("/")[2], one["why"].partition(":")[0]) for one in found["rejections"]}
    assert ("result_1.txt", "no run_start") in reasons
    assert ("result_2.txt", "no run_stop") in reasons
    assert ("result_3.txt", "a line of the log cannot be read (JSONDecodeError") in reasons


def test_a_run_that_ends_before_it_starts_is_refused(
    submission: Callable[..., Path], tmp_path: Path, now: datetime
) -> None:
    found = rows(ingest([str(submission(tmp_path, minutes=(-3, 30, 31, 32, 33)))], now=now))
    assert found["benchmark_results"] == []
    assert "negative" in found["rejections"][0]["why"]


def test_a_blank_count_of_accelerators_is_unknown_and_no_processor(
    submission: Callable[..., Path], tmp_path: Path, now: datetime
) -> None:
    paths = [
        submission(tmp_path, "v1.0", accelerators_per_node="", accelerator_model_name="NVIDIA A30"),
        submission(tmp_path, "v1.1", accelerators_per_node="", accelerator_model_name="", system="blank"),
        submission(
            tmp_path, "v2.0", accelerators_per_node="0", accelerator_model_name="N/A", system="processors"
        ),
    ]
    found = rows(ingest([str(path) for path in paths], now=now))
    assert {(one["hardware_class"], one["family"], one["count"]) for one in found["hardware"]} == {
        ("gpu", "A30", None),
        ("unknown", "not stated", None),
        ("x86", "EPYC", 4),
    }


def test_a_result_that_a_later_round_repeats_is_one_row_of_the_first(
    submission: Callable[..., Path], tmp_path: Path, now: datetime
) -> None:
    first, second = submission(tmp_path, "v2.0"), submission(tmp_path, "v2.1")
    found = rows(ingest([str(first), str(second)], now=now))
    (result,) = found["benchmark_results"]
    assert result["round"] == "v2.0"
    assert len(found["benchmark_sources"]) == 2


def test_names_of_hosts_and_versions_do_not_split_a_series(
    submission: Callable[..., Path], tmp_path: Path, now: datetime
) -> None:
    paths = [
        submission(tmp_path, "v1.0", system="node017.acme.example", framework="TensorFlow 2.4"),
        submission(
            tmp_path, "v2.0", (20, 21, 22, 23, 24), system="node018.acme.example", framework="TensorFlow 2.8"
        ),
    ]
    found = rows(ingest([str(path) for path in paths], now=now))
    assert len(found["benchmark_series"]) == 1
    assert len(found["benchmark_results"]) == 2
    assert {one["version"] for one in found["environments"]} == {"2.4", "2.8"}


def test_a_line_without_end_is_refused_and_the_rest_is_read(
    submission: Callable[..., Path], log: Callable[..., str], tmp_path: Path, now: datetime
) -> None:
    root = submission(tmp_path)
    first = root / "Acme" / "results" / "box" / "resnet" / "result_0.txt"
    first.write_text("x" * 3_000_000 + "\n" + log(30))
    found = rows(ingest([str(root)], now=now))
    assert len(found["benchmark_results"]) == 1
    assert [one["why"] for one in found["rejections"]] == ["the line is longer than 1048576 bytes"]


def test_logs_without_a_description_are_taken_with_unknown_hardware(
    submission: Callable[..., Path], tmp_path: Path, now: datetime
) -> None:
    root = submission(tmp_path)
    (root / "Acme" / "systems" / "box.json").write_text("{ this is no description")
    found = rows(ingest([str(root)], now=now))
    assert found["hardware"][0]["hardware_class"] == "unknown"
    assert found["benchmark_cases"][0]["division"] == "closed"
    assert "neither JSON nor lines" in found["rejections"][0]["why"]


def test_a_description_of_what_is_not_here_is_named(
    submission: Callable[..., Path], description: Callable[..., str], tmp_path: Path, now: datetime
) -> None:
    root = submission(tmp_path)
    (root / "Acme" / "systems" / "tower.json").write_text(description())
    found = rows(ingest([str(root)], now=now))
    assert [(one["what"].rpartition("/")[2], one["why"]) for one in found["rejections"]] == [
        ("tower.json", "describes results that are not here")
    ]
