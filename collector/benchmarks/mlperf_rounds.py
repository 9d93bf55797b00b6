"""MLPerf training's rounds and its rule for a score."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

#: Round → the day its results were published.
PUBLISHED: Final = {
    "v0.5": datetime(2018, 12, 12, tzinfo=UTC),
    "v0.6": datetime(2019, 7, 10, tzinfo=UTC),
    "v0.7": datetime(2020, 7, 29, tzinfo=UTC),
    "v1.0": datetime(2021, 6, 30, tzinfo=UTC),
    "v1.1": datetime(2021, 12, 1, tzinfo=UTC),
    "v2.0": datetime(2022, 6, 29, tzinfo=UTC),
    "v2.1": datetime(2022, 11, 9, tzinfo=UTC),
    "v3.0": datetime(2023, 6, 27, tzinfo=UTC),
    "v3.1": datetime(2023, 11, 8, tzinfo=UTC),
    "v4.0": datetime(2024, 6, 12, tzinfo=UTC),
    "v4.1": datetime(2024, 11, 13, tzinfo=UTC),
    "v5.0": datetime(2025, 6, 4, tzinfo=UTC),
}
#: How many runs the rules ask for (training_rules.adoc, "Benchmark results"). Not listed: not known.
RUNS: Final = {
    "resnet": 5,
    "ssd": 5,
    "retinanet": 5,
    "maskrcnn": 5,
    "dlrm": 5,
    "dlrm_dcnv2": 10,
    "gnmt": 10,
    "transformer": 10,
    "bert": 10,
    "rnnt": 10,
    "minigo": 10,
    "unet3d": 40,
    "gpt3": 3,
    "stable_diffusion": 10,
    "llama2_70b_lora": 10,
    "gnn": 10,
}
#: How many of the fastest and of the slowest do not count; one where nothing is written here.
DROPPED: Final = {"unet3d": 4}
#: A folder of a round: v0.5.0, mlperf-training-v2.0, training_results_v3.1-main; not Google's "cloud_v3.8".
ROUND = re.compile(
    r"(?:^|/)(?:[^/]*(?:mlperf|training|results)[^/]*[_-])?v(\d\.\d)(?:\.\d+)?(?=[/._-]|$)", re.IGNORECASE
)


@dataclass(frozen=True)
class Score:
    """A score in the runs' own unit; `invalid_reason` is None when the suite's rule is met."""

    value: float
    invalid_reason: str | None


def round_of(path: str) -> str | None:
    """The round that a path names, such as v2.0."""
    found = ROUND.search(path)
    return f"v{found.group(1)}" if found else None


def score(benchmark: str, succeeded: Sequence[float], failed: int) -> Score:
    """MLPerf's score: the mean of the runs without the fastest and the slowest.

    A run that does not reach the target counts as the slowest. With fewer than
    three runs that reached it, or when more failed than may be dropped, the
    plain mean (or the mean without the fastest and the slowest) is given as
    invalid. `succeeded` must hold at least one run.
    """
    required, dropped = RUNS.get(benchmark), DROPPED.get(benchmark, 1)
    ranked = sorted(succeeded)
    kept = ranked[dropped : len(ranked) - max(0, dropped - failed)]
    enough = len(succeeded) >= 3 and bool(kept)
    value = statistics.fmean(kept if enough else ranked)
    total = len(succeeded) + failed
    if required is None:
        return Score(value, f"how many runs MLPerf asks for {benchmark} is not known")
    if failed > dropped:
        return Score(value, f"{failed} of {total} runs did not reach the target; at most {dropped} may fail")
    if total < required:
        return Score(value, f"{total} runs; MLPerf asks for {required}")
    if not enough:
        return Score(value, f"only {len(succeeded)} runs reached the target")
    return Score(value, None)
