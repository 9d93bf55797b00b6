"""Small hand-written files of each format, and a way to put ingested pages into a database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.benchmarks.ingest import ingest
from collector.jobs import Page
from db.engine import writing
from db.schema import table
from db.upsert import upsert

TABLES = (
    "benchmark_sources",
    "hardware",
    "environments",
    "benchmark_cases",
    "benchmark_metrics",
    "benchmark_series",
    "benchmark_results",
)
START = 1_600_000_000


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def mllog(key: str, seconds: float, value: object = None, **metadata: object) -> str:
    """A line of the dialect of v0.7 on."""
    entry = {"key": key, "time_ms": round(seconds * 1000), "value": value, "metadata": metadata}
    return ":::MLLOG " + json.dumps(entry)


@pytest.fixture
def log() -> Callable[..., str]:
    """The text of a log: a run of so many minutes that ends with a status."""

    def write(minutes: float, status: str = "success", start: float = START, noise: int = 3) -> str:
        return "\n".join(
            [
                *["+ echo starting"] * noise,
                mllog("submission_benchmark", start - 9, "resnet"),
                mllog("submission_org", start - 9, "Acme"),
                mllog("submission_division", start - 9, "closed"),
                mllog("run_start", start),
                mllog("eval_accuracy", start + 60, 0.5),
                mllog("run_stop", start + minutes * 60, status=status),
                "",
            ]
        )

    return write


@pytest.fixture
def description() -> Callable[..., str]:
    """The text of a system description."""

    def write(**changed: object) -> str:
        told = {
            "submitter": "Acme",
            "division": "closed",
            "status": "onprem",
            "number_of_nodes": "2",
            "host_processors_per_node": "2",
            "host_processor_model_name": "AMD EPYC 7742",
            "accelerators_per_node": "8",
            "accelerator_model_name": "NVIDIA A100-SXM4-80GB",
            "framework": "TensorFlow 2.4.1",
            "operating_system": "Ubuntu 20.04",
        }
        return json.dumps(told | changed)

    return write


@pytest.fixture
def submission(log: Callable[..., str], description: Callable[..., str]) -> Callable[..., Path]:
    """A round's folder with one system and its runs, as published."""

    def write(
        folder: Path,
        round_name: str = "v2.0",
        minutes: Sequence[float] = (30, 31, 32, 33, 40),
        system: str = "box",
        **changed: object,
    ) -> Path:
        root = folder / f"training_results_{round_name}" / "Acme"
        runs = root / "results" / system / "resnet"
        runs.mkdir(parents=True)
        (root / "systems").mkdir(exist_ok=True)
        (root / "systems" / f"{system}.json").write_text(description(**changed))
        for number, length in enumerate(minutes):
            (runs / f"result_{number}.txt").write_text(log(length, start=START + 10_000 * number))
        return folder / f"training_results_{round_name}"

    return write


@pytest.fixture
def history() -> Callable[..., str]:
    """The text of a data.js with one run a commit."""

    def write(
        benches: Sequence[Sequence[dict[str, Any]]],
        tool: str = "customSmallerIsBetter",
        repository: str = "acme/rockets",
        suite: str = "Speed",
    ) -> str:
        runs = [
            {
                "commit": {"id": f"{number:040x}", "author": {"name": "Nobody"}},
                "date": 1_700_000_000_000 + 86_400_000 * number,
                "tool": tool,
                "benches": list(each),
            }
            for number, each in enumerate(benches)
        ]
        told = {"lastUpdate": 1, "repoUrl": f"https://github.com/{repository}", "entries": {suite: runs}}
        return "window.BENCHMARK_DATA = " + json.dumps(told)

    return write


@pytest.fixture
def write_pages() -> Callable[[Engine, Iterable[Page]], None]:
    """Writes pages as a run does: table by table, in the page's order."""

    def write(engine: Engine, pages: Iterable[Page]) -> None:
        for page in pages:
            with writing(engine).begin() as connection:
                for name, rows in page.rows.items():
                    upsert(connection, table(name), rows)

    return write


@pytest.fixture
def dump() -> Callable[[Engine], dict[str, list[tuple[Any, ...]]]]:
    """All rows of the benchmark tables."""

    def read(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
        with engine.connect() as connection:
            return {
                name: sorted((tuple(row) for row in connection.execute(table(name).select())), key=repr)
                for name in TABLES
            }

    return read


@dataclass
class Ingested:
    """What files came to: each result joined with all that it refers to, and the refusals."""

    results: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    refused: dict[str, str]

    def values(self, *names: str) -> set[tuple[Any, ...]]:
        """The results' columns of these names, each combination once; numbers to nine digits."""
        return {tuple(_to_nine_digits(one[name]) for name in names) for one in self.results}


def _to_nine_digits(value: Any) -> Any:
    return float(f"{value:.9g}") if isinstance(value, float) else value


@pytest.fixture
def ingested(now: datetime) -> Callable[..., Ingested]:
    """Ingests paths and joins what came of them, without a database."""

    def read(*paths: Path) -> Ingested:
        tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        refused: dict[str, str] = {}
        for page in ingest([str(path) for path in paths], now=now):
            for name, rows in page.rows.items():
                tables[name].extend(map(dict, rows))
            refused.update({one.what: one.why for one in page.rejections})
        by_id = {name: {next(iter(row.values())): row for row in rows} for name, rows in tables.items()}
        results = []
        for row in by_id["benchmark_results"].values():
            series = by_id["benchmark_series"][row["series_id"]]
            metric = by_id["benchmark_metrics"][series["metric_id"]]
            results.append(
                by_id["benchmark_cases"][series["case_id"]]
                | by_id["hardware"][series["hardware_id"]]
                | by_id["environments"][row["environment_id"]]
                | {"case": by_id["benchmark_cases"][series["case_id"]]["name"], "metric": metric["name"]}
                | {"unit": metric["canonical_unit"], "direction": metric["direction"]}
                | row
            )
        return Ingested(results, tables["benchmark_sources"], refused)

    return read
