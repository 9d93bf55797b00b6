"""The curated published facts of `reference.toml`, as rows like any other result."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any, Final

from collector.benchmarks.formats import Case, Result, Series
from collector.benchmarks.hardware import Hardware, classify
from collector.benchmarks.rows import Pages
from collector.benchmarks.software import Software
from collector.benchmarks.units import metric
from collector.jobs import Page

FACTS: Final = Path(__file__).with_name("reference.toml")
#: What a fact may say; anything else is a slip of the pen.
KEYS: Final = frozenset(
    [
        "source",
        "date",
        "suite",
        "case",
        "scenario",
        "division",
        "status",
        "round",
        "submitter",
        "system",
        "model",
        "hardware_class",
        "count",
        "nodes",
        "host",
        "framework",
        "version",
        "compiler",
        "precision",
        "os",
        "metric",
        "unit",
        "direction",
        "value",
        "low",
        "high",
    ]
)


def reference_pages(now: datetime) -> Iterator[Page]:
    """All published facts as pages; a source of `reference.toml` is a row of `benchmark_sources`.

    `ValueError` or `KeyError` names a fact that is not as it should be: the file is
    part of the program, and its tests read it.
    """
    content = FACTS.read_bytes()
    told = tomllib.loads(content.decode())
    pages = Pages(now)
    for key, source in told["sources"].items():
        facts = [_result(fact, source) for fact in told["facts"] if fact["source"] == key]
        yield from pages.source(
            format="reference",
            location=source["title"],
            revision=None,
            checksum=hashlib.sha256(content).hexdigest(),
            license=None,
            outcomes=facts,
        )
    yield from pages.rest()


def _result(fact: Mapping[str, Any], source: Mapping[str, Any]) -> Result:
    strange = set(fact) - KEYS
    if strange:
        raise ValueError(f"reference.toml: a fact on {fact.get('case')!r} has unknown keys {sorted(strange)}")
    kind, vendor, family = classify(fact["model"])
    hardware = Hardware(
        fact.get("hardware_class", kind),
        vendor,
        fact["model"],
        family,
        fact.get("count"),
        fact.get("nodes"),
        fact.get("host"),
    )
    software = Software(
        fact.get("framework"),
        fact.get("version"),
        fact.get("compiler", "unknown"),
        fact.get("precision"),
        fact.get("os"),
    )
    case = Case(fact.get("suite", "published"), fact["case"], fact.get("division"), fact.get("scenario"))
    series = Series(case, hardware, software, metric(fact["metric"], fact["unit"], fact.get("direction")))
    day = fact.get("date", source["date"])
    told = ("source", "case", "scenario", "division", "model", "count", "compiler", "version")
    return Result(
        series=series,
        natural_key="/".join([*(str(fact.get(name, "-")) for name in told), str(day)]),
        measured_at=datetime.combine(day, clock(), UTC),
        value=float(fact["value"]),
        claim=source["claim"],
        low=fact.get("low"),
        high=fact.get("high"),
        submitter=fact.get("submitter"),
        system=fact.get("system"),
        status=fact.get("status"),
        round=fact.get("round"),
    )
