"""Google Benchmark's JSON: times and counters of C++ benchmarks, with their repetitions made one."""

from __future__ import annotations

import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

from collector.benchmarks.documents import Document, Unreadable, dated, mapping, reading, text
from collector.benchmarks.formats import SHAPE, Case, EachFileAlone, File, Reading, Result, Series, refusal
from collector.benchmarks.hardware import UNSTATED, Hardware
from collector.benchmarks.software import UNSTATED as NO_SOFTWARE
from collector.benchmarks.units import Direction, Metric, UnitError, metric
from collector.jobs import Rejection

HEAD: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*\{.*\"(?:run_type|time_unit|real_time)\"\s*:", re.DOTALL)
#: What the tool itself writes of a benchmark; every other number is a counter.
OWN: Final = frozenset(
    {
        *("name", "run_name", "run_type", "aggregate_name", "aggregate_unit", "family_index"),
        *("per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations"),
        *("real_time", "cpu_time", "time_unit", "label", "error_occurred", "error_message", "skipped"),
        *("skip_message", "cpu_coefficient", "real_coefficient", "big_o", "rms"),
    }
)
#: Counters of the tool's own memory manager → their unit and direction, as it documents them.
MEMORY: Final[dict[str, tuple[str, Direction]]] = {
    "allocs_per_iter": ("allocs/iter", "lower"),
    "max_bytes_used": ("bytes", "lower"),
}
#: Aggregates that say more of the mean, which is the value.
OF_THE_MEAN: Final = frozenset({"mean", "median", "stddev", "cv", "min", "max"})


class GoogleBenchmark(EachFileAlone):
    """One file, one run of one program."""

    name = "google_benchmark"
    precedence = SHAPE

    def recognise(self, path: str, head: bytes) -> bool:  # noqa: ARG002 (the path may be anything)
        """By the list of benchmarks and the keys that its entries have."""
        return b'"benchmarks"' in head and HEAD.match(head) is not None

    def read(self, files: Sequence[File]) -> Reading:
        """A result for each benchmark and metric: the mean of its repetitions."""
        file = files[0]
        return reading(file, lambda found: _Run(file, found).outcomes())


