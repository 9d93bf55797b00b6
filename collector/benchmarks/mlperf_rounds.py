"""MLPerf's rounds with the days of their publication, and training's rule for a score."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
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
#: The other suites: inference and mobile are published together, tiny beside training from v1.1 on.
INFERENCE_PUBLISHED: Final = {
    "v0.5": datetime(2019, 11, 6, tzinfo=UTC),
    "v0.7": datetime(2020, 10, 21, tzinfo=UTC),
    "v1.0": datetime(2021, 4, 21, tzinfo=UTC),
    "v1.1": datetime(2021, 9, 22, tzinfo=UTC),
    "v2.0": datetime(2022, 4, 6, tzinfo=UTC),
    "v2.1": datetime(2022, 9, 8, tzinfo=UTC),
    "v3.0": datetime(2023, 4, 5, tzinfo=UTC),
    "v3.1": datetime(2023, 9, 11, tzinfo=UTC),
    "v4.0": datetime(2024, 3, 27, tzinfo=UTC),
    "v4.1": datetime(2024, 8, 28, tzinfo=UTC),
    "v5.0": datetime(2025, 4, 2, tzinfo=UTC),
    "v5.1": datetime(2025, 9, 9, tzinfo=UTC),
}
TINY_PUBLISHED: Final = {
    "v0.5": datetime(2021, 6, 16, tzinfo=UTC),
    "v0.7": datetime(2022, 4, 6, tzinfo=UTC),
    "v1.0": datetime(2022, 11, 9, tzinfo=UTC),
    "v1.1": datetime(2023, 6, 27, tzinfo=UTC),
    "v1.2": datetime(2024, 4, 17, tzinfo=UTC),
}
TRAINING: Final = "mlperf-training"
INFERENCE: Final = "mlperf-inference"
MOBILE: Final = "mlperf-mobile"
TINY: Final = "mlperf-tiny"
_DAYS: Final = {
    TRAINING: PUBLISHED,
    INFERENCE: INFERENCE_PUBLISHED,
    MOBILE: INFERENCE_PUBLISHED,
    TINY: TINY_PUBLISHED,
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
    r"(?:^|/)(?:[^/]*(?:mlperf|training|results|submissions?)[^/]*[_-])?v(\d\.\d)(?:\.\d+)?(?=[/._-]|$)",
    re.IGNORECASE,
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


def published(suite: str, round_name: str | None) -> datetime | None:
    """The day on which a suite's round was published, as far as it is known."""
    return _DAYS[suite].get(round_name or "")


def location(suite: str, folder: PurePosixPath, round_name: str | None) -> str:
    """The path from the submitter on, behind the round: the same in a folder and in any archive of it."""
    parts = folder.parts
    if round_name is None:
        return str(folder)
    last = max((place for place, part in enumerate(parts, start=1) if round_of(part)), default=0)
    return "/".join((suite, round_name, *parts[last:]))


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
