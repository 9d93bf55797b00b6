"""What a load generator's `mlperf_log_summary.txt` says, whichever round it is of."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from collector.benchmarks.formats import File, lines
from collector.benchmarks.mlperf_scores import scenario
from collector.benchmarks.mlperf_systems import division
from collector.benchmarks.units import Metric, metric
from collector.jobs import Rejection

TITLE: Final = b"MLPerf Results Summary"
#: A summary is a page of text; whatever is larger is something else.
LARGEST: Final = 1 << 20
LINE = re.compile(r"\s*(.+?)\s*:\s*(.*?)\s*$")
PERCENTILE = re.compile(r"(\d+)(?:st|nd|rd|th) percentile latency \(ns\)")
#: A round of phones: mobile_results_v1.1, mlperf-mobile-v2.1; not a model's folder such as mobilenet-v1.
PHONES = re.compile(r"(?:^|/)(?:mlperf[-_])?mobile[-_](?:[^/]*[-_])?v\d\.\d", re.IGNORECASE)
LATENCY: Final = metric("latency", "ns")
THROUGHPUT: Final = metric("throughput", "samples/s")
STREAMS: Final = metric("streams", "streams", "higher")
TOKENS: Final = metric("token_throughput", "tokens/s")
FIRST_TOKEN: Final = metric("first_token_latency", "ns")
PER_TOKEN: Final = metric("time_per_output_token", "ns")


@dataclass(frozen=True)
class Place:
    """What a summary's folder says: `root` is the submitter's folder, above `results`."""

    root: PurePosixPath
    system: str
    model: str
    interactive: bool

    @property
    def division(self) -> str | None:
        """The folder above the submitter's, where it is one of a division."""
        return division(self.root.parent.name)


@dataclass
class Summary:
    """A summary's statements: each key in lower case with its first value, as text."""

    path: str
    said: dict[str, str] = field(default_factory=dict)
    problems: list[Rejection] = field(default_factory=list)

    @property
    def scenario(self) -> str | None:
        """The scenario that it states."""
        return scenario(self.said.get("scenario"))

    @property
    def invalid_reason(self) -> str | None:
        """What kept the load generator from calling it valid."""
        if self.said.get("result is") == "VALID":
            return None
        unmet = [key.removesuffix(" satisfied") for key, value in self.said.items() if _unmet(key, value)]
        return f"the load generator says {self.said.get('result is')}" + (
            f": not met: {', '.join(unmet)}" if unmet else ""
        )

    def value(self, key: str) -> float | None:
        """A statement as a number, or None."""
        try:
            return float(self.said[key])
        except (KeyError, ValueError):
            return None


@dataclass(frozen=True)
class Measure:
    """A value of one or several summaries, with the smallest and largest of what stands behind it."""

    metric: Metric
    value: float
    low: float | None = None
    high: float | None = None
    samples: int = 1
    spread: float | None = None


def place_of(path: str) -> Place | None:
    """The system and model that a summary's path names, behind the last `results` or `compliance`."""
    parts = PurePosixPath(path).parts
    found = [at for at, part in enumerate(parts[:-3]) if part in ("results", "compliance")]
    if not found or found[-1] == 0:
        return None
    at = found[-1]
    interactive = any(part.lower() == "interactive" for part in parts[at + 3 :])
    return Place(PurePosixPath(*parts[:at]), parts[at + 1], parts[at + 2], interactive)


def of_a_phone(path: str) -> bool:
    """Whether a summary is MLPerf mobile's, by the app's own folder or by its round's."""
    return PurePosixPath(path).parent.name == "log_performance" or PHONES.search(path) is not None


def read_summary(file: File) -> Summary:
    """Reads a summary; what makes it useless stands in `problems`, and then nothing else counts."""
    summary = Summary(file.path)
    if file.size > LARGEST:
        why = f"the summary has {file.size} bytes; at most {LARGEST} are read"
        summary.problems.append(Rejection(file.path, why))
        return summary
    for line in lines(file):
        if isinstance(line, Rejection):
            summary.problems.append(line)
            continue
        # Some submitters' names end in NUL, and some wrote on Windows.
        found = LINE.match(line.decode("utf-8", "replace").replace("\0", ""))
        if found:
            summary.said.setdefault(" ".join(found[1].lower().split()), found[2])
    said = summary.said
    mode = said.get("mode", "").lower()
    if "accuracy" in mode:
        why = "an accuracy run: it measures no speed"
    elif summary.scenario is None:
        why = f"the scenario {said.get('scenario', '')[:60]!r} is not known"
    elif "result is" not in said:
        why = "nothing says whether the result is valid: the log is cut off"
    else:
        return summary
    summary.problems.append(Rejection(file.path, why))
    return summary


def measures(summary: Summary) -> Iterator[Measure]:
    """What a summary measured, the scenario's own metric first. Units as the load generator writes them.

    A latency is the percentile that the scenario is judged by: the 90th of a
    single stream, the 99th of several streams and of a server.
    """
    said, kind = summary.said, summary.scenario
    low, high = summary.value("min latency (ns)"), summary.value("max latency (ns)")
    extremes = tuple(one if one is not None and math.isfinite(one) else None for one in (low, high))
    stated = next((key for key in said if PERCENTILE.fullmatch(key)), None)
    if kind in ("SingleStream", "MultiStream") and stated is not None:
        yield from _one(LATENCY, summary.value(stated), *extremes)
    elif kind in ("MultiStream", "MultiStreamFree"):
        # Up to v1.0 the question was how many streams fit between two frames.
        yield from _one(STREAMS, summary.value("samples per query"))
        yield from _one(LATENCY, summary.value("99.00 percentile latency (ns)"), *extremes)
    elif kind == "Offline":
        yield from _one(THROUGHPUT, summary.value("samples per second"))
        yield from _one(TOKENS, summary.value("tokens per second"))
    else:
        in_tokens = summary.value("completed tokens per second")
        name = "scheduled" if in_tokens is None else "completed"
        yield from _one(THROUGHPUT, summary.value(f"{name} samples per second"))
        yield from _one(TOKENS, in_tokens)
        yield from _one(LATENCY, summary.value("99.00 percentile latency (ns)"), *extremes)
    if kind != "Offline":
        yield from _one(FIRST_TOKEN, summary.value("99.00 percentile first token latency (ns)"))
        yield from _one(PER_TOKEN, summary.value("99.00 percentile time to output token (ns)"))


def worst(runs: Sequence[Summary]) -> Iterator[Measure]:
    """What several runs of one scenario come to: by the rules the worst of them counts."""
    by_metric: dict[Metric, list[Measure]] = {}
    for run in runs:
        for measure in measures(run):
            by_metric.setdefault(measure.metric, []).append(measure)
    for each, found in by_metric.items():
        if len(found) == 1:
            yield found[0]
            continue
        values = [one.value for one in found]
        value = max(values) if each.direction == "lower" else min(values)
        yield Measure(each, value, min(values), max(values), len(values), statistics.stdev(values))


def _unmet(key: str, value: str) -> bool:
    return key.endswith(" satisfied") and value.upper() == "NO"


def _one(
    measured: Metric, value: float | None, low: float | None = None, high: float | None = None
) -> Iterator[Measure]:
    if value is not None:
        yield Measure(measured, value, low, high)