class _Run:
    """One file's content."""

    def __init__(self, file: File, found: Document) -> None:
        content = mapping(found.content)
        entries = content.get("benchmarks")
        if not isinstance(entries, list):
            raise Unreadable("holds no list of benchmarks")
        context = mapping(content.get("context"))
        self.path = file.path
        self.digest = found.digest
        self.entries: list[Any] = entries
        self.measured_at: datetime = dated(file, [context.get("date")])
        self.hardware = _hardware(context)
        program = text(context.get("executable"))
        # Windows paths have both kinds of slashes; of others the last part is the same by either rule.
        self.suite = PureWindowsPath(program).stem if program else PurePosixPath(file.path).stem
        self.unknown: Counter[str] = Counter()

    def outcomes(self) -> Iterator[Result | Rejection]:
        groups: dict[str, list[dict[str, Any]]] = {}
        for number, entry in enumerate(self.entries):
            name = mapping(entry).get("run_name") or mapping(entry).get("name")
            if not isinstance(name, str):
                yield Rejection(f"{self.path}: entry {number + 1}", "has no name")
                continue
            groups.setdefault(_without_aggregate(name, entry), []).append(entry)
        for name, group in groups.items():
            yield from self._benchmark(name, group)
        for counter, times in self.unknown.items():
            why = f"the counter {counter[:60]!r} has no unit (it stands {times} times)"
            yield Rejection(f"{self.path}: {counter}", why)

    def _benchmark(self, name: str, group: list[dict[str, Any]]) -> Iterator[Result | Rejection]:
        where = f"{self.path}: {name}"
        runs: list[dict[str, Any]] = []
        means: dict[str, dict[str, Any]] = {}
        for entry in group:
            aggregate = entry.get("aggregate_name")
            if entry.get("error_occurred") or entry.get("skipped"):
                said = (
                    text(entry.get("error_message")) or text(entry.get("skip_message")) or "no reason given"
                )
                yield Rejection(where, f"failed or was skipped: {said[:100]}")
            elif entry.get("run_type") != "aggregate":
                runs.append(entry)
            elif "big_o" in entry or "rms" in entry:
                yield Rejection(where, f"the {aggregate} is a fit to several benchmarks, no measurement")
            elif aggregate not in OF_THE_MEAN:
                what = (
                    f"the aggregate {str(aggregate)[:60]!r}" if aggregate else "an aggregate without a name"
                )
                yield Rejection(where, f"{what} is not known")
            elif aggregate in means:
                yield Rejection(where, f"the {aggregate} stands more than once: which is meant is unknown")
                return
            else:
                means[str(aggregate)] = entry
        if reason := _several(runs):
            yield Rejection(where, reason)
        elif runs:
            yield from self._of_runs(name, runs)
        elif "mean" in means:
            yield from self._of_aggregates(name, means)
        elif means:
            yield Rejection(where, f"has the {', '.join(sorted(means))} and neither runs nor their mean")

    def _of_runs(self, name: str, runs: list[dict[str, Any]]) -> Iterator[Result | Rejection]:
        for key in _measured(runs):
            measured = self._metric(key, runs[0])
            if measured is None:
                continue
            values = [run.get(key) for run in runs]
            if isinstance(measured, str) or (refused := _refused(values, measured)):
                why = measured if isinstance(measured, str) else refused
                yield Rejection(f"{self.path}: {name}, {key}", str(why))
                continue
            numbers = [float(value) for value in values if value is not None]
            if len(numbers) == 1:
                yield self._result(name, measured, numbers[0], None, None, 1, None)
                continue
            mean, spread = statistics.fmean(numbers), statistics.stdev(numbers)
            yield self._result(name, measured, mean, min(numbers), max(numbers), len(numbers), spread)

    def _of_aggregates(self, name: str, told: dict[str, dict[str, Any]]) -> Iterator[Result | Rejection]:
        mean = told["mean"]
        repetitions = mean.get("repetitions")
        samples = repetitions if type(repetitions) is int and repetitions > 0 else 1
        for key in _measured([mean]):
            measured = self._metric(key, mean)
            if measured is None:
                continue
            if isinstance(measured, str) or (refused := refusal(mean.get(key), measured)):
                why = measured if isinstance(measured, str) else refused
                yield Rejection(f"{self.path}: {name}, {key}", str(why))
                continue
            low, high, spread = (_bound(told.get(each, {}).get(key)) for each in ("min", "max", "stddev"))
            yield self._result(name, measured, float(mean[key]), low, high, samples, spread)

    def _metric(self, key: str, entry: dict[str, Any]) -> Metric | str | None:
        """What a number of an entry measures, or why it cannot be told; None for one without any unit."""
        try:
            if key in ("real_time", "cpu_time"):
                name = "time" if key == "real_time" else key
                return metric(name, str(entry.get("time_unit", "")), "lower")
            if key in MEMORY:
                unit, direction = MEMORY[key]
                return metric(key, unit, direction)
            thing, rate, _ = key.partition("_per_second")
            if rate and key == thing + rate:
                return metric(key, f"{thing}/s", "higher")
        except UnitError as error:
            return str(error)
        self.unknown[key] += 1
        return None

    def _result(
        self,
        name: str,
        measured: Metric,
        value: float,
        low: float | None,
        high: float | None,
        samples: int,
        spread: float | None,
    ) -> Result:
        return Result(
            Series(Case(self.suite, name), self.hardware, NO_SOFTWARE, measured),
            # The bytes of the file too: one date may stand in several files, and a file in several places.
            f"{name}@{self.measured_at:%Y-%m-%dT%H:%M:%SZ}@{self.digest}",
            self.measured_at,
            value,
            "published",
            low,
            high,
            samples,
            spread,
        )


def _measured(runs: Sequence[dict[str, Any]]) -> list[str]:
    """Times that should stand there, and the counters that do."""
    keys = [
        key
        for key, value in runs[0].items()
        if key not in OWN and isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return ["real_time", "cpu_time", *keys]


def _several(runs: Sequence[dict[str, Any]]) -> str | None:
    """Why entries of one name are not the repetitions of one benchmark; None when they can be.

    Until 2019 the tool numbered neither: it simply wrote a name again for each repetition.
    """
    families = {(run.get("family_index"), run.get("per_family_instance_index")) for run in runs}
    if len(families) > 1:
        return "the name stands for several benchmarks of one program: which is meant is unknown"
    numbers = [run["repetition_index"] for run in runs if "repetition_index" in run]
    if len({str(number) for number in numbers}) < len(numbers):
        return "a repetition stands more than once: which is meant is unknown"
    if len({(run.get("time_unit"), run.get("threads")) for run in runs}) > 1:
        return "the name stands with several units or numbers of threads: which is meant is unknown"
    return None


def _refused(values: Sequence[Any], measured: Metric) -> str | None:
    return next((why for value in values if (why := refusal(value, measured))), None)


def _bound(value: object) -> float | None:
    """A bound or deviation of a mean that was taken, where it can be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= sys.float_info.max else None


def _without_aggregate(name: str, entry: dict[str, Any]) -> str:
    """The benchmark's name; before there was `run_name`, an aggregate's had its own behind it."""
    aggregate = entry.get("aggregate_name")
    if isinstance(aggregate, str) and "run_name" not in entry:
        return name.removesuffix(f"_{aggregate}")
    return name


def _hardware(context: dict[str, Any]) -> Hardware:
    """The context names neither processor nor maker; its clock rate moves from run to run."""
    processors = context.get("num_cpus")
    if type(processors) is not int or not 0 < processors < 1_000_000:
        return UNSTATED
    return Hardware("unknown", None, f"machine with {processors} CPUs", "CPU")


FORMAT = GoogleBenchmark()
