"""What benchmark_model prints, in the spellings that it has had: microseconds, MiB, and cycles."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from collector.benchmarks.formats import File, Result
from collector.benchmarks.readers.tflite import FORMAT
from collector.jobs import Rejection

WRITTEN = datetime(2020, 4, 15, tzinfo=UTC)
HEAD = """STARTING!
Log parameter values verbosely: [0]
Num threads: [4]
Graph: [/data/local/tmp/mobilenet_v1_1.0_224.tflite]
"""
TIMES = """Loaded model /data/local/tmp/mobilenet_v1_1.0_224.tflite
count=15 first=49060 curr=33682 min=32825 max=49060 avg=34825.1 std=3930

Running benchmark for at least 50 iterations and at least 1 seconds but terminate if exceeding 150 seconds.
count=50 first=32891 curr=33978 min=32641 max=34005 avg=33209.4 std=450

Inference timings in us: Init: 855, First inference: 49060, Warmup (avg): 34825.1, Inference (avg): 33209.4
Memory footprint delta from the start of the tool (MB): init=4.21094 overall=46.5
"""
PROFILE = """Operator-wise Profiling Info for Regular Benchmark Runs:
============================== Run Order ==============================
  [node type]  [first]  [avg ms]  [%]  [cdf%]  [mem KB]  [times called]  [Name]
  TfLiteHexagonDelegate  0.000  12.100  12.000  100.000%  100.000%  0.000  1  [probs]:64
Delegate internal:
============================== Run Order ==============================
  [node type]  [start]  [first]  [avg ms]  [%]  [cdf%]  [mem KB]  [times called]  [Name]
  SuperFC_8x8p32to8  0.000  80.250  80.500  40.000%  40.000%  0.000  1  [conv]:1
  OP_Softmax_8  80.250  20.000  21.125  10.000%  50.000%  0.000  1  [probs]:2

============================== Top by Computation Time ==============================
  SuperFC_8x8p32to8  0.000  80.250  80.500  40.000%  40.000%  0.000  1  [conv]:1
