"""Measuring: statistics that hold their promise, pairs that share the weather, agreement that is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.benchmarks.hardware import classify
from collector.benchmarks.measuring import models, workloads
from collector.benchmarks.measuring.agreement import agreement
from collector.benchmarks.measuring.isolation import environment
from collector.benchmarks.measuring.machine import processor, this_machine
from collector.benchmarks.measuring.statistics import FEWEST, interval_rank, summary
from collector.benchmarks.measuring.timing import COMPILATIONS, time_both
from collector.benchmarks.measuring.workloads import MODELS, Workload, chosen, suite_named
from collector.doctor import examine
from collector.errors import CollectorError


@pytest.mark.parametrize("count", [6, 9, 30, 75])
def test_intervals_cover_the_true_median_as_often_as_they_say(count: int) -> None:
    # By drawing: 20,000 experiments with a lopsided distribution whose median is 1.
    drawn = np.sort(np.random.default_rng(count).lognormal(0, 1, (20_000, count)), axis=1)
    rank = interval_rank(count)
    assert rank is not None
    inside = (drawn[:, rank - 1] <= 1) & (drawn[:, -rank] >= 1)
    assert inside.mean() >= 0.95 - 0.004
    if rank < count // 2:
        narrower = (drawn[:, rank] <= 1) & (drawn[:, -rank - 1] >= 1)
        assert narrower.mean() < 0.95 + 0.004


def test_the_deviation_is_a_normal_distributions_and_one_slow_sample_does_not_matter() -> None:
    drawn = np.random.default_rng(2).normal(10, 2, 4_000).tolist()
    assert summary(drawn).deviation == pytest.approx(2, rel=0.05)
    assert summary([*drawn, 1e9]).deviation == pytest.approx(2, rel=0.05)
    assert summary([1.0]).deviation is None


def test_too_few_samples_have_no_interval() -> None:
    assert interval_rank(FEWEST - 1) is None
    assert interval_rank(FEWEST) == 1
    assert summary([3.0, 1.0, 2.0]).median == 2.0
    assert summary([3.0, 1.0, 2.0]).low is None


@given(st.lists(st.floats(1e-6, 1e3), min_size=FEWEST, max_size=60))
def test_a_median_lies_in_its_interval(samples: list[float]) -> None:
    found = summary(samples)
    assert found.median == np.median(samples)
    assert found.low is not None
    assert found.high is not None
    assert min(samples) <= found.low <= found.median <= found.high <= max(samples)


@dataclass
class Weather:
    """A machine whose time is counted by hand and that gets slower with every step."""

    now: float = 0.0
    order: list[bool] = field(default_factory=list)

    def pass_by(self, compiled: bool) -> None:
        self.order.append(compiled)
        self.now += (0.02 if compiled else 0.06) * (1 + len(self.order) / 100)


@dataclass
class Made:
    """A program in that weather; the first call takes a second or two."""

    weather: Weather
    compiled: bool

    def trace(self) -> None: ...

    def first(self) -> None:
        self.weather.now += 2.0 if self.compiled else 1.0

    def step(self) -> None:
        self.weather.pass_by(self.compiled)

    def wait(self) -> None: ...

    def outputs(self) -> Mapping[str, Any]:
        return {"output": np.ones(3)}


class Backend:
    """Makes programs, and counts them."""

    def __init__(self) -> None:
        self.weather = Weather()
        self.made: list[bool] = []

    def start(self) -> None: ...

    def program(self, _workload: Workload, compiled: bool) -> Made:
        self.made.append(compiled)
        return Made(self.weather, compiled)


def timed(seed: int, pairs: int = 40) -> tuple[Backend, Any]:
    backend: Any = Backend()
    weather = backend.weather
    return backend, time_both(
        backend, Workload("mlp", "inference", 1), pairs=pairs, seed=seed, clock=lambda: weather.now
    )


def test_pairs_are_interleaved_in_an_order_that_the_seed_gives() -> None:
    backend, found = timed(7)
    measured = backend.weather.order[-80:]
    pairs = list(zip(measured[::2], measured[1::2], strict=True))
    assert set(pairs) == {(True, False), (False, True)}
    assert len(found.off.steps) == len(found.on.steps) == 40
    assert timed(7)[0].weather.order == backend.weather.order
    assert timed(8)[0].weather.order[-80:] != measured
    assert sorted(backend.made) == [False] * COMPILATIONS + [True] * COMPILATIONS


def test_a_machine_that_slows_down_moves_the_times_and_not_the_ratio() -> None:
    _, found = timed(3)
    assert found.off.steps[-1] > 1.3 * found.off.steps[0]
    ratios = [off / on for off, on in zip(found.off.steps, found.on.steps, strict=True)]
    assert np.median(ratios) == pytest.approx(3.0, rel=0.01)
    assert found.off.firsts == pytest.approx([1.0] * COMPILATIONS)
    assert found.on.firsts == pytest.approx([2.0] * COMPILATIONS)


def test_short_steps_are_timed_in_blocks() -> None:
    backend: Any = Backend()
    weather = backend.weather
    weather.pass_by = lambda compiled: setattr(weather, "now", weather.now + (0.0015 if compiled else 0.03))
    found = time_both(backend, Workload("mlp", "inference", 1), pairs=6, seed=1, clock=lambda: weather.now)
    assert (found.off.steps_a_sample, found.on.steps_a_sample) == (1, 7)
    assert found.on.steps == pytest.approx([0.0015] * 6)


def test_agreement_is_relative_to_the_largest_value_and_has_a_tolerance_by_precision() -> None:
    off = {"y": np.array([1e-9, 1000.0])}
    on = {"y": np.array([5e-9, 1000.05])}
    found = agreement(off, on, "float32")
    assert found.difference == pytest.approx(5e-5, rel=1e-3)
    assert found.reason is None
    stricter = agreement(off, on, "float64")
    assert stricter.reason is not None
    assert "y differs by 5e-05" in stricter.reason
    assert agreement(off, off, "float64").difference == 0.0


@pytest.mark.parametrize(
    ("off", "on", "told"),
    [
        ([1.0, np.nan], [1.0, 2.0], "not finite without XLA"),
        ([1.0, 2.0], [1.0, np.inf], "not finite with XLA"),
        ([1.0, 2.0], [1.0], "shapes"),
    ],
)
def test_what_cannot_be_compared_disagrees(off: list[float], on: list[float], told: str) -> None:
    reason = agreement({"y": np.array(off)}, {"y": np.array(on)}, "float32").reason
    assert reason is not None
    assert told in reason
    assert agreement({"y": np.ones(1)}, {"z": np.ones(1)}, "float32").reason is not None


def test_every_case_of_the_suite_has_a_model_and_the_names_choose_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suite = suite_named("xla-cpu")
    assert {workload.model for workload in suite.workloads} == set(models.MODELS) == set(MODELS)
    for workload in suite.workloads:
        given_twice = [models.values(workload.model, workload.batch, "float32") for _ in range(2)]
        for name, value in given_twice[0].inputs.items():
            assert len(value) == workload.batch
            assert (value == given_twice[1].inputs[name]).all()
    monkeypatch.setattr(workloads, "find_spec", lambda package: package == "jax" or None)

    def names(*only: str) -> list[str]:
        return [each.workload.name for each in chosen(suite, only)]

    assert len(names()) == len(suite.workloads)
    assert names("mlp/training") == ["mlp/training/1", "mlp/training/32"]
    assert names("lstm/inference/1") == ["lstm/inference/1"]
    assert len(names("*/*/1", "mlp")) == 14 + 2
    assert len(names("*/training")) == 14
    assert {each.framework.name for each in chosen(suite)} == {"JAX"}
    with pytest.raises(CollectorError, match=r"'ml': is no case .* --list"):
        names("ml")


def test_without_a_framework_one_sentence_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workloads, "find_spec", lambda _package: None)
    with pytest.raises(CollectorError) as told:
        chosen(suite_named("xla-cpu"))
    assert str(told.value) == (
        "xla-cpu: neither TensorFlow nor JAX is installed. Install it: make install-bench, in the checkout"
    )
    assert not told.value.retry
    with pytest.raises(CollectorError, match="xla-cpu: JAX is not installed"):
        chosen(suite_named("xla-cpu"), framework="JAX")
    with pytest.raises(CollectorError, match=r"'Torch': is no framework .* Choose from TensorFlow, JAX"):
        chosen(suite_named("xla-cpu"), framework="Torch")
    with pytest.raises(CollectorError, match="Choose from xla-cpu"):
        suite_named("xla-gpu")


def test_the_doctor_says_what_a_configured_suite_lacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, now: datetime
) -> None:
    written = (Path(__file__).resolve().parents[3] / "flowmeter.toml").read_text()
    assert "\nrun = []" in written
    (tmp_path / "flowmeter.toml").write_text(written.replace("\nrun = []", '\nrun = ["xla-cpu"]'))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workloads, "find_spec", lambda _package: None)
    (found,) = [finding for finding in examine(now) if finding.check == "benchmarks"]
    assert found.state == "wrong"
    assert found.found == "benchmarks.run names xla-cpu, but neither TensorFlow nor JAX is installed"
    assert "make install-bench" in found.next_step


@pytest.mark.parametrize(
    ("written", "model", "kind"),
    [
        (
            "processor\t: 0\nmodel name\t: AMD EPYC 7B13\n\nmodel name\t: AMD\n",
            "AMD EPYC 7B13",
            "x86",
        ),
        ("cpu\t\t: POWER9 (architected), altivec supported\nclock : 1\n", "POWER9", "power"),
        ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "Arm Neoverse N1", "arm"),
        (
            "CPU implementer\t: 0x41\nCPU part\t: 0xd08\nModel\t: Raspberry Pi 4 Model B Rev 1.4\n",
            "Raspberry Pi 4 Model B Rev 1.4 (Arm Cortex-A72)",
            "arm",
        ),
        ("", None, None),
    ],
)
def test_processors_tell_their_names_each_in_their_own_way(
    written: str, model: str | None, kind: str | None
) -> None:
    assert processor(written) == model
    if model:
        assert classify(model)[0] == kind


def test_this_machine_is_described_and_not_named() -> None:
    machine = this_machine()
    assert machine.model
    assert machine.cores >= 1
    assert machine.os


def test_switches_of_the_caller_do_not_reach_what_is_measured() -> None:
    given = {
        "XLA_FLAGS": "--x",
        "TF_XLA_FLAGS": "--auto",
        "OMP_NUM_THREADS": "1",
        "PATH": "/bin",
    }
    kept = environment(given)
    assert kept["PATH"] == "/bin"
    assert not set(kept) & {"XLA_FLAGS", "TF_XLA_FLAGS", "OMP_NUM_THREADS"}
    assert kept["CUDA_VISIBLE_DEVICES"] == "-1"
