"""What MLPerf inference, mobile and tiny publish as results: scenarios, units, models, one result."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collector.benchmarks.documents import possible
from collector.benchmarks.formats import Case, Claim, Result, Series, refusal
from collector.benchmarks.hardware import Hardware
from collector.benchmarks.mlperf_rounds import published
from collector.benchmarks.software import Software
from collector.benchmarks.units import Direction, Metric, UnitError, metric
from collector.jobs import Rejection

#: Scenario, in whatever spelling → as the newer rounds write it.
SCENARIOS: Final = {
    "singlestream": "SingleStream",
    "multistream": "MultiStream",
    "multistreamfree": "MultiStreamFree",
    "server": "Server",
    "interactive": "Interactive",
    "offline": "Offline",
}
#: Unit as MLPerf's tables write it → metric, unit, and direction where the unit leaves it open.
UNITS: Final[dict[str, tuple[str, str, Direction | None]]] = {
    "Samples/s": ("throughput", "samples/s", None),
    "Queries/s": ("throughput", "queries/s", None),
    "Tokens/s": ("token_throughput", "tokens/s", None),
    "Latency (ms)": ("latency", "ms", None),
    "Streams": ("streams", "streams", "higher"),
    "Watts": ("power", "W", "lower"),
    "millijoules": ("energy", "mJ", "lower"),
    "min.": ("time_to_train", "minute", None),
    "inf./sec.": ("throughput", "inferences/s", None),
    "uj/inf.": ("energy", "uJ/inference", None),
}
#: A model's name in one round → its name in all, as MLPerf's own checker maps them.
MODELS: Final = {
    "resnet50": "resnet",
    "resnet50-v1.5": "resnet",
    "ssd-mobilenet": "ssd-small",
    "ssd-resnet34": "ssd-large",
    "mobilenet-edge": "mobilenet-edgetpu",
}


@dataclass(frozen=True)
class Entry:
    """A submission's system in one case, with all that is the same for each of its values."""

    case: Case
    hardware: Hardware
    software: Software
    submitter: str | None
    system: str | None
    status: str | None
    round: str | None
    claim: Claim = "published"
    invalid_reason: str | None = None
    revision: str | None = None


def scenario(written: object) -> str | None:
    """The scenario as the newer rounds write it ("Single Stream" is SingleStream), or None."""
    return SCENARIOS.get(re.sub(r"[^a-z]", "", str(written).lower()))


def measured(written: object) -> Metric:
    """The metric of a unit as MLPerf's tables write it; `UnitError` names one that is not known."""
    known = UNITS.get(" ".join(str(written).split()))
    if known is None:
        raise UnitError(f"the unit {str(written)[:60]!r} is not known")
    return metric(*known)


def model(written: str, division: str | None) -> str:
    """A model's name. In the open division it may be any model: there its own name is kept."""
    return written if division == "open" else MODELS.get(written.lower(), written)


def result(
    entry: Entry,
    measure: Metric,
    value: object,
    where: str,
    *,
    told_by: str,
    at: datetime | None = None,
    otherwise: datetime | None = None,
    low: float | None = None,
    high: float | None = None,
    samples: int = 1,
    spread: float | None = None,
) -> Result | Rejection:
    """One value of an entry, or why it cannot be taken; `where` names it in a refusal.

    Without a time of its own (`at`) it is dated by the publication of its round,
    and where that is not known by its file (`otherwise`).
    Rounds repeat earlier results word for word: so the value, to six digits,
    stands in the natural key in place of the round. `told_by` ("log", "table")
    keeps a measurement's log and tables that copy it apart.
    """
    refused = refusal(value, measure)
    if refused is not None or not isinstance(value, int | float):
        return Rejection(where, refused or "the value is not a number")
    moment = at or published(entry.case.suite, entry.round) or (otherwise and possible(otherwise))
    if moment is None:
        name = f"round {entry.round!r} is not known" if entry.round else "no folder names a round"
        return Rejection(where, f"nothing says when it was measured: {name} (such as inference_results_v4.0)")
    case = entry.case
    submitter = (entry.submitter or "").lower()
    known_by = (told_by, case.division, submitter, entry.system, case.name, case.scenario)
    return Result(
        series=Series(case, entry.hardware, entry.software, measure),
        natural_key="/".join([*(str(one or "-") for one in known_by), f"{value * measure.scale:.6g}"]),
        measured_at=moment,
        value=float(value),
        claim=entry.claim,
        low=low,
        high=high,
        samples=samples,
        spread=spread,
        invalid_reason=entry.invalid_reason,
        submitter=entry.submitter,
        system=entry.system,
        status=entry.status,
        round=entry.round,
        revision=entry.revision,
    )


def number(written: object) -> object:
    """A number where a table wrote one as text; anything else as it is, to be refused by name."""
    if not isinstance(written, str):
        return written
    try:
        value = float(written.strip())
    except ValueError:
        return written
    return value if math.isfinite(value) else written
