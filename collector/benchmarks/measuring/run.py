"""One run of a suite: measures case after case into a results file, which is ingested like any other."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from collector.benchmarks.ingest import ingest
from collector.benchmarks.measuring.isolation import Failure, measured_apart
from collector.benchmarks.measuring.machine import cores, load, this_machine
from collector.benchmarks.measuring.statistics import FEWEST
from collector.benchmarks.measuring.workloads import Measurement, chosen, suite_named
from collector.errors import CollectorError
from collector.jobs import Cursor, Page, Source

log = logging.getLogger(__name__)

FOLDER: Final = Path("var/benchmarks")
PAIRS: Final = 30
#: Seconds that one case may take, the import of its framework included.
TIMEOUT: Final = 180.0
#: Of which version a results file is; it changes when older readers would misread it.
SCHEMA: Final = 1


@dataclass(frozen=True)
class Order:
    """What to measure and how: `pairs` samples of each side, in an order that is drawn with `seed`."""

    suite: str
    measurements: Sequence[Measurement]
    seed: int
    pairs: int = PAIRS
    timeout: float = TIMEOUT
    folder: Path = FOLDER


@dataclass(frozen=True)
class Outcome:
    """One case, measured (as the file holds it) or failed; `number` of `total`, kept in `path`."""

    measurement: Measurement
    result: Mapping[str, Any] | Failure
    number: int
    total: int
    path: Path


def order_for(
    suite: str,
    only: Sequence[str] = (),
    framework: str | None = None,
    *,
    pairs: int = PAIRS,
    seed: int | None = None,
) -> Order:
    """An order by names; `CollectorError` says what is not there, or that `pairs` are too few."""
    if pairs < FEWEST:
        raise CollectorError(
            "is too few to say how sure a median is",
            to=f"--repeat {pairs}",
            next_step=f"Take at least {FEWEST}",
            retry=False,
        )
    drawn = secrets.randbits(32) if seed is None else seed
    return Order(suite, chosen(suite_named(suite), only, framework), drawn, pairs)


def measure(order: Order, now: datetime) -> Iterator[Outcome]:
    """Measures one case after the other; after each, the results file holds all that is known."""
    name = secrets.token_hex(6)
    started = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    path = order.folder / f"{order.suite}-{re.sub('[-:]', '', started)}-{name}.json"
    document: dict[str, Any] = {
        "flowmeter_bench_run": SCHEMA,
        "run": name,
        "suite": order.suite,
        "measured_at": started,
        "seed": order.seed,
        "pairs": order.pairs,
        "flowmeter": version("flowmeter"),
        "machine": asdict(this_machine()),
        "cases": [],
        "failures": [],
    }
    for number, measurement in enumerate(order.measurements, 1):
        workload, framework = measurement.workload, measurement.framework.name
        seed = order.seed ^ crc32(f"{framework}/{workload.name}".encode())
        before = load()
        result = measured_apart(measurement, pairs=order.pairs, seed=seed, timeout=order.timeout)
        if isinstance(result, Failure):
            named = {"case": workload.model, "scenario": workload.scenario, "framework": framework}
            document["failures"].append(named | {"reason": result.reason})
        else:
            result = {**result, "load_before": before}
            document["cases"].append(result)
        _write(path, document)
        yield Outcome(measurement, result, number, len(order.measurements), path)


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(unfinished, path)


def pages(order: Order, cursor: Cursor, now: datetime, report: Callable[[Outcome], None]) -> Iterator[Page]:
    """A run as pages: an empty one after each case, so that the run can be stopped there and its lease is
    renewed, and the results at the end. A run that was cut short is ingested by the next one."""
    cut_short = cursor.get("file")
    if cut_short and Path(cut_short).exists():
        yield from _ingested(Path(cut_short), now)
    path = None
    for outcome in measure(order, now):
        report(outcome)
        path = outcome.path
        yield Page({}, {"file": str(path)})
    if path is not None:
        yield from _ingested(path, now)


def _ingested(path: Path, now: datetime) -> Iterator[Page]:
    for page in ingest([str(path)], now=now):
        yield Page(page.rows, {"file": str(path)}, rejections=page.rejections)
    yield Page({}, {})


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """The scheduled job: measures the suites that `benchmarks.run` in flowmeter.toml names."""
    for suite in source.configuration.benchmarks.run:
        yield from pages(order_for(suite), cursor, source.now, _log)
        cursor = {}


def _log(outcome: Outcome) -> None:
    log.info("%s", sentence(outcome))


def sentence(outcome: Outcome) -> str:
    """How a case came out, in one line."""
    workload, framework = outcome.measurement.workload, outcome.measurement.framework.name
    begin = f"{outcome.number}/{outcome.total} {workload.name} ({framework}):"
    if isinstance(outcome.result, Failure):
        return f"{begin} {outcome.result.reason}"
    found = row(outcome.result)
    told = (
        f"{begin} {found['without_ms']:.4g} → {found['xla_ms']:.4g} ms a step, {found['speed_up']:.2f}× "
        f"({found['low']:.2f}–{found['high']:.2f}) against {found['against']}"
    )
    if found["disagreement"] is not None:
        told += f"; INVALID: {found['disagreement']}"
    if (load_before := outcome.result["load_before"]) is not None and load_before > cores():
        told += f"; others were at work (load {load_before:.1f} on {cores()} cores)"
    return told


def row(case: Mapping[str, Any]) -> dict[str, Any]:
    """A measured case as a line of the command's table: milliseconds a step, seconds to compile."""
    off, on = ({metric["metric"]: metric for metric in side["metrics"]} for side in case["sides"])
    gain = next(metric for name, metric in on.items() if name.startswith("speed_up"))
    compiling = on.get("compile_time")
    return {
        "case": case["case"],
        "scenario": case["scenario"],
        "framework": case["framework"],
        "against": case["sides"][0]["compiler"],
        "without_ms": off["step_time"]["median"] * 1000,
        "xla_ms": on["step_time"]["median"] * 1000,
        "speed_up": gain["median"],
        "low": gain["low"],
        "high": gain["high"],
        "compile_s": compiling["median"] if compiling else None,
        "difference": case["agreement"]["difference"],
        "disagreement": case["agreement"]["reason"],
    }
