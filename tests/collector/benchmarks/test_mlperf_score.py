"""MLPerf's rule for a score, against sums done by hand."""

from __future__ import annotations

import pytest

from collector.benchmarks.mlperf_rounds import round_of, score


def test_the_fastest_and_the_slowest_run_do_not_count() -> None:
    final = score("resnet", [10.0, 30.0, 20.0, 21.0, 25.0], 0)
    assert final.value == pytest.approx((20 + 21 + 25) / 3)
    assert final.invalid_reason is None


def test_a_run_that_missed_the_target_counts_as_the_slowest() -> None:
    final = score("resnet", [10.0, 30.0, 20.0, 21.0], 1)
    assert final.value == pytest.approx((20 + 21 + 30) / 3)
    assert final.invalid_reason is None


def test_two_runs_that_missed_the_target_make_a_result_invalid() -> None:
    assert "2 of 5 runs did not reach the target" in str(
        score("resnet", [10.0, 20.0, 30.0], 2).invalid_reason
    )


def test_fewer_than_three_runs_give_their_plain_mean_and_no_valid_result() -> None:
    final = score("resnet", [10.0, 20.0], 0)
    assert final.value == 15.0
    assert final.invalid_reason == "2 runs; MLPerf asks for 5"


def test_unet3d_drops_four_at_each_end() -> None:
    runs = [float(minute) for minute in range(1, 41)]
    assert score("unet3d", runs, 0).value == pytest.approx(sum(range(5, 37)) / 32)
    assert score("unet3d", runs[:36], 4).value == pytest.approx(sum(range(5, 37)) / 32)
    assert score("unet3d", runs[:36], 4).invalid_reason is None


def test_a_benchmark_whose_rule_is_not_known_is_never_valid() -> None:
    assert "is not known" in str(score("chess", [1.0, 2.0, 3.0, 4.0, 5.0], 0).invalid_reason)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("mlperf-training-v2.0/Dell/results/a/resnet", "v2.0"),
        ("training_results_v3.1-main/NVIDIA/results", "v3.1"),
        ("v0.5.0/google/cloud_v3.8/resnet-tpuv3-8/results/tpu/resnet", "v0.5"),
        ("google/cloud_v3.8/results/tpu/resnet", None),
    ],
)
def test_a_round_is_read_from_its_folder_and_not_from_a_cloud_type(path: str, expected: str | None) -> None:
    assert round_of(path) == expected
