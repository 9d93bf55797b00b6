"""Results as plain CSV with a header of names: the way in for whatever has no format of its own here."""

from __future__ import annotations

import csv
import difflib
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Any, Final

from collector.benchmarks.documents import instant
from collector.benchmarks.formats import (
    SIGNATURE,
    Case,
    Claim,
    EachFileAlone,
    File,
    Reading,
    Result,
    Series,
    lines,
    refusal,
)
from collector.benchmarks.hardware import UNSTATED, Hardware, classify
from collector.benchmarks.software import Software
from collector.benchmarks.units import Direction, UnitError, metric
from collector.jobs import Rejection

REQUIRED: Final = ("name", "metric", "value", "unit", "measured_at")
#: What makes a series; rows that agree in these belong to one.
DIMENSIONS: Final = (
    *("suite", "name", "division", "scenario"),
    *("hardware_class", "vendor", "model", "family", "count", "nodes", "host"),
    *("framework", "version", "compiler", "precision", "os"),
    *("metric", "unit", "direction"),
)
MEASURED: Final = (
    *("measured_at", "value", "low", "high", "samples", "spread", "invalid_reason"),
    *("claim", "submitter", "system", "status", "round", "revision", "key"),
)
COLUMNS: Final = (*DIMENSIONS, *MEASURED)
CLASSES: Final = frozenset({"x86", "arm", "power", "gpu", "tpu", "dsp", "vpu", "npu", "unknown"})
CLAIMS: Final[dict[str, Claim]] = {
    "": "published",
    "measured": "measured",
    "published": "published",
    "inferred": "inferred",
    "second-hand": "second-hand",
}
STATUSES: Final = frozenset({"available", "preview", "research", "onprem", "cloud"})
#: A header with so many of the required columns is meant to be one; what it lacks is then said by name.
MEANT: Final = 3


class Table(EachFileAlone):
    """One file, any number of rows, each a result."""

    name = "plain_csv"
    precedence = SIGNATURE

    def recognise(self, path: str, head: bytes) -> bool:
        """By the suffix and the columns that the first line names."""
        if PurePosixPath(path).suffix.lower() != ".csv":
            return False
        return len(set(_header(head.partition(b"\n")[0])) & set(REQUIRED)) >= MEANT

    def read(self, files: Sequence[File]) -> Reading:
        """A result a row; a header with a column missing or unknown refuses the whole file."""
        file = files[0]
        return Reading(file.path, _Rows(file).outcomes())


