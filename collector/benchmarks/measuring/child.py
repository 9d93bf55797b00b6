"""The process that measures one workload: reads what from standard input, writes the answer to a file."""

from __future__ import annotations

import json
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, cast

from collector.benchmarks.measuring.backends import Backend
from collector.benchmarks.measuring.statistics import CONFIDENCE, summary
from collector.benchmarks.measuring.timing import Side, Timed, time_both
from collector.benchmarks.measuring.workloads import Workload


def main() -> None:
    """Measure what is asked for; any error of the framework ends this process, and this case alone."""
    asked = json.load(sys.stdin)
    # Whoever waits kills this process when its time is over; should that one die, the alarm does it.
    signal.alarm(int(asked["timeout"]) + 5)
    backend = cast(Backend, import_module(asked["module"]))
    workload = Workload(**asked["workload"])
    timed = time_both(backend, workload, pairs=asked["pairs"], seed=asked["seed"], clock=time.perf_counter)
    Path(asked["answer"]).write_text(json.dumps(told(backend, workload, timed)), encoding="utf-8")


def told(backend: Backend, workload: Workload, timed: Timed) -> dict[str, Any]:
    """A measured workload as the run's file holds it."""
    off, on = timed.off, timed.on
    gain = [plain / compiled for plain, compiled in zip(off.steps, on.steps, strict=True)]
    return {
        "case": workload.model,
        "scenario": workload.scenario,
        "precision": workload.precision,
        "framework": backend.FRAMEWORK,
        "version": backend.version(),
        "revision": backend.revision(),
        "settings": dict(backend.settings()),
        "agreement": vars(timed.agreement),
        "sides": [
            {
                "compiler": backend.OFF,
                "steps_a_sample": off.steps_a_sample,
                "metrics": [_steps(off), *_preparation(backend.OFF_PREPARATION, off)],
            },
            {
                "compiler": backend.ON,
                "steps_a_sample": on.steps_a_sample,
                "metrics": [
                    _steps(on),
                    *_preparation(backend.ON_PREPARATION, on),
                    _metric(backend.GAIN, "ratio", "higher", gain),
                ],
            },
        ],
    }


def _steps(side: Side) -> dict[str, Any]:
    return _metric("step_time", "s", "lower", side.steps)


def _preparation(name: str, side: Side) -> list[dict[str, Any]]:
    """What first calls took beyond a step; nothing where that cannot be told from a step's own noise."""
    beyond = [first - median(side.steps) for first in side.firsts]
    return [_metric(name, "s", "lower", beyond)] if min(beyond) > 0 else []


def _metric(name: str, unit: str, direction: str, samples: list[float]) -> dict[str, Any]:
    found = summary(samples)
    return {
        "metric": name,
        "unit": unit,
        "direction": direction,
        "median": found.median,
        "low": found.low,
        "high": found.high,
        "confidence": CONFIDENCE if found.low is not None else None,
        "deviation": found.deviation,
        "samples": samples,
    }


if __name__ == "__main__":
    main()
