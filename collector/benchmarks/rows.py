"""Normalised results → rows of the benchmark tables, in the order in which they may be written."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from collector.benchmarks.formats import Case, Result, Series
from collector.benchmarks.hardware import Hardware
from collector.benchmarks.software import Software
from collector.benchmarks.units import Metric
from collector.jobs import Page, Rejection
from db.schema import id_of, stable_id

#: Results a page; a page is one transaction.
PAGE = 5_000
#: How many refusals `benchmark_sources.rejections` keeps of one source.
REMEMBERED = 20
#: Two files of one source may round one value differently.
ALIKE = 1e-3

Row = dict[str, Any]


def storable(text: str | None) -> str | None:
    """A text that every database takes: without NUL and without halves of characters."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


class Pages:
    """Gathers sources and their results, and gives a page whenever one is full.

    Dimension rows (hardware, software, cases, metrics, series) stand in the
    first page that needs them.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._written: set[int] = set()
        self._series: dict[Series, tuple[int, int]] = {}
        self._moment: tuple[datetime, date] = now, now.astimezone(UTC).date()
        self._prefixes: dict[tuple[str, str], str] = {}
        self._start()

    def _start(self) -> None:
        self._rows: dict[str, dict[int, Row]] = {
            name: {}
            for name in (
                "benchmark_sources",
                "hardware",
                "environments",
                "benchmark_cases",
                "benchmark_metrics",
                "benchmark_series",
                "benchmark_results",
            )
        }
        self._rejections: list[Rejection] = []

    def source(
        self,
        *,
        format: str,
        location: str,
        revision: str | None,
        checksum: str,
        license: str | None,
        outcomes: Sequence[Result | Rejection],
    ) -> Iterator[Page]:
        """Takes one source with all that it gave; yields the pages that it fills."""
        source_id = stable_id("benchmark_source", format, location)
        results = [outcome for outcome in outcomes if isinstance(outcome, Result)]
        refused = [_storable(outcome) for outcome in outcomes if isinstance(outcome, Rejection)]
        taken, twice = self._each_once(results, location)
        refused += twice
        first = [{"what": one.what, "why": one.why} for one in refused[:REMEMBERED]]
        self._rows["benchmark_sources"][source_id] = {
            "source_id": source_id,
            "format": format,
            "location": storable(location),
            "revision": storable(revision),
            "checksum": checksum,
            "license": storable(license),
            "results": len(taken),
            "rejected": len(refused),
            "rejections": json.dumps(first, ensure_ascii=False) if first else None,
            "ingested_at": self.now,
        }
        self._rejections.extend(refused)
        held = self._rows["benchmark_results"]
        for result_id, result in taken.items():
            row = self._result(result_id, result, source_id)
            if (before := held.get(result_id)) is not None:
                # Within a page the same rule as in the table: where it was first read stays.
                row |= {name: before[name] for name in ("source_id", "round", "measured_at", "day")}
            held[result_id] = row
            if len(held) >= PAGE:
                yield self._page()
                held = self._rows["benchmark_results"]
        if len(self._rows["benchmark_sources"]) >= PAGE:
            yield self._page()

    def reject(self, rejections: Sequence[Rejection]) -> None:
        """Refusals that belong to no source: files that cannot be opened, say."""
        self._rejections.extend(map(_storable, rejections))

    def rest(self) -> Iterator[Page]:
        """The last page, if anything is left for it."""
        if self._rejections or any(self._rows.values()):
            yield self._page()

    def _page(self) -> Page:
        rows = {name: list(held.values()) for name, held in self._rows.items() if held}
        page = Page(rows=rows, cursor={}, rejections=tuple(self._rejections))
        self._start()
        return page

    def _each_once(
        self, results: Sequence[Result], location: str
    ) -> tuple[dict[int, Result], list[Rejection]]:
        """Results by id; where a source gives one twice and not alike, a refusal too."""
        taken: dict[int, Result] = {}
        twice: list[Rejection] = []
        for result in results:
            key = (result.series.case.suite, result.series.metric.name)
            prefix = self._prefixes.get(key)
            if prefix is None:
                prefix = self._prefixes[key] = f"benchmark_result\x1f{key[0]}\x1f{key[1]}\x1f"
            result_id = id_of(prefix + result.natural_key)
            first = taken.setdefault(result_id, result)
            if first is not result and not math.isclose(first.value, result.value, rel_tol=ALIKE):
                what = f"{location}: {result.natural_key}"
                why = "the same result stands twice, and not with one value; the first one counts"
                twice.append(_storable(Rejection(what, why)))
        return taken, twice

    def _result(self, result_id: int, result: Result, source_id: int) -> Row:
        (
            series, natural_key, measured_at, value, claim, low, high, samples, spread, invalid_reason,
            submitter, system, status, round_name, revision,
        ) = result  # fmt: skip
        series_id, environment_id = self._series.get(series) or self._dimensions(series)
        scale = series.metric.scale
        return {
            "result_id": result_id,
            "series_id": series_id,
            "source_id": source_id,
            "environment_id": environment_id,
            "natural_key": storable(natural_key),
            "submitter": submitter and storable(submitter),
            "system": system and storable(system),
            "status": status,
            "round": round_name,
            "revision": revision and storable(revision),
            "measured_at": measured_at,
            "day": self._day(measured_at),
            "value": value * scale,
            "low": None if low is None else low * scale,
            "high": None if high is None else high * scale,
            "samples": samples,
            "spread": None if spread is None else spread * scale,
            "valid": invalid_reason is None,
            "invalid_reason": invalid_reason,
            "claim": claim,
        }

    def _day(self, moment: datetime) -> date:
        """The day of an instant; results of one run carry the very same instant."""
        if moment is not self._moment[0]:
            self._moment = moment, moment.astimezone(UTC).date()
        return self._moment[1]

    def _dimensions(self, series: Series) -> tuple[int, int]:
        """The ids of a series and its software; their rows go into the page at hand."""
        hardware_id = self._once("hardware", hardware_row(series.hardware))
        environment_id = self._once("environments", environment_row(series.software))
        case_id = self._once("benchmark_cases", case_row(series.case))
        metric_id = self._once("benchmark_metrics", metric_row(series.metric))
        key = storable(series.software.key)
        series_id = stable_id("benchmark_series", case_id, hardware_id, key, metric_id)
        row = {
            "series_id": series_id,
            "case_id": case_id,
            "hardware_id": hardware_id,
            "environment_key": key,
            "metric_id": metric_id,
        }
        self._once("benchmark_series", row)
        self._series[series] = series_id, environment_id
        return series_id, environment_id

    def _once(self, table: str, row: Row) -> int:
        identity = int(next(iter(row.values())))
        if identity not in self._written:
            self._written.add(identity)
            self._rows[table][identity] = row
        return identity


def _storable(rejection: Rejection) -> Rejection:
    return Rejection(storable(rejection.what) or "", storable(rejection.why) or "")


def hardware_row(hardware: Hardware) -> Row:
    """The row of a kind of machine."""
    fields: Mapping[str, Any] = {
        "hardware_class": hardware.hardware_class,
        "vendor": storable(hardware.vendor),
        "model": storable(hardware.model),
        "family": storable(hardware.family),
        "count": hardware.count,
        "nodes": hardware.nodes,
        "host": storable(hardware.host),
    }
    return {"hardware_id": stable_id("hardware", *fields.values()), **fields}


def environment_row(software: Software) -> Row:
    """The row of what was run with."""
    fields: Mapping[str, Any] = {
        "framework": storable(software.framework),
        "version": storable(software.version),
        "compiler": storable(software.compiler),
        "precision": storable(software.precision),
        "os": storable(software.os),
    }
    identity = stable_id("environment", *fields.values())
    return {"environment_id": identity, "environment_key": storable(software.key), **fields}


def case_row(case: Case) -> Row:
    """The row of what was run."""
    fields = {
        "suite": storable(case.suite),
        "name": storable(case.name),
        "division": case.division,
        "scenario": storable(case.scenario),
    }
    return {"case_id": stable_id("benchmark_case", *fields.values()), **fields}


def metric_row(metric: Metric) -> Row:
    """The row of what was measured."""
    return {
        "metric_id": stable_id("benchmark_metric", metric.name, metric.unit, metric.direction),
        "name": metric.name,
        "unit": storable(metric.unit),
        "canonical_unit": metric.canonical_unit,
        "scale": metric.scale,
        "direction": metric.direction,
    }