class _Rows:
    """The rows of one file, in bounded memory."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.number = 0
        self.refused: list[Rejection] = []
        self.known: dict[tuple[str, ...], tuple[Series, str] | str] = {}
        self.seen: set[tuple[str, str, str]] = set()
        self.moments: dict[str, datetime | None] = {}

    def outcomes(self) -> Iterator[Result | Rejection]:
        rows = csv.reader(self._lines(), strict=True)
        header: list[str] | None = None
        while True:
            try:
                row = next(rows, None)
            except csv.Error as error:
                yield Rejection(self._where(), f"the row is no CSV ({str(error)[:100]})")
                continue
            if self.refused:
                yield from self.refused
                self.refused.clear()
            if row is None:
                break
            if header is None:
                header = [name.strip().lower() for name in row]
                if reason := _wrong(header):
                    yield Rejection(self.file.path, reason)
                    return
                take = _taking(header)
            elif not row:
                continue
            elif len(row) != len(header):
                why = f"has {len(row)} fields, and the header {len(header)}"
                yield Rejection(self._where(), why)
            else:
                yield self._result(take(row))
        if header is None:
            yield Rejection(self.file.path, "is empty")

    def _lines(self) -> Iterator[str]:
        for line in lines(self.file):
            self.number += 1
            if isinstance(line, Rejection):
                self.refused.append(line)
                continue
            try:
                yield line.decode("utf-8-sig" if self.number == 1 else "utf-8")
            except UnicodeDecodeError:
                self.refused.append(Rejection(self._where(), "the row is not UTF-8"))

    def _where(self) -> str:
        return f"{self.file.path}:{self.number}"

    def _result(self, row: tuple[tuple[str, ...], tuple[str, ...]]) -> Result | Rejection:
        dimensions, measured = row
        known = self.known.get(dimensions)
        if known is None:
            known = self.known[dimensions] = _known(dimensions)
        if isinstance(known, str):
            return Rejection(self._where(), known)
        series, name = known
        written, value, low, high, samples, spread, invalid, claim, *more, key = measured
        moment = self._moment(written)
        if moment is None:
            return Rejection(self._where(), f"measured_at {written[:40]!r} is no date of a benchmark")
        numbers = self._numbers(series, value, low, high, spread, samples)
        if isinstance(numbers, str):
            return Rejection(self._where(), numbers)
        if claim not in CLAIMS:
            known = ", ".join(filter(None, CLAIMS))
            return Rejection(self._where(), f"the claim {claim[:40]!r} is none of {known}")
        submitter, system, status, round_name, revision = (each or None for each in more)
        if status is not None and status not in STATUSES:
            return Rejection(
                self._where(), f"the status {status[:40]!r} is none of {', '.join(sorted(STATUSES))}"
            )
        case = series.case
        identity = (case.suite, series.metric.name, key or "@".join((name, written, *more)).rstrip("@"))
        if identity in self.seen:
            return Rejection(self._where(), "the same result stands twice; the first one counts")
        self.seen.add(identity)
        return Result(
            series,
            identity[2],
            moment,
            numbers[0],
            CLAIMS[claim],
            numbers[1],
            numbers[2],
            numbers[4],
            numbers[3],
            invalid or None,
            submitter,
            system,
            status,
            round_name,
            revision,
        )

    def _moment(self, written: str) -> datetime | None:
        if written not in self.moments:
            self.moments[written] = instant(written)
        return self.moments[written]

    def _numbers(
        self, series: Series, value: str, low: str, high: str, spread: str, samples: str
    ) -> tuple[float, float | None, float | None, float | None, int] | str:
        """Value, bounds, spread and number of runs; or why one of them is none."""
        try:
            number = float(value)
        except ValueError:
            return f"the value {value[:60]!r} is not a number"
        if refused := refusal(number, series.metric):
            return refused
        if not (low or high or spread or samples):
            return number, None, None, None, 1
        bounds: list[float | None] = []
        for name, text in (("low", low), ("high", high), ("spread", spread)):
            try:
                bound = float(text) if text else None
            except ValueError:
                return f"{name} {text[:60]!r} is not a number"
            if bound is not None and not 0 <= bound < float("inf"):
                return f"{name} is {text[:60]}"
            bounds.append(bound)
        if samples and not re.fullmatch(r"[1-9]\d{0,11}", samples, re.ASCII):
            return f"samples {samples[:60]!r} is no number of runs"
        return number, bounds[0], bounds[1], bounds[2], int(samples or 1)


def _header(line: bytes) -> list[str]:
    told = line.decode("utf-8-sig", "replace").strip("\r")
    return [name.strip().strip('"').lower() for name in told.split(",")]


def _wrong(header: Sequence[str]) -> str | None:
    """What a header lacks, repeats or has too much."""
    for name in header:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            hint = f": did you mean {near[0]}?" if near else ", which are listed in docs/benchmarks.md"
            return f"the column {name[:60]!r} is none of those that are known{hint}"
        if header.count(name) > 1:
            return f"the column {name!r} stands twice"
    missing = [name for name in REQUIRED if name not in header]
    return f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}" if missing else None


def _taking(header: Sequence[str]) -> Callable[[list[str]], tuple[tuple[str, ...], tuple[str, ...]]]:
    """A function from a row to its dimensions and what was measured, each in the order of the columns."""
    places = {name: place for place, name in enumerate(header)}
    # A column that is not there is the blank one behind the row's own.
    dimensions = itemgetter(*(places.get(name, -1) for name in DIMENSIONS))
    measured = itemgetter(*(places.get(name, -1) for name in MEASURED))

    def take(row: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        row.append("")
        return dimensions(row), measured(row)

    return take


def _known(row: tuple[str, ...]) -> tuple[Series, str] | str:
    """The series of a row's dimensions and a short name for all of them; or what is wrong with them."""
    series = _series(row)
    if isinstance(series, str):
        return series
    return series, f"{series.case.name}@{hashlib.sha256(chr(31).join(row).encode()).hexdigest()[:16]}"


def _series(row: tuple[str, ...]) -> Series | str:
    """The series of a row's dimensions, or what is wrong with them."""
    told: dict[str, Any] = dict(zip(DIMENSIONS, (each.strip() or None for each in row), strict=True))
    if told["name"] is None or told["metric"] is None or told["unit"] is None:
        return "lacks a name, metric or unit"
    direction: Direction | None = told["direction"]
    if direction not in (None, "lower", "higher"):
        return f"the direction {str(direction)[:40]!r} is neither lower nor higher"
    if told["hardware_class"] not in (None, *CLASSES):
        return f"the hardware class {told['hardware_class'][:40]!r} is none of {', '.join(sorted(CLASSES))}"
    for name in ("count", "nodes"):
        if told[name] is not None and not re.fullmatch(r"[1-9]\d{0,8}", told[name], re.ASCII):
            return f"{name} {told[name][:40]!r} is no number of machines"
    try:
        measured = metric(told["metric"], told["unit"], direction)
    except UnitError as error:
        return str(error)
    case = Case(told["suite"] or "csv", told["name"], told["division"], told["scenario"])
    software = Software(
        told["framework"], told["version"], told["compiler"] or "unknown", told["precision"], told["os"]
    )
    return Series(case, _hardware(told), software, measured)


def _hardware(told: dict[str, Any]) -> Hardware:
    """The hardware of a row; class, maker and family follow from the model where they are not given."""
    count, nodes = (int(told[name]) if told[name] else None for name in ("count", "nodes"))
    if told["model"] is None:
        kind = told["hardware_class"] or UNSTATED.hardware_class
        return Hardware(
            kind,
            told["vendor"],
            UNSTATED.model,
            told["family"] or UNSTATED.family,
            count,
            nodes,
            told["host"],
        )
    kind, vendor, family = classify(told["model"])
    return Hardware(
        told["hardware_class"] or kind,
        told["vendor"] or vendor,
        told["model"],
        told["family"] or family,
        count,
        nodes,
        told["host"],
    )


FORMAT = Table()
