"""data.js histories: values, directions, noise, and what is refused of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.benchmarks.formats import File, Result
from collector.benchmarks.readers.github_action_benchmark import FORMAT
from collector.jobs import Rejection


def read(path: Path) -> tuple[list[Result], list[Rejection], str]:
    """Results, refusals and location of a file."""
    reading = FORMAT.read([File("rockets/data.js", path.stat().st_size, lambda: path.open("rb"))])
    outcomes = list(reading.outcomes)
    results = [one for one in outcomes if isinstance(one, Result)]
    return results, [one for one in outcomes if isinstance(one, Rejection)], reading.location


@pytest.fixture
def given(tmp_path: Path, history: Callable[..., str]) -> Callable[..., Path]:
    def write(*args: Any, **named: Any) -> Path:
        path = tmp_path / "data.js"
        path.write_text(history(*args, **named))
        return path

    return write


def test_a_history_is_a_series_of_results_by_commit(given: Callable[..., Path]) -> None:
    path = given(
        [[{"name": "load", "value": 2.5, "unit": "ms"}], [{"name": "load", "value": 2, "unit": "ms"}]]
    )
    results, refused, location = read(path)
    assert [one.value for one in results] == [2.5, 2]
    assert len({one.series for one in results}) == 1
    assert results[1].revision == f"{1:040x}"
    assert results[1].measured_at == datetime.fromtimestamp(1_700_086_400, UTC)
    assert results[0].series.case.suite == "acme/rockets: Speed"
    assert results[0].series.metric.direction == "lower"
    assert (refused, location) == ([], "https://github.com/acme/rockets")


def test_the_deviation_of_pytest_is_of_seconds_and_becomes_one_of_the_rate(
    given: Callable[..., Path],
) -> None:
    # Two rounds of 0.4 s and 0.6 s: mean 0.5 s, deviation 0.1414 s; the rate is 2 a second.
    bench = {
        "name": "t",
        "value": 2.0,
        "unit": "iter/sec",
        "range": "stddev: 0.1414213562",
        "extra": "mean: 500 msec\nrounds: 2",
    }
    ((result,), _, _) = read(given([[bench]], tool="pytest"))
    assert result.spread == pytest.approx(2.0 * 0.1414213562 / 0.5)
    assert (result.samples, result.series.metric.direction) == (2, "higher")


def test_a_margin_is_a_bound_and_no_deviation(given: Callable[..., Path]) -> None:
    results, _, _ = read(
        given(
            [
                [
                    {"name": "a", "value": 1000, "unit": "ns/iter", "range": "± 50"},
                    {"name": "b", "value": 1000, "unit": "ns/iter", "range": "±1.5%"},
                    {"name": "c", "value": 1000, "unit": "ns/iter", "range": "quite noisy"},
                ]
            ],
            tool="cargo",
        )
    )
    assert [(one.low, one.high, one.spread) for one in results] == [
        (950, 1050, None),
        (985, 1015, None),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    ("bench", "reason"),
    [
        ({"name": "x", "value": -1, "unit": "s"}, "the value is -1, which stands for missing"),
        ({"name": "x", "value": -2.5, "unit": "s"}, "the value -2.5 is negative, which no time can be"),
        ({"name": "x", "value": 0, "unit": "s"}, "the value is 0, which no time can be"),
        ({"name": "x", "value": float("nan"), "unit": "s"}, "the value is nan"),
        ({"name": "x", "value": float("inf"), "unit": "s"}, "the value is inf"),
        ({"name": "x", "value": None, "unit": "s"}, "the value 'None' is not a number"),
        ({"name": "x", "value": True, "unit": "s"}, "the value 'True' is not a number"),
        ({"name": "x", "value": "fast", "unit": "s"}, "the value 'fast' is not a number"),
        ({"name": "x", "value": 3, "unit": "parsecs"}, "the unit 'parsecs' is not known"),
        ({"name": "x", "value": 3}, "the unit '' is not known"),
        (
            {"name": "x", "value": 3, "unit": "ops/s"},
            "in 'ops/s' higher is better, but the source says lower",
        ),
    ],
)
def test_what_is_no_measurement_is_refused_by_name_and_the_rest_is_taken(
    given: Callable[..., Path], bench: dict[str, Any], reason: str
) -> None:
    results, refused, _ = read(given([[bench, {"name": "good", "value": 1, "unit": "s"}]]))
    assert [one.why for one in refused] == [reason]
    assert refused[0].what.endswith(": x")
    assert [one.series.case.name for one in results] == ["good"]


def test_a_name_that_stands_twice_in_a_run_is_refused_there_only(given: Callable[..., Path]) -> None:
    bench = {"name": "twin", "value": 1, "unit": "s"}
    results, refused, _ = read(given([[bench, {**bench, "value": 9}], [bench]]))
    assert len(refused) == 1
    assert "more than once" in refused[0].why
    assert [one.revision for one in results] == [f"{1:040x}"]


def test_an_unknown_tool_says_nothing_of_direction(given: Callable[..., Path]) -> None:
    results, refused, _ = read(given([[{"name": "x", "value": 1, "unit": "s"}]], tool="sundial"))
    assert results == []
    assert "the tool 'sundial' is not known" in refused[0].why


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('window.BENCHMARK_DATA = {"entries": {"a": [{"comm', "is not whole JSON"),
        ('window.BENCHMARK_DATA = {"lastUpdate": 1}', "holds no `entries`"),
        ("window.BENCHMARK_DATA = " + "[" * 200_000, "is not whole JSON"),
        ('window.BENCHMARK_DATA = {"entries": {"a": 3}}', "the suite is no list"),
        ('window.BENCHMARK_DATA = {"entries": {"a": [{"tool": "go"}]}}', "a run lacks a readable commit"),
        (
            'window.BENCHMARK_DATA = {"entries": {"a": [{"commit": {"id": "c"}, "tool": "go", "benches": [],'
            ' "date": 1e300}]}}',
            "a run lacks a readable commit",
        ),
    ],
)
def test_a_broken_file_is_one_refusal_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "data.js"
    path.write_text(text)
    results, refused, _ = read(path)
    assert results == []
    assert [reason in one.why for one in refused] == [True]


def test_reactant_names_are_taken_apart_so_that_xla_pairs_with_none(given: Callable[..., Path]) -> None:
    names = ["FFT [64 x 64]/primal/TPU/Default", "FFT [64 x 64]/primal/TPU/Julia", "odd name"]
    benches = [{"name": name, "value": 1.5, "unit": "s"} for name in names]
    results, _, _ = read(given([benches], repository="EnzymeAD/Reactant.jl"))
    compiled, plain, odd = (one.series for one in results)
    assert (compiled.case, compiled.hardware, compiled.metric) == (plain.case, plain.hardware, plain.metric)
    assert (compiled.software.compiler, plain.software.compiler) == ("xla:Default", "none")
    assert compiled.hardware.hardware_class == "tpu"
    assert (odd.case.name, odd.software.compiler) == ("odd name", "unknown")