"""


def read(text: str, modified: datetime | None = WRITTEN) -> tuple[dict[str, Result], list[str]]:
    """Results by metric (the last of each), and why others were refused."""
    content = text.encode()
    assert FORMAT.recognise("phone/out.txt", content)
    file = File("phone/out.txt", len(content), lambda: io.BytesIO(content), modified)
    (group,) = FORMAT.groups([file])
    outcomes = list(FORMAT.read(group).outcomes)
    results = {one.series.metric.name: one for one in outcomes if isinstance(one, Result)}
    return results, [one.why for one in outcomes if isinstance(one, Rejection)]


@pytest.mark.parametrize("prefix", ["", "INFO: ", "05-30 15:16:45.362  3380  3380 I tflite  : "])
def test_times_are_microseconds_with_their_samples(prefix: str) -> None:
    results, refused = read("".join(f"{prefix}{line}\n" for line in (HEAD + TIMES).splitlines()))
    assert not refused
    latency = results["latency"]
    assert latency.value * latency.series.metric.scale == pytest.approx(0.0332094)
    assert (latency.low, latency.high, latency.spread, latency.samples) == (32641, 34005, 450, 50)
    assert results["initialization_time"].value == 855
    assert results["first_inference"].value == 49060
    assert results["memory"].value * results["memory"].series.metric.scale == 46.5 * 1024 * 1024
    assert {one.series.metric.direction for one in results.values()} == {"lower"}
    assert {one.series.case.name for one in results.values()} == {"mobilenet_v1_1.0_224"}
    assert {one.series.case.scenario for one in results.values()} == {"threads=4"}
    assert {one.measured_at for one in results.values()} == {WRITTEN}


def test_the_older_spelling_of_the_timings_is_read() -> None:
    results, _ = read(
        HEAD + "Average inference timings in us: Warmup: 76605.9, Init: 9933, no stats: 66767.6\n"
    )
    assert {name: one.value for name, one in results.items()} == {
        "latency": 66767.6,
        "initialization_time": 9933,
    }


@pytest.mark.parametrize(
    ("setting", "kind", "model", "scenario"),
    [
        ("", "unknown", "CPU", "threads=4"),
        ("Use xnnpack: [1]\n", "unknown", "CPU", "threads=4, xnnpack"),
        ("Use gpu : [1]\n", "gpu", "GPU", "threads=4, gpu"),
        ("Use Hexagon : [1]\n", "dsp", "Hexagon", "threads=4, hexagon"),
        (
            "Use nnapi: [1]\nNNAPI accelerator name: [qti-dsp]\n",
            "unknown",
            "NNAPI accelerator (qti-dsp)",
            "threads=4, nnapi",
        ),
        ("Use gpu : [0]\n", "unknown", "CPU", "threads=4"),
    ],
)
def test_delegates_make_other_series(setting: str, kind: str, model: str, scenario: str) -> None:
    series = read(HEAD + setting + TIMES)[0]["latency"].series
    assert (series.hardware.hardware_class, series.hardware.model) == (kind, model)
    assert series.case.scenario == scenario


def test_a_hexagons_profile_is_in_cycles_whatever_its_column_says() -> None:
    text = HEAD + "Use Hexagon : [1]\nHexagon Profiling : [1]\n" + TIMES + PROFILE
    content = text.encode()
    outcomes = list(FORMAT.read([File("a.txt", len(content), lambda: io.BytesIO(content), WRITTEN)]).outcomes)
    cycles = [one for one in outcomes if isinstance(one, Result) and one.series.metric.name == "cycles"]
    assert {one.series.metric.canonical_unit for one in cycles} == {"cycle"}
    assert [one.value for one in cycles] == [80_500, 21_125]
    assert len({one.natural_key for one in cycles}) == 2
    assert "SuperFC_8x8p32to8" in str(cycles[0].series.case.scenario)
    # Without it the same table is of the usual kind, and no cycles.
    assert "cycles" not in read(HEAD + "Use Hexagon : [1]\n" + TIMES + PROFILE)[0]
    without = HEAD + "Use Hexagon : [1]\nHexagon Profiling : [1]\n" + TIMES
    assert read(without)[1] == ["Hexagon profiling is on, but there is no table of the delegate's operations"]


def test_several_runs_in_one_file_are_several_results() -> None:
    other = (HEAD + TIMES).replace("Num threads: [4]", "Num threads: [1]")
    content = (HEAD + TIMES + other).encode()
    outcomes = list(FORMAT.read([File("a.txt", len(content), lambda: io.BytesIO(content), WRITTEN)]).outcomes)
    found = [one for one in outcomes if isinstance(one, Result) and one.series.metric.name == "latency"]
    assert [one.series.case.scenario for one in found] == ["threads=4", "threads=1"]
    assert len({one.natural_key for one in found}) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD + TIMES.partition("Inference timings")[0], "no inference timings: the output is cut off"),
        (TIMES, "names no model"),
        (HEAD + TIMES.replace("(avg): 33209.4", "(avg): nan"), "the value is nan"),
        (HEAD + TIMES.replace("(avg): 33209.4", "(avg): -1"), "the value is -1, which stands for missing"),
        (HEAD + TIMES.replace("min=32641", "min=-5"), "is negative"),
        (HEAD + TIMES + "x" * (2 << 20), "the line is longer than"),
    ],
)
def test_what_is_wrong_with_an_output_is_said(text: str, why: str) -> None:
    assert any(why in each for each in read(text)[1]), read(text)[1]


def test_an_output_without_any_date_is_refused() -> None:
    results, refused = read(HEAD + TIMES, modified=None)
    assert (results, refused) == ({}, ["states no date, and the file has none of its own"])


def test_a_text_about_the_program_is_none_of_its_outputs() -> None:
    assert not FORMAT.recognise("README.md", (HEAD + TIMES).encode())
