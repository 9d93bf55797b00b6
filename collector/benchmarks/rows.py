"""Normalised results → rows of the benchmark tables, in the order in which they may be written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from collector.benchmarks.formats import Case, Result, Series
from collector.benchmarks.hardware import Hardware
from collector.benchmarks.software import Software
from collector.benchmarks.units import Metric
from collector.jobs import Page, Rejection
from db.schema import stable_id

#: Results a page; a page is one transaction.
PAGE = 5_000
#: How many refusals `benchmark_sources.rejections` keeps of one source.
REMEMBERED = 20

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
        taken = [outcome for outcome in outcomes if isinstance(outcome, Result)]
        refused = [_storable(outcome) for outcome in outcomes if isinstance(outcome, Rejection)]
        first = [{"what": one.what, "why": one.why} for one in refused[:REMEMBERED]]
        self._rows["benchmark_sources"][source_id] = {
            "source_id": source_id,
            "format": format,
            "location": storable(location),
            "revision": revision,
            "checksum": checksum,
            "license": license,
            "results": len(taken),
            "rejected": len(refused),
            "rejections": json.dumps(first, ensure_ascii=False) if first else None,
            "ingested_at": self.now,
        }
        self._rejections.extend(refused)
        for result in taken:
            self._result(result, source_id)
            if len(self._rows["benchmark_results"]) >= PAGE:
                yield self._page()
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

    def _result(self, result: Result, source_id: int) -> None:
        series_id, environment_id = self._series.get(result.series) or self._dimensions(result.series)
        measured = result.series.metric
        scale = measured.scale
        result_id = stable_id("benchmark_result", result.series.case.suite, measured.name, result.natural_key)
        row = {
            "result_id": result_id,
            "series_id": series_id,
            "source_id": source_id,
            "environment_id": environment_id,
            "natural_key": storable(result.natural_key),
            "submitter": storable(result.submitter),
            "system": storable(result.system),
            "status": result.status,
            "round": result.round,
            "revision": storable(result.revision),
            "measured_at": result.measured_at,
            "day": result.measured_at.astimezone(UTC).date(),
            "value": result.value * scale,
            "low": None if result.low is None else result.low * scale,
            "high": None if result.high is None else result.high * scale,
            "samples": result.samples,
            "spread": None if result.spread is None else result.spread * scale,
            "valid": result.invalid_reason is None,
            "invalid_reason": result.invalid_reason,
            "claim": result.claim,
        }
        held = self._rows["benchmark_results"].get(result_id)
        if held is not None:
            # Within a page the same rule as in the table: where it was first read stays.
            row.update({name: held[name] for name in ("source_id", "round", "measured_at", "day")})
        self._rows["benchmark_results"][result_id] = row

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
