"""LNT's report files, version 2: how long LLVM's tests take to compile and to run, and how large they are."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from collector.benchmarks.documents import (
    Document,
    Unreadable,
    dated,
    document,
    mapping,
    reading,
    text,
)
from collector.benchmarks.formats import SHAPE, Case, File, Reading, Result, Series, refusal
from collector.benchmarks.hardware import UNSTATED, Hardware, hardware
from collector.benchmarks.software import Software
from collector.benchmarks.units import Direction, Metric, UnitError, metric
from collector.jobs import Rejection

HEAD: Final = re.compile(rb"\"format_version\"\s*:\s*\"?2\"?")
BESIDE: Final = re.compile(r"(?:^|/)schema\.json$")
#: What a schema says of a metric: its unit, and which way is better. LNT's own default is that less is.
Told = tuple[str | None, Direction]
#: The metrics of LNT's two schemas, `nts` and `compile`, that are measurements.
METRICS: Final[dict[str, Told]] = {
    "compile_time": ("seconds", "lower"),
    "execution_time": ("seconds", "lower"),
    "user_time": ("seconds", "lower"),
    "sys_time": ("seconds", "lower"),
    "wall_time": ("seconds", "lower"),
    "mem_bytes": ("bytes", "lower"),
    "code_size": ("bytes", "lower"),
    "size_bytes": ("bytes", "lower"),
    "score": (None, "higher"),
}
#: A status other than these two makes what it belongs to no measurement: 0 is passed, 2 fails as expected.
PASSED: Final = (0, 2)
#: Words of a test that are no measurement.
OTHER: Final = re.compile(r"(?:.+_)?(?:status|hash)|name|profile|info")


@dataclass(frozen=True)
class Schema:
    """A test suite's metrics."""

    name: str
    metrics: Mapping[str, Told]


BUILT_IN: Final = Schema("lnt", METRICS)


class Lnt:
    """One file, one run on one machine; a `schema.json` beside it tells of more metrics."""

    name = "lnt"
    precedence = SHAPE
    beside = BESIDE

    def recognise(self, path: str, head: bytes) -> bool:
        """By the version of the format, and a run or machine."""
        return (
            HEAD.search(head) is not None
            and (b'"machine"' in head or b'"run"' in head or b'"tests"' in head)
            and not BESIDE.search(path)
        )

    def groups(self, files: Sequence[File]) -> Iterator[Sequence[File]]:
        """Each report with the schema of its folder or of the one above."""
        schemas = {file.path: file for file in files if BESIDE.search(file.path)}
        for file in files:
            if file.path in schemas:
                continue
            folder = PurePosixPath(file.path).parent
            places = (str(folder / "schema.json"), str(folder.parent / "schema.json"))
            found = next((schemas[place] for place in places if place in schemas), None)
            yield [file, found] if found else [file]

    def read(self, files: Sequence[File]) -> Reading:
        """A result for each test and metric: the mean of its samples."""
        file = next(file for file in files if not BESIDE.search(file.path))
        schema = BUILT_IN
        for other in files:
            if other is not file:
                try:
                    schema = _schema(document(other))
                except Unreadable as error:
                    return Reading(file.path, [Rejection(other.path, str(error))])
        return reading(file, lambda found: _outcomes(file, found, schema))


def _schema(found: Document) -> Schema:
    """A suite's schema as LNT writes it, in JSON: names, units and `bigger_is_better` of its metrics."""
    content = mapping(found.content)
    listed = content.get("metrics")
    if not isinstance(listed, list):
        raise Unreadable("holds no list of metrics, as the schema of a test suite does")
    metrics: dict[str, Told] = {}
    for each in map(mapping, listed):
        name = text(each.get("name"))
        if name is not None and str(each.get("type", "Real")).lower() in ("real", "integer"):
            larger = each.get("bigger_is_better") is True
            unit = text(each.get("unit")) or text(each.get("unit_abbrev"))
            metrics[name] = unit, "higher" if larger else "lower"
    return Schema(text(content.get("name")) or "lnt", METRICS | metrics)


def _outcomes(file: File, found: Document, schema: Schema) -> Iterator[Result | Rejection]:
    content = mapping(found.content)
    tests, run = content.get("tests"), mapping(content.get("run"))
    machine = mapping(content.get("machine"))
    if not isinstance(tests, list):
        raise Unreadable("holds no list of tests")
    measured_at = dated(file, [run.get("start_time")])
    revision = text(run.get("llvm_project_revision")) or text(run.get("git_sha")) or text(run.get("revision"))
    on = _hardware(machine)
    software = Software("LLVM", None, "unknown", None, text(machine.get("os")))
    names = Counter(text(mapping(test).get("name")) for test in tests)
    for number, test in enumerate(map(mapping, tests)):
        name = text(test.get("name"))
        where = f"{file.path}: {name or f'test {number + 1}'}"
        if name is None:
            yield Rejection(where, "has no name")
            continue
        if names[name] > 1:
            names[name] = 0  # said once
            yield Rejection(where, "the name stands more than once in one run: which is meant is unknown")
        if names[name] != 1:
            continue
        for called, value in test.items():
            if OTHER.fullmatch(called):
                continue
            measured = _metric(called, schema)
            if isinstance(measured, str) or (why := _failed(called, test)):
                yield Rejection(
                    f"{where}, {called[:60]}", measured if isinstance(measured, str) else str(why)
                )
                continue
            samples = value if isinstance(value, list) else [value]
            refused = next((why for each in samples if (why := refusal(each, measured))), None)
            if refused or not samples:
                yield Rejection(f"{where}, {called}", refused or "has no samples")
                continue
            several = len(samples) > 1
            yield Result(
                series=Series(Case(schema.name, name), on, software, measured),
                natural_key=f"{name}@{revision}@{measured_at:%Y-%m-%dT%H:%M:%SZ}@{found.digest}",
                measured_at=measured_at,
                value=statistics.fmean(samples),
                claim="published",
                low=float(min(samples)) if several else None,
                high=float(max(samples)) if several else None,
                samples=len(samples),
                spread=statistics.stdev(samples) if several else None,
                revision=revision,
            )


def _metric(called: str, schema: Schema) -> Metric | str:
    if called not in schema.metrics:
        return f"the metric {called[:60]!r} is in no schema that is known: its unit and direction are unknown"
    unit, direction = schema.metrics[called]
    if unit is None:
        return f"the schema says no unit of the metric {called!r}"
    try:
        return metric(called, unit, direction)
    except UnitError as error:
        return str(error)


def _failed(called: str, test: Mapping[str, Any]) -> str | None:
    """Why a metric is none: the status that stands beside it, `compile_status` beside `compile_time`."""
    status = test.get(f"{called.partition('_')[0]}_status")
    if status is None or status in PASSED or str(status) in map(str, PASSED):
        return None
    return f"the test failed (its status is {str(status)[:20]})"


def _hardware(machine: dict[str, Any]) -> Hardware:
    """What the machine's fields say; its `name` is one host, and no kind of machine."""
    model = next(filter(None, (text(machine.get(key)) for key in ("cpu", "hardware", "arch"))), None)
    return hardware(model, count=None, nodes=None, host=None) if model else UNSTATED


FORMAT = Lnt()
