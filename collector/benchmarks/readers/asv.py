"""airspeed velocity's results: a project's benchmarks at a commit, on a machine and in an environment."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import PurePosixPath
from typing import Any, Final

from collector.benchmarks.documents import (
    Document,
    Unreadable,
    document,
    mapping,
    milliseconds,
    text,
)
from collector.benchmarks.formats import SHAPE, Case, File, Reading, Result, Series, refusal
from collector.benchmarks.hardware import UNSTATED, Hardware, hardware
from collector.benchmarks.software import Software
from collector.benchmarks.units import Direction, Metric, UnitError, metric
from collector.jobs import Rejection

BESIDE: Final = re.compile(r"(?:^|/)(?:benchmarks|machine)\.json$")
HEAD: Final = re.compile(rb"\"(?:commit_hash|result_columns|results|env_name|requirements|params)\"\s*:")
#: A benchmark's type → what it measures, as asv documents it; a `track` says its unit itself.
TYPES: Final[dict[str, tuple[str, str, Direction]]] = {
    "time": ("time", "seconds", "lower"),
    "timeraw": ("time", "seconds", "lower"),
    "memory": ("memory", "bytes", "lower"),
    "peakmemory": ("peak_memory", "bytes", "lower"),
}
#: The beginning of a function's name decides its type; this is asv's own rule.
PREFIXES: Final = {"time": "time", "timeraw": "timeraw", "mem": "memory", "peakmem": "peakmemory"}
COLUMNS: Final = ("result", "params", "version", "stats_ci_99_a", "stats_ci_99_b", "samples")
#: More combinations of parameters than this are no benchmark that anybody ran.
MOST_COMBINATIONS: Final = 100_000


class Asv:
    """`results/MACHINE/COMMIT-ENVIRONMENT.json`, with `machine.json` and `benchmarks.json` beside it."""

    name = "asv"
    precedence = SHAPE
    beside = BESIDE

    def recognise(self, path: str, head: bytes) -> bool:
        """By the commit and two more of the keys that results have; what stands beside has no commit."""
        found = set(HEAD.findall(head)) if not BESIDE.search(path) else set()
        return len(found) > 2 and b'"commit_hash"' in head

    def groups(self, files: Sequence[File]) -> Iterator[Sequence[File]]:
        """Each result with what describes its machine and its benchmarks."""
        described = {file.path: file for file in files if BESIDE.search(file.path)}
        for file in files:
            if file.path in described:
                continue
            folder = PurePosixPath(file.path).parent
            places = (folder / "machine.json", folder.parent / "benchmarks.json")
            yield [file, *(described[str(place)] for place in places if str(place) in described)]

    def read(self, files: Sequence[File]) -> Reading:
        """A result for each benchmark and combination of its parameters."""
        file = next(file for file in files if not BESIDE.search(file.path))
        outcomes: list[Result | Rejection] = []
        beside: dict[str, Document] = {}
        for other in files:
            if other is file:
                continue
            try:
                beside[PurePosixPath(other.path).name] = document(other)
            except Unreadable as error:
                outcomes.append(Rejection(other.path, str(error)))
        try:
            run = _Run(file, document(file), beside)
            outcomes.extend(run.outcomes())
        except Unreadable as error:
            return Reading(file.path, [*outcomes, Rejection(file.path, str(error))])
        return Reading(file.path, outcomes, revision=run.commit)


@dataclass(frozen=True)
class _Entry:
    """What stands under a benchmark's name, in either of the two shapes in which asv keeps it."""

    values: list[Any]
    parameters: list[Any]
    version: str | None
    low: list[Any]
    high: list[Any]
    samples: list[Any]


