"""The curated facts: typed, dated, labelled, and the ones that the page is about."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.benchmarks import reference
from collector.benchmarks.reference import FACTS, KEYS, reference_pages


def test_every_fact_is_taken_with_its_source_and_claim(now: datetime) -> None:
    told = tomllib.loads(FACTS.read_text())
    pages = list(reference_pages(now))
    results = [row for page in pages for row in page.rows["benchmark_results"]]
    sources = {row["source_id"]: row for page in pages for row in page.rows["benchmark_sources"]}
    assert len(results) == len(told["facts"]) == len({row["result_id"] for row in results})
    assert {row["location"] for row in sources.values()} == {one["title"] for one in told["sources"].values()}
    assert {row["claim"] for row in results} == {"published", "second-hand"}
    assert all(row["results"] > 0 for row in sources.values())
    assert all(date(2017, 1, 1) <= row["measured_at"].date() <= now.date() for row in results)
    assert all(set(fact) <= KEYS for fact in told["facts"])


def test_no_fact_is_on_hardware_without_a_class(now: datetime) -> None:
    (page,) = reference_pages(now)
    assert {row["hardware_class"] for row in page.rows["hardware"]} == {"gpu", "tpu", "dsp", "vpu", "arm"}


def test_a_slip_of_the_pen_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, now: datetime
) -> None:
    wrong = tmp_path_factory.mktemp("facts") / "reference.toml"
    wrong.write_text(FACTS.read_text().replace("scenario =", "scenarjo =", 1))
    monkeypatch.setattr(reference, "FACTS", wrong)
    with pytest.raises(ValueError, match="scenarjo"):
        list(reference_pages(now))


#: Each fact as it was typed a second time: source, count, compiler, then metrics with their values.
TYPED_AGAIN = """
hexagon-2017          - -    latency 90, latency 700, power 1.4, power 5
hexagon-delegate      - -    speed_up 3, speed_up 25
tensorflow-benchmarks 1 -    throughput 219, throughput 51.9
tensorflow-benchmarks 8 -    throughput 1734, throughput 387
xla-gpu-2018          1 none throughput 888
xla-gpu-2018          1 xla  throughput 1401
xla-gpu-2018          8 none throughput 6818
xla-gpu-2018          8 xla  throughput 10526
nvidia-19-05          1 none throughput 802
nvidia-19-05          1 xla  throughput 1178
nvidia-19-05          8 none throughput 6210
nvidia-19-05          8 xla  throughput 8104
nvidia-19-05          - none throughput 177.2, throughput 2129
nvidia-19-05          - xla  throughput 163.8, throughput 3548
nvidia-20-03          1 none throughput 1100
nvidia-20-03          1 xla  throughput 1218
nvidia-20-03          8 none throughput 8278
nvidia-20-03          8 xla  throughput 9485
nvidia-sim            - none throughput 377000
nvidia-sim            - xla  throughput 456000
nvidia-sim            8 none time_to_train 35.2
nvidia-sim            8 xla  time_to_train 39.2
dlperf                1 none throughput 113
dlperf                1 xla  throughput 138
dlperf                32 none throughput 2244
dlperf                32 xla  throughput 2545
xla-home              8 -    speed_up 7
launch-reports        8 -    speed_up 7.3
launch-reports        64 -   speed_up 58
ibm                   4 -    time_to_train 16
ibm                   256 -  time_to_train 7
movidius-review       - -    throughput 4, power 0.9
mlperf-inference-v0-5 - -    latency 8.95, latency 3.02
mlperf-inference-pi   - -    latency 1917, latency 760, latency 594, latency 571
mlperf-training       8 -    time_to_train 134.6, time_to_train 33.4, time_to_train 27.2, time_to_train 23.8
mlperf-training       8 -    time_to_train 13.4, time_to_train 12.0
mlperf-training       512 xla  time_to_train 7.08
mlperf-training       1024 xla time_to_train 1.28
mlperf-training       - xla    time_to_train 0.47
mlperf-training       3456 xla time_to_train 0.23
mlperf-training       4096 xla time_to_train 0.19
"""


def test_the_facts_are_those_that_were_published() -> None:
    typed = set()
    for line in TYPED_AGAIN.split("\n"):
        if line:
            source, count, compiler, values = line.split(None, 3)
            typed |= {(source, count, compiler, *value.split()) for value in values.split(", ")}
    facts = tomllib.loads(FACTS.read_text())["facts"]
    told = {
        (one["source"], str(one.get("count", "-")), one.get("compiler", "-"), one["metric"], one["value"])
        for one in facts
    }
    assert told == {(*one[:4], float(one[4])) for one in typed}


@pytest.mark.real
def test_facts_of_rounds_whose_logs_are_at_hand_are_in_the_logs(
    shared_data: Path, ingested: Callable[..., Any]
) -> None:
    logs = ingested(*sorted((shared_data / "benchmarks").glob("mlperf-*-v*.tar.xz"))).results
    seconds = {"minutes": 60.0, "ms": 1e-3}
    checked = 0
    for fact in tomllib.loads(FACTS.read_text())["facts"]:
        # The logs of Google's 0.47 minutes in v0.7, of which no size is stated, are not among them.
        if "round" not in fact or (fact["metric"] == "time_to_train" and "count" not in fact):
            continue
        held = [
            one["value"]
            for one in logs
            if all(one[key] == fact[key] for key in ("suite", "case", "round", "metric"))
            and all(one[key] == fact[key] for key in ("division", "count") if key in fact)
        ]
        if held:
            checked += 1
            value, scale = fact["value"], seconds[fact["unit"]]
            # What was published is rounded: to half of its last digit.
            digits = len(str(value).partition(".")[2])
            assert min(abs(one / scale - value) for one in held) <= 0.501 * 10.0**-digits, fact
    assert checked == 11
