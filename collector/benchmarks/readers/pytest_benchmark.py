"""pytest-benchmark's JSON: times of Python functions, and how often they can be called in a second."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from collector.benchmarks.documents import Document, Unreadable, dated, mapping, reading, text
from collector.benchmarks.formats import SHAPE, Case, EachFileAlone, File, Reading, Result, Series, refusal
from collector.benchmarks.hardware import UNSTATED, Hardware, hardware
from collector.benchmarks.software import UNSTATED as NO_SOFTWARE
from collector.benchmarks.software import Software
from collector.benchmarks.units import metric
from collector.jobs import Rejection

#: Its keys may stand in any order, and those at the end beyond what is looked at.
HEAD: Final = re.compile(rb"\"(?:machine_info|commit_info|fullname|rounds|ld15iqr)\"\s*:")
TIME: Final = metric("time", "seconds", "lower")
CALLS: Final = metric("throughput", "ops/s", "higher")


class PytestBenchmark(EachFileAlone):
    """One file, one run of a suite at a commit."""

    name = "pytest_benchmark"
    precedence = SHAPE

    def recognise(self, path: str, head: bytes) -> bool:  # noqa: ARG002 (the path may be anything)
        """By two of the keys that it alone has."""
        return head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" and len(set(HEAD.findall(head))) > 1

    def read(self, files: Sequence[File]) -> Reading:
        """Of each test the mean time, and calls a second where the file states them."""
        file = files[0]
        return reading(file, lambda found: _outcomes(file, found))


def _outcomes(file: File, found: Document) -> Iterator[Result | Rejection]:
    content = mapping(found.content)
    entries = content.get("benchmarks")
    if not isinstance(entries, list):
        raise Unreadable("holds no list of benchmarks")
    measured_at = dated(file, [content.get("datetime")])
    machine, commit = mapping(content.get("machine_info")), mapping(content.get("commit_info"))
    suite = text(commit.get("project")) or "pytest-benchmark"
    revision = text(commit.get("id"))
    if revision and commit.get("dirty") is True:
        revision += "-dirty"  # as git describe calls what is not quite that commit
    of_machine, of_software = _hardware(machine), _software(machine)
    names = Counter(_name(entry) for entry in entries)
    for number, entry in enumerate(entries):
        name = _name(entry)
        where = f"{file.path}: {name or f'entry {number + 1}'}"
        if name is None:
            yield Rejection(where, "has no name")
            continue
        if names[name] > 1:
            names[name] = 0  # said once
            yield Rejection(where, "the name stands more than once in one run: which is meant is unknown")
        if names[name] != 1:
            continue
        stats = _stats(entry)
        if stats is None:
            yield Rejection(where, "has no statistics: the test failed, or was not measured")
            continue
        mean = stats.get("mean")
        refused = refusal(mean, TIME)
        if refused is not None or not isinstance(mean, int | float):
            yield Rejection(where, str(refused))
            continue
        case, key = Case(suite, name), f"{name}@{revision}@{measured_at:%Y-%m-%dT%H:%M:%S.%fZ}"
        low, high = _positive(stats.get("min")), _positive(stats.get("max"))
        spread = 0.0 if stats.get("stddev") == 0 else _positive(stats.get("stddev"))
        rounds = stats.get("rounds")
        samples = rounds if type(rounds) is int and rounds > 0 else 1
        yield Result(
            series=Series(case, of_machine, of_software, TIME),
            natural_key=key,
            measured_at=measured_at,
            value=float(mean),
            claim="published",
            low=low,
            high=high,
            samples=samples,
            spread=spread,
            revision=revision,
        )
        if "ops" not in stats:
            continue
        if refused := refusal(stats["ops"], CALLS):
            yield Rejection(f"{where}, ops", refused)
            continue
        yield Result(
            series=Series(case, of_machine, of_software, CALLS),
            natural_key=key,
            measured_at=measured_at,
            value=float(stats["ops"]),
            claim="published",
            low=1 / high if high else None,
            high=1 / low if low else None,
            samples=samples,
            # The deviation of a reciprocal, to first order.
            spread=None if spread is None else spread / float(mean) ** 2,
            revision=revision,
        )


def _name(entry: Any) -> str | None:
    told = mapping(entry)
    return text(told.get("fullname")) or text(told.get("name"))


def _stats(entry: Any) -> dict[str, Any] | None:
    """The statistics of a test; made from its samples where they alone stand there."""
    stats = mapping(mapping(entry).get("stats"))
    if "mean" in stats:
        return stats
    samples = stats.get("data")
    if not isinstance(samples, list) or not samples or any(refusal(each, TIME) for each in samples):
        return None
    spread = statistics.stdev(samples) if len(samples) > 1 else None
    told = {"mean": statistics.fmean(samples), "min": min(samples), "max": max(samples), "stddev": spread}
    return told | {"rounds": len(samples)}


def _positive(value: Any) -> float | None:
    return float(value) if refusal(value, TIME) is None else None


def _hardware(machine: dict[str, Any]) -> Hardware:
    """The processor; `node` is the name of one host, and no kind of machine."""
    processor = mapping(machine.get("cpu"))
    named = (
        processor.get("brand_raw"),
        processor.get("brand"),
        machine.get("processor"),
        machine.get("machine"),
    )
    model = next(filter(None, map(text, named)), None)
    if model is None:
        return UNSTATED
    architecture = text(machine.get("machine")) or ""
    found = hardware(model, count=None, nodes=None, host=None)
    if found.hardware_class == "unknown" and architecture:
        kind = hardware(architecture, count=None, nodes=None, host=None)
        return Hardware(kind.hardware_class, None, model, found.family)
    return found


def _software(machine: dict[str, Any]) -> Software:
    python = text(machine.get("python_implementation"))
    system = " ".join(filter(None, (text(machine.get("system")), text(machine.get("release"))))) or None
    if python is None and system is None:
        return NO_SOFTWARE
    return Software(python, text(machine.get("python_version")), "unknown", None, system)


FORMAT = PytestBenchmark()
