"""Writes benchmark results, one at a time, with whatever differs from the usual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from db.engine import writing
from db.schema import stable_id, table
from db.upsert import upsert

Rows = dict[str, dict[str, Any]]
DAY = datetime(2022, 6, 1, tzinfo=UTC)


def rows_of(value: float, **told: Any) -> Rows:
    """One result's rows, a row a table."""
    source = told.get("source", "logs")
    source_id = stable_id("source", source)
    hardware = {
        "hardware_class": told.get("hardware_class", "gpu"),
        "vendor": told.get("vendor", "NVIDIA"),
        "model": told.get("family", "A100"),
        "family": told.get("family", "A100"),
        "count": told.get("count", 8),
        "nodes": 1,
        "host": told.get("host"),
    }
    software = {
        "framework": told.get("framework", "TensorFlow"),
        "version": told.get("version", "2.8"),
        "compiler": told.get("compiler", "unknown"),
        "precision": told.get("precision"),
        "os": None,
    }
    case = {
        "suite": told.get("suite", "suite"),
        "name": told.get("case", "resnet"),
        "division": told.get("division", "closed"),
        "scenario": told.get("scenario"),
    }
    metric = {
        "name": told.get("metric", "time_to_train"),
        "unit": told.get("unit", "second"),
        "canonical_unit": told.get("unit", "second"),
        "scale": 1.0,
        "direction": told.get("direction", "lower"),
    }
    key = f"{software['framework']}|{software['compiler']}|{software['precision']}|-"
    ids = [stable_id(*part.values()) for part in (hardware, software, case, metric)]
    series_id = stable_id(ids[0], ids[2], ids[3], key)
    measured_at = told.get("at", DAY)
    return {
        "benchmark_sources": {
            "source_id": source_id,
            "format": told.get("format", "mlperf_training"),
            "location": source,
            "checksum": "0",
            "results": 1,
            "rejected": 2,
            "ingested_at": DAY,
        },
        "hardware": {"hardware_id": ids[0], **hardware},
        "environments": {"environment_id": ids[1], "environment_key": key, **software},
        "benchmark_cases": {"case_id": ids[2], **case},
        "benchmark_metrics": {"metric_id": ids[3], **metric},
        "benchmark_series": {
            "series_id": series_id,
            "case_id": ids[2],
            "hardware_id": ids[0],
            "environment_key": key,
            "metric_id": ids[3],
        },
        "benchmark_results": {
            "result_id": stable_id(series_id, source, measured_at, value),
            "series_id": series_id,
            "source_id": source_id,
            "environment_id": ids[1],
            "natural_key": f"{value}",
            "submitter": told.get("submitter", "Acme"),
            "system": "box",
            "status": told.get("status", "available"),
            "round": told.get("round", "v2.0"),
            "measured_at": measured_at,
            "day": measured_at.date(),
            "revision": told.get("revision"),
            "value": value,
            "spread": told.get("spread"),
            "samples": 5,
            "valid": told.get("valid", True),
            "claim": told.get("claim", "published"),
        },
    }


def write(engine: Engine, results: Sequence[Rows]) -> None:
    """Writes results in one transaction."""
    with writing(engine).begin() as connection:
        for name in results[0]:
            rows = {next(iter(row.values())): row for row in (each[name] for each in results)}
            upsert(connection, table(name), list(rows.values()))


@pytest.fixture
def add_history() -> Callable[..., None]:
    """Writes results of a continuous benchmark: those of a commit a day, from day `start` on."""

    def add(engine: Engine, values: Sequence[float], start: int, case: str, **told: Any) -> None:
        results = []
        for day, value in enumerate(values, start):
            usual = {
                "case": case,
                "at": DAY + timedelta(days=day),
                "revision": f"{day:040x}",
                "round": None,
                "source": "https://github.com/acme/rockets",
                "format": "github_action_benchmark",
                "metric": "time",
                "division": None,
            }
            rows = rows_of(value, **(usual | told))
            rows["benchmark_results"]["result_id"] = stable_id(case, day)
            results.append(rows)
        write(engine, results)

    return add


@pytest.fixture
def add_all(engine: Engine) -> Callable[[Sequence[tuple[float, dict[str, Any]]]], None]:
    """Writes many results at once: pairs of a value and what differs from the usual."""
    return lambda wanted: write(engine, [rows_of(value, **told) for value, told in wanted])


@pytest.fixture
def add(engine: Engine) -> Callable[..., int]:
    """Writes one result with whatever differs from the usual; returns its series' id."""

    def one(value: float, **told: Any) -> int:
        rows = rows_of(value, **told)
        write(engine, [rows])
        return int(rows["benchmark_series"]["series_id"])

    return one