class _Run:
    """One file's content."""

    def __init__(self, file: File, found: Document, beside: Mapping[str, Document]) -> None:
        content = mapping(found.content)
        commit, measured_at = text(content.get("commit_hash")), milliseconds(content.get("date"))
        if commit is None or measured_at is None:
            raise Unreadable("lacks a readable commit or date")
        self.path, self.commit = file.path, commit
        #: The commit's date: asv measures old commits whenever it gets to them, and orders by this.
        self.measured_at: datetime = measured_at
        params = mapping(content.get("params"))
        machine = mapping(beside["machine.json"].content) if "machine.json" in beside else {}
        if machine.get("machine") and params.get("machine") != machine["machine"]:
            told = str(params.get("machine"))[:60]
            raise Unreadable(f"is of the machine {told!r}, but stands beside the description of another one")
        described = {**machine, **params}
        self.hardware = _hardware(described)
        self.software = Software(
            "Python", text(content.get("python")), "unknown", None, text(described.get("os"))
        )
        self.environment = _environment(content)
        self.results = mapping(content.get("results"))
        columns = content.get("result_columns")
        self.columns = columns if isinstance(columns, list) else None
        self.versions = mapping(content.get("benchmark_version"))
        self.benchmarks = mapping(beside["benchmarks.json"].content) if "benchmarks.json" in beside else {}
        if not self.results:
            raise Unreadable("holds no results")

    def outcomes(self) -> Iterator[Result | Rejection]:
        for name, told in self.results.items():
            where = f"{self.path}: {name[:200]}"
            described = mapping(self.benchmarks.get(name))
            measured = _metric(name, described)
            if isinstance(measured, str):
                yield Rejection(where, measured)
                continue
            entry = self._entry(name, told)
            if isinstance(entry, str):
                yield Rejection(where, entry)
                continue
            now = described.get("version")
            if entry.version is not None and now is not None and str(entry.version) != str(now):
                yield Rejection(where, "was measured with another version of the benchmark than is described")
                continue
            yield from self._combinations(name, entry, described, measured)

    def _combinations(
        self, name: str, entry: _Entry, described: dict[str, Any], measured: Metric
    ) -> Iterator[Result | Rejection]:
        names = described.get("param_names")
        combinations = _product(entry.parameters or described.get("params"), len(entry.values))
        if combinations is None:
            why = f"has {len(entry.values)} values, which is not what its parameters make"
            yield Rejection(f"{self.path}: {name}", why)
            return
        for place, (value, combination) in enumerate(zip(entry.values, combinations, strict=True)):
            scenario = _scenario(combination, names)
            where = f"{self.path}: {name}" + (f" ({scenario})" if scenario else "")
            if value is None:
                yield Rejection(where, "has no value: the benchmark failed")
                continue
            if isinstance(value, float) and math.isnan(value):
                yield Rejection(where, "the value is nan: the benchmark was skipped")
                continue
            if refused := refusal(value, measured):
                yield Rejection(where, refused)
                continue
            low, high = (
                _bound(each[place] if place < len(each) else None, measured)
                for each in (entry.low, entry.high)
            )
            samples, spread = _spread(entry.samples[place] if place < len(entry.samples) else None, measured)
            conditions = "; ".join(filter(None, (scenario, self.environment)))
            yield Result(
                series=Series(
                    Case("asv", name, None, conditions or None), self.hardware, self.software, measured
                ),
                natural_key=f"{name}({conditions})@{self.commit}@{self.hardware.model}/{self.software.os}",
                measured_at=self.measured_at,
                value=float(value),
                claim="published",
                low=low,
                high=high,
                samples=samples,
                spread=spread,
                revision=self.commit,
            )

    def _entry(self, name: str, told: Any) -> _Entry | str:
        """A benchmark's values, parameters and statistics; or why they cannot be told apart."""
        version = self.versions.get(name)
        if self.columns is not None:
            if told is None:
                told = [None]
            if not isinstance(told, list) or len(told) > len(self.columns):
                return "is no row of the columns that the file names"
            row = dict(zip(map(str, self.columns), told, strict=False))
            parts = {column: row.get(column) for column in COLUMNS}
            version = version or parts["version"]
            ci = parts["stats_ci_99_a"], parts["stats_ci_99_b"]
        elif isinstance(told, dict):
            stats = told.get("stats")
            both = [mapping(each).get("ci_99") for each in stats] if isinstance(stats, list) else []
            pairs = [each if isinstance(each, list) and len(each) == 2 else (None, None) for each in both]
            ci = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            parts = {**told}
        else:
            return _Entry([told], [], version, [], [], [])
        result, parameters = parts.get("result"), parts.get("params")
        values = result if isinstance(result, list) else [result]
        samples = parts.get("samples")
        return _Entry(
            values,
            parameters if isinstance(parameters, list) else [],
            version,
            *(each if isinstance(each, list) else [] for each in (*ci, samples)),
        )


def _metric(name: str, described: dict[str, Any]) -> Metric | str:
    """What a benchmark measures: as `benchmarks.json` says, or else as its name does."""
    kind = text(described.get("type"))
    if kind is None:
        function = name.rpartition(".")[2]
        prefix = re.match(r"[a-z]+(?=_)|[A-Z][a-z]+(?=[A-Z_])", function)
        kind = PREFIXES.get(prefix.group().lower() if prefix else "")
        if kind is None:
            return "nothing says what is measured: benchmarks.json does not describe it, nor does its name"
    unit = text(described.get("unit"))
    try:
        if kind in TYPES:
            called, usual, direction = TYPES[kind]
            return metric(called, unit or usual, direction)
        if unit is None:
            return "benchmarks.json says no unit of it"
        return metric("value", unit)
    except UnitError as error:
        return str(error)


def _product(parameters: Any, values: int) -> list[tuple[Any, ...]] | None:
    """The combinations of parameters in asv's order, the last one moving fastest; None if they do not fit."""
    lists = parameters if isinstance(parameters, list) else []
    if not lists:
        return [()] if values == 1 else None
    if not all(isinstance(each, list) for each in lists):
        return None
    if values > MOST_COMBINATIONS or math.prod(len(each) for each in lists) != values:
        return None
    return list(product(*lists))


def _scenario(combination: Sequence[Any], names: Any) -> str | None:
    """`number=10, depth=2`; parameters without a name go by their place."""
    known = names if isinstance(names, list) else []
    return (
        ", ".join(
            f"{known[place] if place < len(known) else f'param{place + 1}'}={str(each)[:80]}"
            for place, each in enumerate(combination)
        )
        or None
    )


def _bound(value: Any, measured: Metric) -> float | None:
    return float(value) if refusal(value, measured) is None else None


def _spread(samples: Any, measured: Metric) -> tuple[int, float | None]:
    """How many samples stand behind a value, and their deviation, where they are kept."""
    if not isinstance(samples, list) or not samples or any(refusal(each, measured) for each in samples):
        return 1, None
    return len(samples), statistics.stdev(samples) if len(samples) > 1 else None


def _hardware(told: dict[str, Any]) -> Hardware:
    """The processor, without the number of its cores behind it; `machine` is the name of one host."""
    model = text(told.get("cpu")) or text(told.get("arch"))
    if model is None:
        return UNSTATED
    return hardware(re.sub(r"\s*\(\d+ cores?\)", "", model), count=None, nodes=None, host=None)


def _environment(content: dict[str, Any]) -> str:
    """Python and the packages of the matrix: asv measures one commit in several environments."""
    requirements = mapping(content.get("requirements"))
    packages = [
        f"{name} {version}".strip() if version else name for name, version in sorted(requirements.items())
    ]
    python = text(content.get("python"))
    return ", ".join(([f"python {python}"] if python else []) + packages)


FORMAT = Asv()
