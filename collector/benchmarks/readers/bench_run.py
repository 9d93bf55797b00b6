"""The results file of `flowmeter bench run`: XLA on against off, measured on one machine."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from collector.benchmarks.documents import Unreadable, document, mapping, possible
from collector.benchmarks.formats import (
    SIGNATURE,
    Case,
    EachFileAlone,
    File,
    Reading,
    Result,
    Series,
    refusal,
)
from collector.benchmarks.hardware import Hardware, classify
from collector.benchmarks.software import Software
from collector.benchmarks.units import UnitError, metric
from collector.jobs import Rejection

HEAD = re.compile(rb'\A\s*\{\s*"flowmeter_bench_run"\s*:')
SCHEMAS: Final = (1,)
#: Architecture, as the system calls it → class, where the processor's name does not tell.
ARCHITECTURES: Final = {
    "x86_64": "x86",
    "amd64": "x86",
    "i686": "x86",
    "aarch64": "arm",
    "arm64": "arm",
    "armv7l": "arm",
    "ppc64le": "power",
    "ppc64": "power",
}
#: More cores than any machine has.
MOST: Final = 1_000_000
WRONG = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


class BenchRun(EachFileAlone):
    """One file, one run of one suite."""

    name = "bench_run"
    precedence = SIGNATURE

    def recognise(self, path: str, head: bytes) -> bool:  # noqa: ARG002 (the path may be anything)
        """By its first key."""
        return HEAD.match(head) is not None

    def read(self, files: Sequence[File]) -> Reading:
        """All cases of the run. It is named by what it says of itself, wherever the file lies."""
        file = files[0]
        try:
            told = document(file).content
        except Unreadable as error:
            return _refused(file, str(error))
        schema = mapping(told).get("flowmeter_bench_run")
        if schema not in SCHEMAS:
            return _refused(file, f"version {str(schema)[:40]} of these files is not known")
        try:
            run = _Run(told)
        except WRONG as error:
            return _refused(file, f"lacks a readable run, suite, time or machine ({error!r:.100})")
        return Reading(run.location, list(run.outcomes(file.path, told)))


class _Run:
    def __init__(self, told: Mapping[str, Any]) -> None:
        self.name, self.suite = _text(told["run"]), _text(told["suite"])
        written = datetime.strptime(told["measured_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        measured_at = possible(written)
        if measured_at is None:
            raise ValueError(f"{written:%Y-%m-%d} is no date of a benchmark")
        self.measured_at = measured_at
        self.location = f"bench run {self.suite} {told['measured_at']} {self.name}"
        machine = told["machine"]
        self.hardware = _hardware(machine)
        self.os = _text(machine["os"])

    def outcomes(self, path: str, told: Mapping[str, Any]) -> Iterator[Result | Rejection]:
        for kind, read in (("cases", self._case), ("failures", self._failure)):
            entries = told.get(kind)
            if not isinstance(entries, list):
                yield Rejection(path, f"has no list of {kind}")
                continue
            for place, entry in enumerate(entries, 1):
                try:
                    yield from list(read(entry))
                except WRONG as error:
                    yield Rejection(f"{path}: {kind} {place}", f"is not as it should be ({error!r:.100})")

    def _failure(self, entry: Mapping[str, Any]) -> Iterator[Rejection]:
        what = ", ".join(_text(entry[key]) for key in ("case", "scenario", "framework"))
        yield Rejection(f"{self.location}: {what}", f"was not measured: {_text(entry['reason'])}")

    def _case(self, entry: Mapping[str, Any]) -> Iterator[Result | Rejection]:
        case = Case(self.suite, _text(entry["case"]), None, _text(entry["scenario"]))
        framework, precision = _text(entry["framework"]), _text(entry["precision"])
        reason = entry["agreement"]["reason"]
        for side in entry["sides"]:
            compiler = _text(side["compiler"])
            software = Software(framework, _text(entry["version"]), compiler, precision, self.os)
            key = "/".join((self.name, framework, case.name, str(case.scenario), precision, compiler))
            for measured in side["metrics"]:
                where = f"{self.location}: {case.name}, {case.scenario}, {framework}, {compiler}"
                try:
                    meaning = metric(_text(measured["metric"]), measured["unit"], measured["direction"])
                except UnitError as error:
                    yield Rejection(where, str(error))
                    continue
                value, samples = measured["median"], _samples(measured["samples"])
                low, high = measured["low"], measured["high"]
                if low is None or high is None:
                    # Too few samples for an interval: the smallest and the largest.
                    low, high = min(samples), max(samples)
                refused = refusal(value, meaning)
                if refused is None and not (low <= value <= high and math.isfinite(high)):
                    refused = f"the median {value} does not lie between {low} and {high}"
                if refused is not None:
                    yield Rejection(f"{where}: {meaning.name}", refused)
                    continue
                yield Result(
                    Series(case, self.hardware, software, meaning),
                    key,
                    self.measured_at,
                    value,
                    "measured",
                    low,
                    high,
                    len(samples),
                    _deviation(measured["deviation"]),
                    None if reason is None else _text(reason),
                    revision=None if entry["revision"] is None else _text(entry["revision"]),
                )


def _hardware(machine: Mapping[str, Any]) -> Hardware:
    """The processor, with the cores that were used: more of them are another series."""
    model, cores = _text(machine["model"]), _number(machine["cores"])
    processors = None if machine["processors"] is None else _number(machine["processors"])
    kind, vendor, family = classify(model)
    if kind == "unknown":
        kind = ARCHITECTURES.get(_text(machine["architecture"]).lower(), "unknown")
    written = f"{model}, {cores} core{'s' if cores > 1 else ''}"
    return Hardware(kind, vendor, written, family, processors, 1)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
        raise ValueError(f"{str(value)[:40]} is no number of cores or processors")
    return value


def _deviation(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{str(value)[:40]} is no standard deviation")
    return float(value)


def _samples(value: object) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{str(value)[:40]} is no list of samples")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 1_000:
        raise ValueError(f"{str(value)[:40]} is no text")
    return value


def _refused(file: File, why: str) -> Reading:
    return Reading(file.path, [Rejection(file.path, why)])


FORMAT = BenchRun()
