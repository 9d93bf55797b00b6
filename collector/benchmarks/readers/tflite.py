"""What TensorFlow Lite's `benchmark_model` prints: times of a model on a phone, and cycles of a DSP."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from collector.benchmarks.documents import Unreadable, dated
from collector.benchmarks.formats import (
    SIGNATURE,
    Case,
    EachFileAlone,
    File,
    Reading,
    Result,
    Series,
    lines,
    refusal,
)
from collector.benchmarks.hardware import Hardware
from collector.benchmarks.software import Software
from collector.benchmarks.units import Metric, metric
from collector.jobs import Rejection

NUMBER: Final = r"(-?[\d.]+(?:e[+-]?\d+)?|nan|-?inf)"
#: Lines may have a prefix of a log (`INFO:`, or Android's with date and process) before what is sought.
BEGIN: Final = re.compile(r"\bSTARTING!|Log parameter values verbosely")
SETTING: Final = re.compile(r"(?:^|: |>\s)([A-Za-z#][\w #-]*?) ?: \[([^\]]*)\]")
COUNT: Final = re.compile(rf"\bcount={NUMBER} first=.*?min={NUMBER} max={NUMBER} avg={NUMBER} std={NUMBER}")
#: Since 2020 the one, before that the other.
TIMINGS: Final = re.compile(
    rf"Inference timings in us: Init: {NUMBER}, First inference: {NUMBER}, "
    rf"Warmup \(avg\): {NUMBER}, Inference \(avg\): {NUMBER}"
)
OLD_TIMINGS: Final = re.compile(
    rf"Average inference timings in us: Warmup: {NUMBER}, Init: {NUMBER}, (?:no stats|Inference): {NUMBER}"
)
MEMORY: Final = re.compile(rf"(?:emory footprint).*\(MB\).*?\boverall={NUMBER}")
INTERNAL: Final = re.compile(r"Delegate internal:")
TABLE: Final = re.compile(r"=+ (Run Order|.*) =+")
#: node type, start, first, average, share, cumulated share, memory, times called, [name]:number
ROW: Final = re.compile(
    rf"^\s*(\S+)\s+{NUMBER}\s+{NUMBER}\s+{NUMBER}\s+{NUMBER}%\s+{NUMBER}%\s+{NUMBER}\s+(\d+)\s+(.*\S)"
)
#: What the tool calls MB is kibibytes of resident memory divided by 1024.
MEMORY_USED: Final = metric("memory", "MiB", "lower")
LATENCY: Final = metric("latency", "us", "lower")
FIRST: Final = metric("first_inference", "us", "lower")
INITIALISATION: Final = metric("initialization_time", "us", "lower")
CYCLES: Final = metric("cycles", "cycles", "lower")
CPU: Final = Hardware("unknown", None, "CPU", "CPU")
HEXAGON: Final = Hardware("dsp", "Qualcomm", "Hexagon", "Hexagon")
GPU: Final = Hardware("gpu", None, "GPU", "GPU")


@dataclass
class Run:
    """What one start of the program prints."""

    settings: dict[str, str] = field(default_factory=dict)
    counts: list[tuple[str, ...]] = field(default_factory=list)
    timings: tuple[str, ...] | None = None
    memory: str | None = None
    inside: bool = False
    ordered: bool = False
    operations: list[tuple[str, str, str]] = field(default_factory=list)

    def on(self, setting: str) -> bool:
        """Whether a setting is switched on; blanks before the colon come and go."""
        return self.settings.get(setting.lower(), "0") not in ("", "0", "false")


class TfLite(EachFileAlone):
    """One file, one or several starts of the program."""

    name = "tflite"
    precedence = SIGNATURE

    def recognise(self, path: str, head: bytes) -> bool:
        """By the line of timings, or the settings that the program prints first; not a text about it."""
        written = PurePosixPath(path).suffix.lower() in ("", ".txt", ".log", ".out")
        return written and (
            b"nference timings in us:" in head or (b"STARTING!" in head and b"Graph: [" in head)
        )

    def read(self, files: Sequence[File]) -> Reading:
        """Times and memory of each run, and cycles of the operations that a Hexagon DSP ran."""
        file = files[0]
        outcomes: list[Result | Rejection] = []
        runs, digest = _runs(file, outcomes)
        try:
            measured_at = dated(file, [])
        except Unreadable as error:
            return Reading(file.path, [*outcomes, Rejection(file.path, str(error))])
        for number, run in enumerate(runs):
            where = file.path if len(runs) == 1 else f"{file.path}: run {number + 1}"
            outcomes.extend(_outcomes(run, where, measured_at, f"{digest}/{number}"))
        if not runs:
            outcomes.append(Rejection(file.path, "holds no run"))
        return Reading(file.path, outcomes)


def _runs(file: File, outcomes: list[Result | Rejection]) -> tuple[list[Run], str]:
    runs: list[Run] = []
    digest = hashlib.sha256()
    for line in lines(file):
        if isinstance(line, Rejection):
            outcomes.append(line)
            continue
        digest.update(line)
        try:
            told = line.decode()
        except UnicodeDecodeError:
            outcomes.append(Rejection(file.path, "a line is not UTF-8"))
            continue
        fresh = runs and (runs[-1].timings or "graph" in runs[-1].settings)
        if not runs or (BEGIN.search(told) and fresh and "Log parameter" not in told):
            runs.append(Run())
        _take(runs[-1], told)
    return [run for run in runs if run.settings or run.timings], digest.hexdigest()[:16]


def _take(run: Run, told: str) -> None:
    if setting := SETTING.search(told):
        run.settings.setdefault(setting[1].strip().lower(), setting[2].strip())
    elif count := COUNT.search(told):
        run.counts.append(count.groups())
    elif timings := TIMINGS.search(told):
        init, first, _, average = timings.groups()
        run.timings = init, first, average
    elif timings := OLD_TIMINGS.search(told):
        _, init, average = timings.groups()
        run.timings = init, "", average
    elif memory := MEMORY.search(told):
        run.memory = memory[1]
    elif INTERNAL.search(told):
        run.inside = True
    elif table := TABLE.search(told):
        run.ordered = table[1] == "Run Order"
    elif run.inside and run.ordered and (row := ROW.match(told)):
        run.operations.append((row[1], row[9], row[4]))


def _outcomes(run: Run, where: str, measured_at: datetime, identity: str) -> Iterator[Result | Rejection]:
    graph = run.settings.get("graph", "")
    if not graph:
        yield Rejection(where, "names no model (Graph: […])")
        return
    model = PurePosixPath(graph.replace("\\", "/")).name.removesuffix(".tflite")
    on = _hardware(run)
    case = Case("tflite", model, None, _scenario(run))
    software = Software("TensorFlow Lite", None, "none")
    if run.timings is None:
        yield Rejection(where, "no inference timings: the output is cut off, or the run failed")
        return
    key = f"{model}/{case.scenario}/{on.model}/{identity}"

    def made(measured: Metric, written: str, of: Case = case) -> Result | Rejection:
        value = float(written)
        if refused := refusal(value, measured):
            return Rejection(f"{where}: {measured.name}", refused)
        low = high = spread = None
        samples = 1
        if measured is LATENCY and run.counts:
            # The last line is of the measurement, those before it of the warm-up.
            count, low, high, _, spread = (float(each) for each in run.counts[-1])
            samples = int(count) if 0 < count < 1e12 else 1
            if refused := refusal(low, measured) or refusal(high, measured):
                return Rejection(f"{where}: {measured.name}", refused)
        operation = "" if of is case else f"/{of.scenario}"
        return Result(
            series=Series(of, on, software, measured),
            natural_key=key + operation,
            measured_at=measured_at,
            value=value,
            claim="published",
            low=low,
            high=high,
            samples=samples,
            spread=spread if spread is not None and 0 <= spread < float("inf") else None,
        )

    init, first, average = run.timings
    yield made(LATENCY, average)
    yield made(INITIALISATION, init)
    if first:
        yield made(FIRST, first)
    if run.memory is not None:
        yield made(MEMORY_USED, run.memory)
    if on is not HEXAGON or not run.on("hexagon profiling"):
        return
    if not run.operations:
        yield Rejection(
            f"{where}: cycles", "Hexagon profiling is on, but there is no table of the delegate's operations"
        )
    for kind, name, average in run.operations:
        # The tool prints the delegate's counter in a column of milliseconds: it is thousands of cycles.
        cycles = str(float(average) * 1000)
        yield made(CYCLES, cycles, Case("tflite", model, None, f"{case.scenario}; {kind} {name}"[:300]))


def _scenario(run: Run) -> str:
    """Threads and what runs the operations: both make another series."""
    parts = [f"threads={run.settings.get('num threads') or 'not stated'}"]
    parts += [name for name in ("xnnpack", "gpu", "hexagon", "nnapi", "coreml") if run.on(f"use {name}")]
    return ", ".join(parts)


def _hardware(run: Run) -> Hardware:
    """The kind of device that the delegates name; the output never says which phone it is."""
    accelerator = run.settings.get("nnapi accelerator name", "")
    if run.on("use hexagon"):
        return HEXAGON
    if run.on("use gpu"):
        return GPU
    if run.on("use nnapi"):
        named = accelerator or "not stated"
        return Hardware("unknown", None, f"NNAPI accelerator ({named})", "NNAPI accelerator")
    return CPU


FORMAT = TfLite()
